// Which parameters a pattern or a predicate means, and what optimisers do differently with some of them.
#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// Three steps with gradients of their own; the bytes of each parameter: 0.weight, 0.bias, 3.weight, 3.bias.
std::vector<std::string> after_steps(AnyOptimiser optimiser, double then_rate = 0) {
  Sequential model = small_net();
  Generator rng{4};
  const Parameters boxes = parameters_of(model);
  for (Parameter* p : boxes) p->value = variable(randn(p->value.shape(), rng));  // biases begin as zeros: no decay seen
  for (int k = 0; k < 3; ++k) {
    std::vector<Tensor> gradients;
    for (const Parameter* p : boxes) gradients.push_back(randn(p->value.shape(), rng));
    optimiser.step(boxes, gradients);
    if (then_rate > 0) optimiser.set_learning_rate(then_rate);
  }
  std::vector<std::string> bits;
  for (const Parameter* p : boxes) {
    const std::vector<float> values = p->value.to_vector<float>();
    bits.emplace_back(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  return bits;
}

// The same optimiser of three kinds.
struct Common {
  double learning_rate = 0.01, weight_decay = 0;
  WhichParameters decays = {};
  std::vector<ParameterGroup> groups = {};
};
std::vector<AnyOptimiser> kinds(const Common& c) {
  return {
      SGD{{.learning_rate = c.learning_rate,
           .momentum = 0.9,
           .weight_decay = c.weight_decay,
           .decays = c.decays,
           .groups = c.groups}},
      Adam{{.learning_rate = c.learning_rate, .weight_decay = c.weight_decay, .decays = c.decays, .groups = c.groups}},
      AdamW{
          {.learning_rate = c.learning_rate, .weight_decay = c.weight_decay, .decays = c.decays, .groups = c.groups}}};
}

// Parameter i has the bits that it has under the plain optimiser wanted[i].
void check_as(const Common& options, const std::vector<Common>& wanted) {
  const std::vector<AnyOptimiser> found = kinds(options);
  for (std::size_t kind = 0; kind < found.size(); ++kind) {
    INFO(found[kind].str());
    const std::vector<std::string> bits = after_steps(found[kind]);
    for (std::size_t i = 0; i < bits.size(); ++i)
      CHECK_MESSAGE(bits[i] == after_steps(kinds(wanted[i])[kind])[i], "parameter " << i);
  }
}

}  // namespace

TEST_CASE("a pattern fits a whole name: * any characters, ? one, all else itself") {
  using train::fits;
  for (const char* pattern :
       {"0.weight", "*", "0.*", "*.weight", "?.weight", "0*t", "*w*g*", "**", "0.weight*", "????????"})
    CHECK_MESSAGE(fits("0.weight", pattern), pattern);
  for (const char* pattern : {"", "0", "weight", "0.weigh", "0.weight?", "1.*", "*.bias", "?weight", "0.WEIGHT", "*x*"})
    CHECK_MESSAGE(!fits("0.weight", pattern), pattern);
  CHECK(fits("", ""));
  CHECK(fits("", "*"));
  CHECK(!fits("", "?"));
  CHECK(fits("aXbXc", "a*Xc"));  // the first X is not the last
  CHECK(fits("[a]", "[a]"));
  CHECK(!fits("a", "[a]"));
  CHECK(!fits(std::string(5000, 'a'), "*a*a*a*a*a*a*a*a*b"));  // no time that doubles with each *
}

TEST_CASE("parameters are meant by a pattern, several, or a predicate; by none of them all") {
  const Parameter weight{"0.weight", ones({2, 3})}, bias{"0.bias", ones({3})}, kernel{"k", ones({3, 3, 1, 2})};
  const auto meant = [&](const WhichParameters& which) {
    return std::vector<bool>{which(weight), which(bias), which(kernel)};
  };
  CHECK(meant({}) == std::vector<bool>{true, true, true});
  CHECK(meant("0.*") == std::vector<bool>{true, true, false});
  CHECK(meant(std::string("*.bias")) == std::vector<bool>{false, true, false});
  CHECK(meant({"*.bias", "k"}) == std::vector<bool>{false, true, true});
  CHECK(meant(std::vector<std::string>{"*.bias", "k"}) == std::vector<bool>{false, true, true});
  CHECK(meant(only_matrices) == std::vector<bool>{true, false, true});
  CHECK(meant([](const Parameter& p) { return p.value.size() == 3; }) == std::vector<bool>{false, true, false});
  CHECK(WhichParameters().str() == "all");
  CHECK(WhichParameters({"*.bias", "k"}).str() == "*.bias, k");
  CHECK(WhichParameters(only_matrices).str() == "only_matrices");
  CHECK(WhichParameters([](const Parameter&) { return true; }).str() == "a function");
  CHECK(WhichParameters([](const Parameter&) { return true; }, "mine").str() == "mine");
  CHECK_THROWS_WITH_AS(WhichParameters(std::vector<std::string>()),
                       "WhichParameters: the list of patterns is empty: write \"*\" for all parameters", Error);
  CHECK_THROWS_AS(WhichParameters(std::function<bool(const Parameter&)>()), Error);
  CHECK_THROWS_WITH_AS(only_matrices({"w", {}}),
                       "only_matrices: parameter \"w\" is not initialised: call initialise(rng) first", Error);
}

TEST_CASE("weight decay holds for those that decays names, and the others have the bits of none") {
  const Common with{.weight_decay = 0.1}, without;
  for (const WhichParameters& matrices : {WhichParameters(only_matrices), WhichParameters("*.weight")})
    check_as({.weight_decay = 0.1, .decays = matrices}, {with, without, with, without});
  check_as(with, {with, with, with, with});
}

TEST_CASE("a group has its own share of the learning rate and its own decay, the others the optimiser's") {
  // 1/4 of the rate: a power of two, so that the product is the number that the twin is given
  const Common plain{.learning_rate = 0.02, .weight_decay = 0.1}, slow{.learning_rate = 0.005, .weight_decay = 0.1};
  const Common bare{.learning_rate = 0.005}, undecayed{.learning_rate = 0.02};
  Common options = plain;
  options.groups = {{.parameters = "0.*", .learning_rate_factor = 0.25}};
  check_as(options, {slow, slow, plain, plain});
  options.groups = {{.parameters = "0.*", .learning_rate_factor = 0.25, .weight_decay = 0}};
  check_as(options, {bare, bare, plain, plain});
  options.groups = {{.parameters = "0.weight", .learning_rate_factor = 0.25},
                    {.parameters = {"0.bias", "3.bias"}, .weight_decay = 0}};
  check_as(options, {slow, undecayed, plain, undecayed});
  options.decays = only_matrices;  // has the last word on what decays at all
  options.groups = {{.parameters = "0.*", .weight_decay = 0.1}};
  check_as(options, {plain, undecayed, plain, undecayed});
}

TEST_CASE("a schedule moves the rates of all groups") {
  Common options{.learning_rate = 0.02};
  options.groups = {{.parameters = "0.*", .learning_rate_factor = 0.25}};
  const auto found = after_steps(kinds(options)[0], 0.01);
  CHECK(found[0] == after_steps(kinds({.learning_rate = 0.005})[0], 0.0025)[0]);
  CHECK(found[3] == after_steps(kinds({.learning_rate = 0.02})[0], 0.01)[3]);
}

TEST_CASE("a step with a group that cannot be is refused, and changes neither model nor optimiser") {
  const auto refused = [](const Common& options, const std::string& why) {
    Sequential model = small_net();
    std::vector<Tensor> gradients;
    for (const Tensor& p : model.parameters()) gradients.push_back(ones_like(p));
    const std::string before = bits_of(model);
    for (AnyOptimiser& optimiser : kinds(options)) {
      const std::string op = optimiser.str().substr(0, optimiser.str().find('{'));
      CHECK_THROWS_WITH_AS(optimiser.step(parameters_of(model), gradients), (op + ": " + why).c_str(), Error);
      CHECK(bits_of(model) == before);
      CHECK(optimiser.state().tensors.empty());
    }
  };
  const std::string names = "fits none of the parameters: 0.weight, 0.bias, 3.weight, 3.bias";
  refused({.decays = "1.*"}, "decays \"1.*\" " + names);
  refused({.decays = {"*.bias", "wieght"}}, "decays \"wieght\" " + names);
  refused({.groups = {{.parameters = "head.*"}}}, "group \"head.*\" " + names);
  refused({.groups = {{.parameters = "0.*"}, {.parameters = "*.bias"}}},
          "parameter \"0.bias\" is in two groups, \"0.*\" and \"*.bias\"");
  refused({.learning_rate = 1e300, .groups = {{.parameters = "0.*", .learning_rate_factor = 1e300}}},
          "learning_rate 1e+300 times the factor of group \"0.*\" is inf");
}

TEST_CASE("options of groups outside their ranges are refused where the optimiser is made") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double factor : {0.0, -1.0, nan, std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(kinds({.groups = {{.parameters = "*", .learning_rate_factor = factor}}}), Error);
  for (const double decay : {-0.1, nan})
    CHECK_THROWS_AS(kinds({.groups = {{.parameters = "*", .weight_decay = decay}}}), Error);
  CHECK_THROWS_WITH_AS((SGD{{.groups = {{.parameters = "0.*", .learning_rate_factor = 0}}}}),
                       "SGD: group \"0.*\" has learning_rate_factor 0; a finite number above 0 is needed, and "
                       "train_only for parameters that are to stay as they are",
                       Error);
}

TEST_CASE("an optimiser's name says which parameters it treats otherwise") {
  const AnyOptimiser adam = AdamW{{.decays = only_matrices,
                                   .groups = {{.parameters = "0.*", .learning_rate_factor = 0.1, .weight_decay = 0},
                                              {.parameters = "3.*", .learning_rate_factor = 2}}}};
  CHECK(adam.str() ==
        "AdamW{learning_rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-08, weight_decay 0.01, decays only_matrices, "
        "groups [0.* {learning_rate_factor 0.1, weight_decay 0}, 3.* {learning_rate_factor 2}]}");
}

}  // namespace logitape::tests
