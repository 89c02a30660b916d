// Weights: 0 times a loss that is infinite or NaN is 0, and so is what flows back through it; which weights are
// refused.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

// A loss and its derivatives of orders 1 and 2 into its inputs, the first ones summed with weights that differ.
std::vector<double> all_of(const Tensor& loss, const std::vector<Tensor>& inputs) {
  std::vector<double> all = numbers(loss);
  Generator rng{5};
  Tensor total = zeros({}, DType::f64);
  for (const Tensor& g : grad(sum(loss), inputs, {.create_graph = true, .unreached = Unreached::zero})) {
    for (const double v : numbers(g)) all.push_back(v);
    total = total + sum(g * randn(g.shape(), rng, DType::f64));
  }
  if (total.requires_grad())
    for (const Tensor& g : grad(total, inputs, {.unreached = Unreached::zero}))
      for (const double v : numbers(g)) all.push_back(v);
  return all;
}

// Rows whose loss is infinite or NaN for the label 0.
const std::vector<std::vector<double>> bad_rows = {
    {-infinity, 1, 2}, {-infinity, -infinity, -infinity}, {not_a_number, 0, 1}, {infinity, infinity, 0}};

struct Case {
  Tensor logits, weights, labels;
};

// Rows 0 and 2 are ordinary; row 1 is `bad`, and of weight 0.
Case with(const std::vector<double>& bad, bool probabilities) {
  std::vector<double> x = {1, 2, 3};
  x.insert(x.end(), bad.begin(), bad.end());
  for (const double v : {0.5, -1.0, 2.0}) x.push_back(v);
  const Tensor labels = tensor({1, 0, 2});
  return {variable(from_span(x, {3, 3})), variable(tensor({0.5, 0.0, -2.0})),
          probabilities ? variable(one_hot(labels, 3, DType::f64) * 0.9 + tensor({0.1, 0.0, 0.0})) : labels};
}

std::vector<CrossEntropyOptions> option_sets() {
  std::vector<CrossEntropyOptions> sets;
  for (const Reduction r : {Reduction::none, Reduction::mean, Reduction::sum})
    for (const Denominator d : {Denominator::count, Denominator::weights}) {
      sets.push_back({.reduction = r, .denominator = d});
      sets.push_back({.reduction = r, .denominator = d, .class_weights = tensor({0.5, 2.0, 1.0})});
      sets.push_back(
          {.reduction = r, .denominator = d, .label_smoothing = 0.1, .temperature = 2, .soft_cap = 5, .z_loss = 0.01});
    }
  return sets;
}

}  // namespace

TEST_CASE(
    "a row of sample weight 0 whose loss is infinite or NaN is 0, as are its derivatives of orders 1 and 2; the others "
    "keep theirs") {
  for (const CrossEntropyOptions& set : option_sets())
    for (const bool probabilities : {false, true}) {
      const auto said = [&](const std::vector<double>& row) {
        const Case c = with(row, probabilities);
        CrossEntropyOptions o = set;
        o.sample_weights = c.weights;
        if (row == std::vector<double>{7, 7, 7}) o.mask = tensor({true, false, true});
        // by count the masked row would not be counted
        const double counted =
            o.mask.defined() && o.reduction == Reduction::mean && o.denominator == Denominator::count ? 2.0 / 3 : 1;
        std::vector<Tensor> inputs{c.logits, c.weights};
        if (probabilities) inputs.push_back(c.labels);
        return all_of(cross_entropy(c.logits, c.labels, o) * counted, inputs);
      };
      const std::vector<double> want = said({7, 7, 7});
      for (const std::vector<double>& bad : bad_rows) {
        if (set.soft_cap > 0 && std::isinf(bad[0])) continue;  // under a cap such rows may have finite losses
        const std::vector<double> got = said(bad);
        REQUIRE(got.size() == want.size());
        // a mean by weights moves with the weight of a row that counts, whatever its loss; of a masked one it does not
        const std::size_t alike =
            set.reduction == Reduction::mean && set.denominator == Denominator::weights ? 10 : want.size();
        for (std::size_t i = 0; i < want.size(); ++i)
          CHECK_MESSAGE(
              (i < alike ? std::fabs(got[i] - want[i]) <= 1e-14 * (1 + std::fabs(want[i])) : std::isfinite(got[i])),
              "number ", i, ": ", got[i], ", not ", want[i]);
      }
    }
}

