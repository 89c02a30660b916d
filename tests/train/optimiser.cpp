// The optimisers against their formulas in plain loops of double, and what a step that fails leaves behind: nothing.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "logitape.h"
#include "logitape/core/fmt.h"

using namespace logitape;

namespace {

using Row = std::vector<double>;

constexpr int steps = 5;

// A model of one parameter that is whatever the test says.
struct Box {
  Parameter parameter{"p", variable(from_span(Row{0.5, -1.25, 2.0}, {3}))};
  Tensor operator()(const Tensor& x) const { return x; }
  void visit(const ParameterVisitor& show) { show(parameter); }
  void initialise(Generator&) {}
};

// The gradient of step k, another one every time.
Row gradient_at(int k) { return {0.3 + k, -0.7 * k, 1.0 / (k + 1)}; }

template <class Optimiser>
Row after_steps(Optimiser optimiser, DType dtype = DType::f64) {
  Box box;
  box.parameter.value = variable(box.parameter.value.to(dtype));
  for (int k = 0; k < steps; ++k) optimiser.step(box, std::vector<Tensor>{from_span(gradient_at(k), {3}).to(dtype)});
  return box.parameter.value.to_vector<double>();
}

// update(p, g, a, b, k): one element's step; a and b are what it remembers.
template <class F>
Row by_loops(F update) {
  Row p = {0.5, -1.25, 2.0};
  Row a(3), b(3);
  for (int k = 0; k < steps; ++k) {
    const Row g = gradient_at(k);
    for (std::size_t i = 0; i < 3; ++i) update(p[i], g[i], a[i], b[i], k);
  }
  return p;
}

void check_close(const Row& found, const Row& wanted, double tolerance) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(std::abs(found[i] - wanted[i]) <= tolerance);
}

constexpr double rounding = 1e-14;     // f64: a few roundings of numbers near 1 a step, five steps
constexpr double rounding_f32 = 1e-6;  // the same in f32

}  // namespace

TEST_CASE("SGD is p - learning_rate*g") {
  CHECK(after_steps(SGD{{.learning_rate = 0}}) == Row{0.5, -1.25, 2.0});
  check_close(after_steps(SGD{{.learning_rate = 0.1}}),
              by_loops([](double& p, double g, double&, double&, int) { p -= 0.1 * g; }), rounding);
}

TEST_CASE("SGD with momentum, with nesterov and with weight decay follows the formula") {
  for (const bool nesterov : {false, true}) {
    const SGDOptions options{.learning_rate = 0.1, .momentum = 0.9, .nesterov = nesterov, .weight_decay = 0.05};
    const Row wanted = by_loops([&](double& p, double g, double& v, double&, int) {
      g += 0.05 * p;
      v = 0.9 * v + g;
      p -= 0.1 * (nesterov ? g + 0.9 * v : v);
    });
    check_close(after_steps(SGD{options}), wanted, rounding);
    check_close(after_steps(SGD{options}, DType::f32), wanted, rounding_f32);
  }
}

TEST_CASE("Adam adds weight decay to the gradient, AdamW takes it off the parameter") {
  const auto adam = [](double& p, double g, double& m, double& v, int k) {
    m = 0.8 * m + (1 - 0.8) * g;
    v = 0.95 * v + (1 - 0.95) * g * g;
    p -= 0.1 * (m / (1 - std::pow(0.8, k + 1))) / (std::sqrt(v / (1 - std::pow(0.95, k + 1))) + 1e-6);
  };
  const Row coupled =
      by_loops([&](double& p, double g, double& m, double& v, int k) { adam(p, g + 0.05 * p, m, v, k); });
  const Row decoupled = by_loops([&](double& p, double g, double& m, double& v, int k) {
    p *= 1 - 0.1 * 0.05;
    adam(p, g, m, v, k);
  });
  const AdamOptions o{.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6, .weight_decay = 0.05};
  const AdamWOptions w{.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6, .weight_decay = 0.05};
  check_close(after_steps(Adam{o}), coupled, rounding);
  check_close(after_steps(Adam{o}, DType::f32), coupled, rounding_f32);
  check_close(after_steps(AdamW{w}), decoupled, rounding);
  check_close(after_steps(AdamW{w}, DType::f32), decoupled, rounding_f32);
}

