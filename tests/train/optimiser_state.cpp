// Optimisers interrupted: k steps, the state handed to a new one, n-k steps, and the bits of n steps at once.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

void one_step(Sequential& model, AnyOptimiser& optimiser, int k) {
  Generator rng{static_cast<std::uint64_t>(k)};
  std::vector<Tensor> gradients;
  for (const Tensor& p : model.parameters()) gradients.push_back(randn(p.shape(), rng));
  const Parameters boxes = parameters_of(model);
  optimiser.step(boxes, gradients);
}

std::vector<AnyOptimiser> all_kinds() {
  return {SGD{{.learning_rate = 0.1}}, SGD{{.learning_rate = 0.1, .momentum = 0.9}},
          SGD{{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}},
          Adam{{.learning_rate = 0.01, .weight_decay = 0.1}}, AdamW{{.learning_rate = 0.01}}};
}

}  // namespace

TEST_CASE("a second moment of another shape than its parameter is refused before the step") {
  Sequential model = small_net();
  AnyOptimiser adam = Adam{}, other = Adam{};
  one_step(model, adam, 0);
  OptimiserState state = adam.state();
  for (NamedTensor& t : state.tensors)
    if (t.name == "second_moment/0.weight") t.tensor = zeros({1});
  const std::string before = bits_of(model);
  CHECK_THROWS_AS((other.set_state(state), one_step(model, other, 1)), Error);
  CHECK(bits_of(model) == before);
}

TEST_CASE("an optimiser that is given another's state goes on with its bits, after any number of steps") {
  for (const AnyOptimiser& fresh : all_kinds()) {
    INFO(fresh.str());
    Sequential whole = small_net();
    AnyOptimiser at_once = fresh;
    for (int k = 0; k < 5; ++k) one_step(whole, at_once, k);
    for (int cut = 0; cut <= 5; ++cut) {
      Sequential model = small_net();
      AnyOptimiser first = fresh, second = fresh;
      for (int k = 0; k < cut; ++k) one_step(model, first, k);
      second.set_state(first.state());
      for (int k = cut; k < 5; ++k) one_step(model, second, k);
      CHECK(bits_of(model) == bits_of(whole));
    }
  }
}

TEST_CASE("the state names every tensor by what it is and by its parameter") {
  Sequential model = small_net();
  AnyOptimiser adam = AdamW{};
  one_step(model, adam, 0);
  const OptimiserState state = adam.state();
  CHECK(state.optimiser == "AdamW");
  REQUIRE(state.tensors.size() == 8);
  CHECK(state.tensors[0].name == "first_moment/0.weight");
  CHECK(state.tensors[7].name == "second_moment/3.bias");
  CHECK(state.numbers.at("beta1_power") == 0.9);
  CHECK(AnyOptimiser(SGD{{.learning_rate = 0.5}}).str() ==
        "SGD{learning_rate 0.5, momentum 0, nesterov false, weight_decay 0}");
  CHECK(AnyOptimiser(Adam{}).str() ==
        "Adam{learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-08, weight_decay 0}");
}

TEST_CASE("a state that is not the optimiser's own, or not whole, is refused and changes nothing") {
  Sequential model = small_net();
  AnyOptimiser adam = AdamW{};
  one_step(model, adam, 0);
  const OptimiserState whole = adam.state();
  const auto refused = [&](const char* why, const auto& spoil) {
    OptimiserState state = whole;
    spoil(state);
    CHECK_THROWS_WITH_AS(adam.set_state(state), why, Error);
    CHECK(adam.state().tensors.size() == 8);
  };
  refused("AdamW: the state is that of SGD", [](OptimiserState& s) { s.optimiser = "SGD"; });
  refused("AdamW: the state has no \"beta2_power\"", [](OptimiserState& s) { s.numbers.erase("beta2_power"); });
  refused("AdamW: the state has 3 numbers, 2 are needed", [](OptimiserState& s) { s.numbers["x"] = 1; });
  refused("AdamW: the state's beta1_power 2 is outside [0, 1]",
          [](OptimiserState& s) { s.numbers["beta1_power"] = 2; });
  refused("AdamW: the state has a tensor \"velocity/0.weight\"; this optimiser has none of that name",
          [](OptimiserState& s) { s.tensors[0].name = "velocity/0.weight"; });
  refused("AdamW: the state has \"second_moment\" of other parameters than \"first_moment\"",
          [](OptimiserState& s) { s.tensors.pop_back(); });
  refused("AdamW: the state's \"first_moment/0.weight\" is an empty tensor",
          [](OptimiserState& s) { s.tensors[0].tensor = {}; });
  CHECK_THROWS_WITH_AS(SGD{}.set_state({"SGD", {{"velocity/0.weight", ones({1})}}, {}}),
                       "SGD: the state has a tensor \"velocity/0.weight\"; this optimiser has none of that name",
                       Error);
}

TEST_CASE("an optimiser of one's own serves where ours do") {
  struct SignDescent {
    double rate = 0.1;
    void step(std::span<Parameter* const> parameters, std::span<const Tensor> gradients) const {
      for (std::size_t i = 0; i < parameters.size(); ++i)
        parameters[i]->value = variable(stop_gradient(parameters[i]->value) - sign(gradients[i]) * rate);
    }
    double learning_rate() const { return rate; }
    void set_learning_rate(double r) { rate = r; }
    OptimiserState state() const { return {"SignDescent"}; }
    void set_state(const OptimiserState&) {}
    std::string str() const { return "SignDescent"; }
  };
  Sequential model = small_net();
  AnyOptimiser own = SignDescent{}, copy = own;
  own.set_learning_rate(0.5);
  CHECK(copy.learning_rate() == 0.1);
  const auto before = model.parameters()[1].to_vector<float>();
  one_step(model, own, 1);
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(std::abs(model.parameters()[1].to_vector<float>()[i] - before[i]) == 0.5f);
}

}  // namespace logitape::tests
