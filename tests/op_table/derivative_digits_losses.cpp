// Derivative digits of the loss's relatives, of normalisation and of lengths. Two places are in no row, since
// logarithms and norms of the inputs cancel there: jensen_shannon_divergence of rows that are nearly equal (540 ULP
// were seen in f64), and cosine_similarity of vectors that are nearly parallel, whose derivative becomes 0 near 1e-19.
#include "logitape/ops/losses.h"

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/normalise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/tensorflow_losses.h"
#include "tests/op_table/derivative_digits.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

using In = std::span<const Tensor>;

const char* cancels = "terms of either sign cancel, so errors count in ULP of the largest";

Tensor labels_of(const Tensor& x) { return full({x.shape()[0]}, 0, DType::i32); }
Jet gap(const Jets& x) { return jets::log_sum_exp({x[1] - x[0], x[2] - x[0]}); }  // of class 0 to the others
Jet squared(const Jet& x) { return x * x; }
Jet size_of(const Jet& x) { return x.v < 0 ? -x : x; }

// The first `half` numbers of a point are one row, the others another.
Jets first(const Jets& x) { return Jets(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2)); }
Jets second(const Jets& x) { return Jets(x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end()); }
Jet dot(const Jets& a, const Jets& b) {
  Jet total;
  for (std::size_t i = 0; i < a.size(); ++i) total = total + a[i] * b[i];
  return total;
}
// p * log(p / ((p + q)/2)), added up for p and q
Jet jensen_shannon(const Jets& a, const Jets& b) {
  Jet total;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const Jet p = jets::probability(a, c), q = jets::probability(b, c),
              log_ratio = jets::minus_log_p(a, c) - jets::minus_log_p(b, c);
    // log(p/m) = log 2 - softplus(log q - log p)
    const Jet log_2 = std::log(Real(2));
    total = total + 0.5L * (p * (log_2 - softplus(log_ratio)) + q * (log_2 - softplus(-log_ratio)));
  }
  return total;
}

struct Moments {
  Jet mean, variance;
};
Moments moments(const Jets& x) {
  const Real n = static_cast<Real>(x.size());
  const Jet mean = jets::sum(x) / n;
  Jet squares;
  for (const Jet& v : x) squares = squares + squared(v - mean);
  return {mean, squares / n};
}
Jet normalised(const Jets& x, std::size_t i, Real epsilon) {
  const Moments m = moments(x);
  return (x[i] - m.mean) / sqrt(m.variance + epsilon);
}

}  // namespace