TEST_CASE("a mean whose weights add up to 0 is 0, though a loss in it is infinite, and so are its derivatives") {
  const Tensor x = variable(tensor({{-infinity, 1.0}, {1.0, 0.0}})), w = tensor({1.0, -1.0}), y = tensor({0, 0});
  const CrossEntropyOptions o{.denominator = Denominator::weights, .sample_weights = w};
  for (const Tensor& loss : {cross_entropy(x, y, o), cross_entropy_details(x, y, o).loss,
                             linear_cross_entropy(x, tensor({{1.0, 0.0}, {0.0, 1.0}}), y, o)}) {
    CHECK(numbers(loss) == std::vector<double>{0});
    CHECK(numbers(grad(loss, {x})[0]) == std::vector<double>(4, 0));
  }
}

TEST_CASE("dropout zeroes what is infinite or NaN too") {
  for (const double bad : {infinity, -infinity, not_a_number}) {
    Generator rng{7};
    const Tensor x = variable(full({1000}, bad, DType::f64));
    const Tensor y = dropout(x, 0.5, rng);
    const auto v = numbers(y), g = numbers(grad(sum(y), {x})[0]);
    int zeros = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      zeros += v[i] == 0;
      CHECK(g[i] == (v[i] == 0 ? 0 : 2));
    }
    CHECK(std::abs(zeros - 500) < 80);  // five standard deviations of sqrt(1000 / 4) = 15.8
  }
}

TEST_CASE("a row of sample weight 0 whose loss is finite still tells the weight its loss") {
  const Tensor w = variable(tensor({0.0, 1.0}));
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 0.0}}), y = tensor({0, 0});
  const auto g = numbers(grad(cross_entropy(x, y, {.reduction = Reduction::sum, .sample_weights = w}), {w})[0]);
  CHECK(g == numbers(cross_entropy(x, y, {.reduction = Reduction::none})));
}

TEST_CASE("the same through linear_cross_entropy, whose hidden rows are NaN or whose classes are masked") {
  for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
    const auto said = [&](double hidden, double bias) {
      const Tensor h = variable(tensor({{1.0, 2.0}, {hidden, 1.0}, {0.5, -1.0}})),
                   w = variable(tensor({{1.0, -1.0, 0.5}, {2.0, 0.0, 1.0}}));
      const Tensor b = variable(tensor({bias, 0.0, 0.0})), s = variable(tensor({1.0, 0.0, 3.0}));
      const CrossEntropyOptions o{.reduction = reduction, .sample_weights = s};
      return all_of(linear_cross_entropy(h, w, b, tensor({1, 0, 2}), o), {h, w, s});
    };
    for (const auto& [hidden, bias] : {std::pair{not_a_number, 0.0}, {infinity, 0.0}, {0.0, -infinity}}) {
      for (const double v : said(hidden, bias)) CHECK(std::isfinite(v));
    }
    std::vector<double> clean = said(1, 0), got = said(not_a_number, 0);
    if (reduction == Reduction::mean) {
      CHECK(got[0] == clean[0]);
      for (std::size_t i = 7; i < 13; ++i)
        CHECK(got[i] == clean[i]);  // into the weight, after the loss and the hidden rows
    }
  }
}

TEST_CASE("half precision, details and an axis in the middle: rows of weight 0 are 0 there too") {
  const Tensor x = variable(tensor({{f16(-infinity), f16(1)}, {f16(1), f16(0)}}));
  const Tensor loss =
      cross_entropy(x, tensor({0, 0}), {.reduction = Reduction::sum, .sample_weights = tensor({f16(0), f16(1)})});
  CHECK(loss.item<double>() == doctest::Approx(0.3133).epsilon(1e-3));  // log(1 + 1/e) in f16, 11 bits
  CHECK(numbers(grad(loss, {x})[0])[0] == 0);
  const Tensor logits = tensor({{-infinity, 1.0}, {1.0, 0.0}});
  const CrossEntropyDetails d = cross_entropy_details(
      logits, tensor({0, 0}), {.reduction = Reduction::none, .sample_weights = tensor({0.0, 1.0})});
  CHECK(numbers(d.loss)[0] == 0);
  CHECK(numbers(d.probabilities)[1] == 1);
  CHECK(d.top_k[0] == 0.5);
  const Tensor y = variable(transpose(logits));
  const Tensor along =
      cross_entropy(y, tensor({0, 0}), {.axis = 0, .reduction = Reduction::sum, .sample_weights = tensor({0.0, 1.0})});
  CHECK(along.item<double>() == doctest::Approx(std::log1p(std::exp(-1.0))).epsilon(1e-14));  // a few ULP
  CHECK(numbers(grad(along, {y})[0])[0] == 0);
}