TEST_CASE("a learning rate can be changed between steps") {
  Box box;
  SGD sgd{{.learning_rate = 1}};
  sgd.set_learning_rate(0.5);
  sgd.step(box, std::vector<Tensor>{ones({3}, DType::f64)});
  CHECK(box.parameter.value.to_vector<double>() == Row{0.0, -1.75, 1.5});
  CHECK_THROWS_WITH_AS(sgd.set_learning_rate(-1), "SGD: learning_rate -1 is not a finite number of 0 or more", Error);
}

TEST_CASE("a step puts a new leaf with an empty gradient slot in the box") {
  Box box;
  const Tensor before = box.parameter.value;
  sum(before * before).backward();
  REQUIRE(before.grad().has_value());
  SGD{{.learning_rate = 0.5}}.step(box, std::vector<Tensor>{*before.grad()});
  CHECK(box.parameter.value.requires_grad());
  CHECK(!box.parameter.value.grad().has_value());
  CHECK(before.to_vector<double>() == Row{0.5, -1.25, 2.0});
}

namespace {

// Fails the n-th allocation of a third step, for every n there is: parameters stay, and the step that passes in the end
// gives what it would have given at once, so that the state has stayed too.
template <class Optimiser>
void check_nothing_half_done(Optimiser optimiser) {
  Generator rng{3};
  Sequential model{Linear{4, 5}, Relu{}, Linear{5, 3}};
  model.initialise(rng);
  const auto values = [](const Sequential& m) {
    std::vector<std::vector<float>> all;
    for (const Tensor& p : m.parameters()) all.push_back(p.to_vector<float>());
    return all;
  };
  std::vector<Tensor> gradients;
  for (const Tensor& p : model.parameters()) gradients.push_back(randn(p.shape(), rng));
  for (const int warm_up : {0, 1}) {
    for (int k = 0; k < 2 * warm_up; ++k) optimiser.step(model, gradients);
    Sequential twin = model;
    Optimiser twin_optimiser = optimiser;
    twin_optimiser.step(twin, gradients);

    const auto before = values(model);
    int failures = 0;
    for (bool done = false; !done; ++failures) {
      memory::fail_request(failures + 1);
      try {
        optimiser.step(model, gradients);
        done = true;
      } catch (const Error& e) {
        CHECK(e.code() == ErrorCode::out_of_memory);
        CHECK(values(model) == before);
      }
    }
    memory::fail_request(0);
    CHECK(failures > 4);
    CHECK(values(model) == values(twin));
  }
}

}  // namespace

TEST_CASE("a step that runs out of memory, at any allocation, changes neither parameters nor state") {
  check_nothing_half_done(SGD{{.learning_rate = 0.1}});
  check_nothing_half_done(SGD{{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}});
  check_nothing_half_done(Adam{{.learning_rate = 0.1}});
  check_nothing_half_done(AdamW{{.learning_rate = 0.1}});
}

TEST_CASE("gradients of another count, shape or dtype are refused and nothing changes") {
  Box box;
  SGD sgd{{.learning_rate = 0.1, .momentum = 0.9}};
  const auto step = [&](const std::vector<Tensor>& gradients) { sgd.step(box, gradients); };
  CHECK_THROWS_WITH_AS(step({}), "SGD: 0 gradients are given for 1 parameters", Error);
  CHECK_THROWS_WITH_AS(step({ones({2}, DType::f64)}), "SGD: gradient 0 is f64 [2], its parameter \"p\" is f64 [3]",
                       Error);
  CHECK_THROWS_WITH_AS(step({ones({3})}), "SGD: gradient 0 is f32 [3], its parameter \"p\" is f64 [3]", Error);
  CHECK_THROWS_WITH_AS(step({Tensor()}), "SGD: gradient 0 is an empty tensor, its parameter \"p\" is f64 [3]", Error);
  CHECK(box.parameter.value.to_vector<double>() == Row{0.5, -1.25, 2.0});
}