// long: a table
std::vector<DigitsRow> loss_digits() {
  std::vector<DigitsRow> rows;
  const auto row = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                       std::function<Jet(const Jets&)> exact, std::vector<int> widths,
                       const std::vector<Point>& points) {
    rows.push_back({op, variant, std::move(call), std::move(exact), std::move(widths), points, rows_goal, rows_goal});
  };
  const auto of_largest = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                              std::function<Jet(const Jets&)> exact, std::vector<int> widths,
                              const std::vector<Point>& points) {
    row(op, variant, std::move(call), std::move(exact), std::move(widths), points);
    rows.back().of_largest = true;
    rows.back().exception = cancels;
  };
  constexpr LossOptions all{.reduction = Reduction::none};
  const std::vector<double> gaps = {10, 12, 17, 20, 30, 40, 60, 80, 150, 300, 600};
  const std::vector<Point> confident = confident_rows(3, gaps), ordinary = ordinary_rows(3, -4, 4, 60);
  std::vector<Point> both = confident, far;
  both.insert(both.end(), ordinary.begin(), ordinary.end());
  for (const auto& numbers :
       {uniform_numbers(-5, 5, 100), uniform_numbers(-90, 90, 200), uniform_numbers(-700, 700, 200)})
    for (const double x : numbers) far.push_back({x});

  // labels 0 and 1: the gradient by logits has no zero
  const auto binary = [](const Jets& x) { return x[1] * softplus(-x[0]) + (1 - x[1]) * softplus(x[0]); };
  row(
      "binary_cross_entropy_with_logits", "",
      [](In x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::none}); }, binary, {0, 0},
      beside(far, {{0}, {1}}));
  row(
      "nn::sigmoid_cross_entropy_with_logits", "",
      [](In x) { return nn::sigmoid_cross_entropy_with_logits({.labels = x[1], .logits = x[0]}); }, binary, {0, 0},
      beside(far, {{0}, {1}}));
  const auto weighted = [](const Jets& x) { return x[2] * x[1] * softplus(-x[0]) + (1 - x[1]) * softplus(x[0]); };
  row(
      "binary_cross_entropy_with_logits", "pos_weight",
      [](In x) {
        return binary_cross_entropy_with_logits(x[0], x[1], {.pos_weight = x[2], .reduction = Reduction::none});
      },
      weighted, {0, 0, 0}, beside(far, {{0, 3}, {1, 3}}));
  row(
      "nn::weighted_cross_entropy_with_logits", "",
      [](In x) { return nn::weighted_cross_entropy_with_logits({.labels = x[1], .logits = x[0], .pos_weight = x[2]}); },
      weighted, {0, 0, 0}, beside(far, {{0, 3}, {1, 3}}));
  of_largest(
      "binary_cross_entropy_with_logits", "soft labels",
      [](In x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::none}); }, binary, {0, 0},
      beside(far, {{0.25}, {0.875}}));
  row(
      "sigmoid_focal_loss", "",
      [](In x) { return sigmoid_focal_loss(x[0], x[1], {.alpha = 0.25, .reduction = Reduction::none}); },
      [](const Jets& x) {
        return 0.25L * x[1] * squared(sigmoid(-x[0])) * softplus(-x[0]) +
               0.75L * (1 - x[1]) * squared(sigmoid(x[0])) * softplus(x[0]);
      },
      {0, 0}, beside(far, {{0}, {1}}));
  rows.back().cancels = {{2, 2, 4, 0.125L}, {2, -4, -2, 0.125L}};
  rows.back().exception =
      "near the second derivative's zeros, where |x| is 2.8, terms cancel, and errors count in ULP of their size";
  row(
      "hinge_loss", "", [](In x) { return hinge_loss(x[0], x[1], {.reduction = Reduction::none}); },
      [](const Jets& x) {
        const Jet y = 1 - (2 * x[1] - 1) * x[0];
        return y.v > 0 ? y : Jet(0);
      },
      {0, 0}, beside(far, {{0}, {1}}));

  row(
      "nll_loss", "", [](In x) { return nll_loss(x[0], labels_of(x[0]), {.reduction = Reduction::none}); },
      [](const Jets& x) { return -x[0]; }, {3}, both);
  // the second derivative is 0 for a gap of some 2.8
  const auto focal = [](In x) { return focal_loss(x[0], labels_of(x[0]), {.reduction = Reduction::none}); };
  const auto exact_focal = [](const Jets& x) { return squared(sigmoid(gap(x))) * jets::minus_log_p(x, 0); };
  row("focal_loss", "confident", focal, exact_focal, {3}, confident);
  of_largest("focal_loss", "ordinary", focal, exact_focal, {3}, ordinary);
  rows.back().f64.second = 32;  // all second derivatives of a point cancel at once
  row(
      "focal_loss", "gamma 1/2, confident",
      [](In x) { return focal_loss(x[0], labels_of(x[0]), {.gamma = 0.5, .reduction = Reduction::none}); },
      [](const Jets& x) { return power(sigmoid(gap(x)), 0.5L) * jets::minus_log_p(x, 0); }, {3}, confident);
  // with epsilon 1 the second derivative, p*(1 - p)*2*p for a p near 0, is a difference of two terms that agree
  row(
      "poly1_loss", "epsilon 1/2",
      [](In x) { return poly1_loss(x[0], labels_of(x[0]), {.epsilon = 0.5, .reduction = Reduction::none}); },
      [](const Jets& x) {
        return jets::minus_log_p(x, 0) + 0.5L * (jets::probability(x, 1) + jets::probability(x, 2));
      },
      {3}, both);
  row(
      "multiclass_hinge_loss", "",
      [](In x) { return multiclass_hinge_loss(x[0], labels_of(x[0]), {.reduction = Reduction::none}); },
      [](const Jets& x) {
        const Jet y = 1 + (x[1].v > x[2].v ? x[1] : x[2]) - x[0];
        return y.v > 0 ? y : Jet(0);
      },
      {3}, both);

  const std::vector<Point> p = {{0.5, 0.25, 0.125}, {0.0625, 0.75, 0.5}};
  row(
      "kl_divergence", "",
      [](In x) { return kl_divergence({.labels = x[1], .log_probabilities = x[0], .reduction = Reduction::none}); },
      [](const Jets& x) {
        Jet total;
        for (std::size_t c = 0; c < 3; ++c) total = total + x[c + 3] * (log(x[c + 3]) - x[c]);
        return total;
      },
      {3, 3}, beside(ordinary_rows(3, -90, -3, 60), p));
  row(
      "kl_divergence", "log labels",
      [](In x) {
        return kl_divergence(
            {.labels = x[1], .log_probabilities = x[0], .log_labels = true, .reduction = Reduction::none});
      },
      [](const Jets& x) {
        Jet total;
        for (std::size_t c = 0; c < 3; ++c) total = total + exp(x[c + 3]) * (x[c + 3] - x[c]);
        return total;
      },
      {3, 3}, beside(ordinary_rows(3, -90, -60, 60), ordinary_rows(3, -40, -2, 60)));
  const auto divergence = [](In x) { return jensen_shannon_divergence(x[0], x[1], {.reduction = Reduction::none}); };
  const auto exact_divergence = [](const Jets& x) { return jensen_shannon(first(x), second(x)); };
  of_largest("jensen_shannon_divergence", "", divergence, exact_divergence, {3, 3},
             beside(ordinary, ordinary_rows(3, -3, 3, 50)));
  of_largest("jensen_shannon_divergence", "confident", divergence, exact_divergence, {3, 3},
             beside(confident_rows(3, {6, 10, 20, 40, 60, 80}), confident_rows(3, {-7, 9, 30, -12, 50, 70})));
  rows.back().f64.second = 32;  // all second derivatives of a point cancel at once

  std::vector<Point> pairs;
  const auto a = numbers_of_every_size(30, 200), b = numbers_of_every_size(29, 200);
  for (std::size_t i = 0; i < a.size(); ++i) pairs.push_back({a[i], b[i]});
  row(
      "mse_loss", "", [=](In x) { return mse_loss(x[0], x[1], all); },
      [](const Jets& x) { return squared(x[0] - x[1]); }, {0, 0}, pairs);
  row(
      "huber_loss", "", [](In x) { return huber_loss(x[0], x[1], {.reduction = Reduction::none}); },
      [](const Jets& x) {
        const Jet d = x[0] - x[1];
        return std::fabs(d.v) <= 1 ? 0.5L * squared(d) : size_of(d);
      },
      {0, 0}, pairs);
  of_largest(
      "cosine_similarity", "", [](In x) { return cosine_similarity(x[0], x[1]); },
      [](const Jets& x) {
        return dot(first(x), second(x)) / sqrt(dot(first(x), first(x)) * dot(second(x), second(x)));
      },
      {3, 3}, beside(ordinary, ordinary_rows(3, -2, 2, 50)));
  return rows;
}