TEST_CASE(
    "binary losses: 0 times an infinite logit is 0, in values and in gradients into logits, labels and pos_weight") {
  for (const double x : {-infinity, infinity})
    for (const double w : {0.0, 1.0, 3.0}) {
      CAPTURE(x);
      CAPTURE(w);
      const double t = x > 0 ? 1 : 0;
      const Tensor logits = variable(tensor({x, 0.5})), labels = variable(tensor({t, 0.25})),
                   weight = variable(tensor({w, w}));
      for (const Tensor& loss :
           {binary_cross_entropy_with_logits(logits, labels, {.pos_weight = weight, .reduction = Reduction::none}),
            nn::weighted_cross_entropy_with_logits({.labels = labels, .logits = logits, .pos_weight = weight})}) {
        CHECK(numbers(loss)[0] == 0);
        const auto g = grad(sum(loss), {logits, labels, weight});
        CHECK(numbers(g[0])[0] == 0);
        CHECK(numbers(g[1])[0] == (x > 0 ? -infinity : w == 0 ? 0 : infinity));  // w*softplus(-x) - softplus(x)
        CHECK(numbers(g[2])[0] == 0);
        const auto none = grad(loss, {logits, labels, weight}, {.seed = tensor({0.0, 1.0})});
        for (const Tensor& into : none) CHECK(numbers(into)[0] == 0);
      }
      for (const double gamma : {0.0, 0.5, 2.0}) {
        const Tensor loss = sigmoid_focal_loss(logits, labels, {.gamma = gamma, .reduction = Reduction::none});
        CHECK(numbers(loss)[0] == 0);
        CHECK(numbers(grad(sum(loss), {logits})[0])[0] == 0);
      }
    }
}

TEST_CASE("sigmoid_focal_loss: an alpha of 0 for a class makes its infinite losses 0") {
  for (const double gamma : {0.0, 0.5, 2.0})
    for (const bool positive : {true, false}) {
      const Tensor logits = variable(tensor({positive ? -infinity : infinity, 0.5})),
                   labels = full({2}, positive ? 1 : 0, DType::f64);
      const Tensor loss = sigmoid_focal_loss(
          logits, labels, {.gamma = gamma, .alpha = positive ? 0.0 : 1.0, .reduction = Reduction::none});
      CHECK(numbers(loss) == std::vector<double>{0, 0});
      CHECK(numbers(grad(sum(loss), {logits})[0]) == std::vector<double>{0, 0});
    }
}

TEST_CASE(
    "a weight that is NaN, infinite, or negative where that has no meaning is refused with its place; left-out rows "
    "are not looked at") {
  const Tensor x = zeros({2, 2}, DType::f64), y = tensor({0, 1});
  for (const double bad : {not_a_number, infinity, -infinity, -1.0}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(cross_entropy(x, y, {.class_weights = tensor({1.0, bad})}), Error);
    CHECK_THROWS_AS(cross_entropy(x, x, {.class_weights = tensor({1.0, bad})}), Error);
    CHECK_THROWS_AS(linear_cross_entropy(x, x, y, {.class_weights = tensor({1.0, bad})}), Error);
    CHECK_THROWS_AS(binary_cross_entropy_with_logits(x, x, {.pos_weight = tensor({1.0, bad})}), Error);
    CHECK_THROWS_AS(nn::weighted_cross_entropy_with_logits({.labels = x, .logits = x, .pos_weight = tensor(bad)}),
                    Error);
    if (bad == -1) continue;
    CHECK_THROWS_AS(cross_entropy(x, y, {.sample_weights = tensor({1.0, bad})}), Error);
    CHECK_THROWS_AS(linear_cross_entropy(x, x, y, {.sample_weights = tensor({1.0, bad})}), Error);
    const CrossEntropyOptions masked{.sample_weights = tensor({1.0, bad}), .mask = tensor({true, false})};
    CHECK(cross_entropy(x, y, masked).item<double>() ==
          cross_entropy(zeros({1, 2}, DType::f64), tensor({0})).item<double>());
  }
}

TEST_CASE("a negative sample weight unlearns its row: minus the loss and its gradient") {
  const Tensor x = variable(tensor({{1.0, 2.0}})), y = tensor({0});
  const Tensor plain = cross_entropy(x, y, {.reduction = Reduction::sum});
  const Tensor minus = cross_entropy(x, y, {.reduction = Reduction::sum, .sample_weights = tensor({-1.0})});
  CHECK(numbers(minus) == numbers(-plain));
  CHECK(numbers(grad(minus, {x})[0]) == numbers(-grad(plain, {x})[0]));
}