TEST_CASE("a parameter of half precision is refused, not read as f32") {
  for (const DType half : {DType::f16, DType::bf16}) {
    Box box;
    box.parameter.value = variable(box.parameter.value.to(half));
    const std::vector<Tensor> gradients{ones_like(box.parameter.value)};
    SGD sgd{{.learning_rate = 0.1}};
    AdamW adam{{}};
    CHECK_THROWS_AS(sgd.step(box, gradients), Error);
    CHECK_THROWS_WITH_AS(
        adam.step(box, gradients),
        fmt::format("AdamW: parameter \"p\" is {} [3]: weights are f32 or f64, cast it, .to(DType::f32)", half).c_str(),
        Error);
    CHECK(box.parameter.value.to_vector<double>() == Row{0.5, -1.25, 2.0});
  }
}

TEST_CASE("an optimiser that meets another model than before says which parameter has changed") {
  Box box;
  AdamW adam{{}};
  const auto step = [&] { adam.step(box, std::vector<Tensor>{ones_like(box.parameter.value)}); };
  step();
  box.parameter.name = "q";
  CHECK_THROWS_WITH_AS(
      step(), "AdamW: its state is of parameter \"p\" where the model has \"q\": a changed model needs a new optimiser",
      Error);
  box.parameter = {"p", variable(ones({2}, DType::f64))};
  CHECK_THROWS_WITH_AS(
      step(), "AdamW: its state of \"p\" is f64 [3], the parameter f64 [2]: a changed model needs a new optimiser",
      Error);
  Sequential other{Box{}, Box{}};
  CHECK_THROWS_WITH_AS(adam.step(other, std::vector<Tensor>(2, ones({3}, DType::f64))),
                       "AdamW: its state is of 1 parameters, the model has 2: a changed model needs a new optimiser",
                       Error);
}

TEST_CASE("two parameters of one name are refused") {
  struct Twins : Box {
    Box second;
    void visit(const ParameterVisitor& show) { show(parameter), show(second.parameter); }
  } twins;
  SGD sgd;
  CHECK_THROWS_WITH_AS(
      sgd.step(twins, std::vector<Tensor>(2, ones({3}, DType::f64))),
      "SGD: two parameters are named \"p\": put them in a Sequential, or give one a prefix with named()", Error);
}

TEST_CASE("options outside their ranges are refused in the constructor") {
  CHECK_THROWS_WITH_AS(SGD{{.learning_rate = -1}}, "SGD: learning_rate -1 is not a finite number of 0 or more", Error);
  CHECK_THROWS_WITH_AS(SGD{{.momentum = 1}}, "SGD: momentum 1 is outside [0, 1)", Error);
  CHECK_THROWS_WITH_AS(SGD{{.nesterov = true}}, "SGD: nesterov is asked for with momentum 0; it needs momentum above 0",
                       Error);
  CHECK_THROWS_WITH_AS(Adam{{.beta2 = 1}}, "Adam: beta2 1 is outside [0, 1)", Error);
  CHECK_THROWS_WITH_AS(AdamW{{.epsilon = 0}}, "AdamW: epsilon 0 is not a finite number above 0", Error);
  CHECK_THROWS_WITH_AS(AdamW{{.weight_decay = NAN}}, "AdamW: weight_decay nan is not a finite number of 0 or more",
                       Error);
}

TEST_CASE("in the steady state a step asks the system for no memory") {
  Generator rng{3};
  Sequential model{Linear{64, 128}, Relu{}, Linear{128, 10}};
  model.initialise(rng);
  AdamW adam{{}};
  std::vector<Tensor> gradients;
  for (const Tensor& p : model.parameters()) gradients.push_back(zeros_like(p));
  for (int k = 0; k < 3; ++k) adam.step(model, gradients);
  [[maybe_unused]] const auto before = memory::counts().system_requests;
  for (int k = 0; k < 10; ++k) adam.step(model, gradients);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // there every request goes to malloc
  CHECK(memory::counts().system_requests == before);
#endif
}
