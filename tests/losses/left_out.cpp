// Rows and classes that are left out: whatever stands there, NaN too, reaches no loss and no derivative of any order.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

// Inputs of a call with every option that multiplies; rows 1 and 4 of five are left out and hold `what`.
struct Call {
  Tensor logits, labels, class_weights, sample_weights;
  CrossEntropyOptions options;

  explicit Call(double what, Reduction reduction) {
    Generator rng{3};
    options.mask = tensor({1, 0, 1, 1, 0}).to(DType::boolean);
    const Tensor keep = reshape(options.mask, {5, 1});
    logits = variable(where(keep, randn({5, 4}, rng, DType::f64), what));
    labels = variable(where(keep, uniform({5, 4}, rng, DType::f64), what));
    class_weights = variable(uniform({4}, rng, DType::f64));
    sample_weights = variable(where(options.mask, uniform({5}, rng, DType::f64), what));
    options = {.reduction = reduction,
               .denominator = Denominator::weights,
               .class_weights = class_weights,
               .sample_weights = sample_weights,
               .mask = options.mask,
               .label_smoothing = 0.1,
               .temperature = 2,
               .soft_cap = 3,
               .z_loss = 0.01};
  }
  std::vector<Tensor> inputs() const { return {logits, labels, class_weights, sample_weights}; }
};

// The loss and its derivatives of three orders, each order that of the one before summed with fixed weights.
std::vector<double> numbers(const std::vector<Tensor>& inputs, const Tensor& loss) {
  std::vector<double> all = loss.to_vector<double>();
  Tensor of = sum(loss);
  for (int order = 1; order <= 3; ++order) {
    Generator rng{5};
    const std::vector<Tensor> into = grad(of, inputs, {.create_graph = true, .unreached = Unreached::zero});
    of = zeros({}, DType::f64);
    for (const Tensor& g : into) {
      for (const double v : g.to_vector<double>()) all.push_back(v);
      of = of + sum(g * randn(g.shape(), rng, DType::f64));
    }
  }
  return all;
}

}  // namespace

TEST_CASE(
    "what stands in rows that are left out, NaN or infinite, changes no bit of the loss and of its derivatives to "
    "order 3") {
  for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
    const Call clean(0, reduction);
    const std::vector<double> want = numbers(clean.inputs(), cross_entropy(clean.logits, clean.labels, clean.options));
    for (const double what : {not_a_number, infinity, -infinity, 1e300}) {
      CAPTURE(what);
      const Call c(what, reduction);
      CHECK(numbers(c.inputs(), cross_entropy(c.logits, c.labels, c.options)) == want);
    }
  }
}

TEST_CASE("hidden rows that are left out reach neither weight nor bias of linear_cross_entropy, NaN neither") {
  for (const Reduction reduction : {Reduction::none, Reduction::mean}) {
    const auto all = [&](double what) {
      const Call c(what, reduction);
      Generator rng{7};
      const Tensor keep = reshape(c.options.mask, {5, 1});
      const Tensor hidden = variable(where(keep, randn({5, 3}, rng, DType::f64), what));
      const Tensor weight = variable(randn({3, 4}, rng, DType::f64)), bias = variable(randn({4}, rng, DType::f64));
      return numbers({hidden, weight, bias, c.labels, c.class_weights, c.sample_weights},
                     linear_cross_entropy(hidden, weight, bias, c.labels, c.options));
    };
    CHECK(all(not_a_number) == all(0));
  }
}

TEST_CASE("a class masked by -inf stays masked under a soft cap") {
  const Tensor x = variable(tensor({{1.0, -infinity, 2.0}})), without = variable(tensor({{1.0, 2.0}}));
  const CrossEntropyOptions options{.temperature = 2, .soft_cap = 3, .z_loss = 0.1};
  const Tensor loss = cross_entropy(x, tensor({2}), options), want = cross_entropy(without, tensor({1}), options);
  CHECK(loss.item<double>() == want.item<double>());
  const auto g = grad(loss, {x})[0].to_vector<double>(), w = grad(want, {without})[0].to_vector<double>();
  CHECK(g == std::vector<double>{w[0], 0, w[1]});
}

TEST_CASE(
    "the weight of a class that is masked by -inf and has no label gets the gradient 0, for both kinds of label") {
  const Tensor x = tensor({{1.0, -infinity, 2.0}, {0.0, -infinity, -1.0}});
  const Tensor w = variable(tensor({0.5, 2.0, 1.5}));
  const Tensor indices = tensor({2, 0}), probabilities = one_hot(indices, 3, DType::f64);
  for (const Tensor& targets : {indices, probabilities}) {
    const auto g =
        grad(cross_entropy(x, targets, {.reduction = Reduction::sum, .class_weights = w}), {w})[0].to_vector<double>();
    CHECK(g[0] == doctest::Approx(std::log1p(std::exp(-1.0))).epsilon(1e-14));  // lse - x of row 1; a few ULP of f64
    CHECK(g[1] == 0);
    CHECK(g[2] == doctest::Approx(std::log1p(std::exp(-1.0))).epsilon(1e-14));
  }
}