// long: a table
std::vector<DigitsRow> norm_digits() {
  std::vector<DigitsRow> rows;
  const auto row = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                       std::function<Jet(const Jets&)> exact, std::vector<int> widths, const std::vector<Point>& points,
                       bool only_f64 = false) {
    const auto unit = [rows = widths[0] == 3](const Jets& x) {
      return rows ? std::sqrt(moments(x).variance.v + Real(1e-5)) : 1;
    };
    rows.push_back({op,
                    variant,
                    std::move(call),
                    std::move(exact),
                    std::move(widths),
                    points,
                    rows_goal,
                    rows_goal,
                    cancels,
                    {},
                    true,
                    unit,
                    only_f64});
  };
  const auto times = [](std::vector<Point> points, double scale) {
    for (Point& p : points)
      for (double& x : p) x *= scale;
    return points;
  };
  const std::vector<Point> ordinary = ordinary_rows(3, -4, 4, 60);
  const auto y = [](In x) { return slice(normalise(x[0]).y, {0, 0}, {x[0].shape()[0], 1}); };
  const auto exact_y = [](const Jets& x) { return normalised(x, 0, 1e-5); };
  row("normalise", "y", y, exact_y, {3}, ordinary);
  row("normalise", "y of 1e15", y, exact_y, {3}, times(ordinary, 1e15));
  row("normalise", "y of 1e155", y, exact_y, {3}, times(ordinary, 0x1p515), true);
  row("normalise", "y of 1e-100", y, exact_y, {3}, times(ordinary, 0x1p-332), true);
  row(
      "normalise", "mean", [](In x) { return normalise(x[0]).mean; }, [](const Jets& x) { return moments(x).mean; },
      {3}, ordinary);
  row(
      "normalise", "variance", [](In x) { return normalise(x[0]).variance; },
      [](const Jets& x) { return moments(x).variance; }, {3}, ordinary);
  row(
      "layer_norm", "",
      [](In x) {
        return layer_norm(x[0], ones({3}, x[0].dtype()) * 0.5, zeros({3}, x[0].dtype())) *
               from_span(std::vector{2.0, 0.5, -1.0}, {3}).to(x[0].dtype());
      },
      [](const Jets& x) {
        return normalised(x, 0, 1e-5) + 0.25L * normalised(x, 1, 1e-5) - 0.5L * normalised(x, 2, 1e-5);
      },
      {3}, ordinary);
  row(
      "batch_norm", "of the batch's own moments",
      [](In x) {
        const Tensor columns = transpose(x[0]), one = ones({x[0].shape()[0]}, x[0].dtype());
        return slice(transpose(batch_norm(columns, one * 0.5, one).y), {0, 0}, {x[0].shape()[0], 1});
      },
      [](const Jets& x) { return normalised(x, 0, 1e-5) * Jet(0.5L) + Jet(1); }, {3}, ordinary);
  row(
      "batch_norm", "",
      [](In x) {
        return batch_norm(reshape(x[0], {1, x[0].size()}), x[1], x[2], x[3], x[4]);
      },
      [](const Jets& x) { return (x[0] - x[1]) * x[3] / sqrt(x[2] + Real(1e-5)) + x[4]; }, {0, 0, 0, 0, 0},
      beside(ordinary_rows(2, -4, 4, 60), beside(ordinary_rows(1, 0.25, 8, 60), ordinary_rows(2, 1, 2, 60))));
  const auto length = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                          std::function<Jet(const Jets&)> exact, const std::vector<Point>& points,
                          bool only_f64 = false) {
    rows.push_back({op,
                    variant,
                    std::move(call),
                    std::move(exact),
                    {3},
                    points,
                    rows_goal,
                    rows_goal,
                    cancels,
                    {},
                    true,
                    {},
                    only_f64});
  };
  const auto of_norm = [](In x) { return norm(x[0], {.axes = {1}}); };
  const auto exact_norm = [](const Jets& x) { return sqrt(dot(x, x)); };
  length("norm", "", of_norm, exact_norm, ordinary);
  length("norm", "of 1e30", of_norm, exact_norm, times(ordinary, 0x1p100));
  length("norm", "of 1e-30", of_norm, exact_norm, times(ordinary, 0x1p-100));
  length("norm", "of 1e300", of_norm, exact_norm, times(ordinary, 0x1p1000), true);
  length("norm", "of 1e-300", of_norm, exact_norm, times(ordinary, 0x1p-1000), true);
  length(
      "variance", "", [](In x) { return variance(x[0], 1); }, [](const Jets& x) { return moments(x).variance; },
      ordinary);
  length(
      "variance", "correction 1", [](In x) { return variance(x[0], {.axes = {1}, .correction = 1}); },
      [](const Jets& x) { return moments(x).variance * 1.5L; }, ordinary);
  const auto deviation = [](In x) { return standard_deviation(x[0], 1); };
  const auto exact_deviation = [](const Jets& x) { return sqrt(moments(x).variance); };
  length("standard_deviation", "", deviation, exact_deviation, ordinary);
  length("standard_deviation", "of 1e300", deviation, exact_deviation, times(ordinary, 0x1p1000), true);
  return rows;
}

}  // namespace logitape::tests
