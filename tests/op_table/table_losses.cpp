// Rows of ops/losses.h and ops/tensorflow_losses.h. What accuracy they owe to real numbers is tests/losses/digits.cpp.
#include "logitape/ops/losses.h"

#include "logitape/ops/tensorflow_losses.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

// f32: both are computed in f64 and rounded once, perhaps to two sides.
Tolerance steps(double f64, double floor = 0) {
  return {1, f64, floor,
          "f32: rounded once from f64; f64: some ten steps of up to 4 ULP each, of terms no larger than the floor or "
          "all positive"};
}

const Input any{between(-4, 4)}, probability{between(0.05, 0.95)};

void add_rows_of_classes(std::vector<Row>& rows) {
  const std::vector<Shapes> dense = {{{1}, {1}},        {{5}, {5}},       {{0, 3}, {0, 3}},
                                     {{3, 1}, {3, 1}},  {{2, 3}, {2, 3}}, {{2, 1, 3}, {2, 1, 3}},
                                     {{3, 37}, {3, 37}}};
  const std::vector<Shapes> indexed = {{{0, 3}, {0}}, {{3, 1}, {3}}, {{1, 4}, {1}}, {{2, 7}, {2}}, {{5, 37}, {5}}};
  const auto add = [&](const char* op, const char* variant, std::function<Tensor(In)> call, Input x, Input targets,
                       Tolerance t) {
    const bool sparse = targets.domain.kind == Domain::Kind::index;
    rows.push_back({op,
                    variant,
                    std::move(call),
                    {x, targets},
                    sparse ? indexed : dense,
                    sparse ? Shapes{large_matrix, {521}} : Shapes{large_matrix, large_matrix},
                    t});
  };
  const Input index = constant(index_of(0, 1)), logs{between(-4, -0.1)};
  add(
      "nll_loss", "indices", [](In x) { return nll_loss(x[0], x[1], {.reduction = Reduction::none}); }, logs, index,
      same_bits());
  add(
      "nll_loss", "indices, mean", [](In x) { return nll_loss(x[0], x[1]); }, logs, index, steps(2));
  add(
      "nll_loss", "probabilities, sum", [](In x) { return nll_loss(x[0], x[1], {.reduction = Reduction::sum}); }, logs,
      probability, steps(4));
  add(
      "focal_loss", "gamma 2", [](In x) { return focal_loss(x[0], x[1]); }, any, index, steps(40));
  add(
      "focal_loss", "gamma 0.5",
      [](In x) { return focal_loss(x[0], x[1], {.gamma = 0.5, .reduction = Reduction::none}); }, any, index, steps(40));
  add(
      "focal_loss", "gamma 0, sum",
      [](In x) { return focal_loss(x[0], x[1], {.gamma = 0, .reduction = Reduction::sum}); }, any, index, steps(40));
  add(
      "poly1_loss", "indices", [](In x) { return poly1_loss(x[0], x[1]); }, any, index, steps(40));
  add(
      "poly1_loss", "probabilities, epsilon -0.5",
      [](In x) { return poly1_loss(x[0], x[1], {.epsilon = -0.5, .reduction = Reduction::none}); }, any, probability,
      steps(40, 8));
  // differences are multiples of 1/16, so that the kink is 1/32 away
  add(
      "multiclass_hinge_loss", "",
      [](In x) { return multiclass_hinge_loss(x[0], x[1], {.margin = 1.03125, .reduction = Reduction::sum}); },
      {distinct()}, index, steps(8));
  add(
      "kl_divergence", "",
      [](In x) { return kl_divergence({.labels = x[1], .log_probabilities = x[0], .reduction = Reduction::none}); },
      logs, probability, steps(8, 64));
  add(
      "kl_divergence", "log labels, mean",
      [](In x) { return kl_divergence({.labels = x[1], .log_probabilities = x[0], .log_labels = true}); }, logs, logs,
      steps(8, 64));
  add(
      "jensen_shannon_divergence", "none",
      [](In x) { return jensen_shannon_divergence(x[0], x[1], {.reduction = Reduction::none}); }, any, any,
      steps(64, 1));
  add(
      "jensen_shannon_divergence", "mean", [](In x) { return jensen_shannon_divergence(x[0], x[1]); }, any, any,
      steps(64, 1));
}

void add_binary(std::vector<Row>& rows) {
  const std::vector<Shapes> pairs = {{{}, {}}, {{0}, {0}}, {{5}, {5}}, {{2, 3}, {2, 3}}, {{11, 13}, {11, 13}}};
  const std::vector<Shapes> weighted = {
      {{}, {}, {}}, {{0}, {0}, {1}}, {{2}, {2}, {2}}, {{2, 3}, {2, 3}, {3}}, {{2, 3}, {2, 3}, {}}};
  const Shapes large{large_matrix, large_matrix};
  const Tolerance four = within(
      4.5, "exp and log1p 1 ULP each, of no more than half of the loss's own size, and three roundings, on both sides");
  const auto add = [&](const char* op, const char* variant, std::function<Tensor(In)> call, Tolerance t) {
    rows.push_back({op, variant, std::move(call), {any, probability}, pairs, large, t});
  };
  const auto add_weighted = [&](const char* op, const char* variant, std::function<Tensor(In)> call) {
    rows.push_back({op,
                    variant,
                    std::move(call),
                    {any, probability, {between(0.5, 3)}},
                    weighted,
                    {large_matrix, large_matrix, {509}},
                    four});
  };
  add(
      "binary_cross_entropy_with_logits", "none",
      [](In x) { return binary_cross_entropy_with_logits(x[0], x[1], {.reduction = Reduction::none}); }, four);
  add(
      "binary_cross_entropy_with_logits", "mean", [](In x) { return binary_cross_entropy_with_logits(x[0], x[1]); },
      four);
  add_weighted("binary_cross_entropy_with_logits", "pos_weight, sum", [](In x) {
    return binary_cross_entropy_with_logits(x[0], x[1], {.pos_weight = x[2], .reduction = Reduction::sum});
  });
  add(
      "sigmoid_focal_loss", "none", [](In x) { return sigmoid_focal_loss(x[0], x[1], {.reduction = Reduction::none}); },
      steps(40));
  add(
      "sigmoid_focal_loss", "gamma 0.5, alpha, mean",
      [](In x) { return sigmoid_focal_loss(x[0], x[1], {.gamma = 0.5, .alpha = 0.25}); }, steps(40));
  rows.push_back({"hinge_loss",
                  "",
                  [](In x) { return hinge_loss(x[0], x[1], {.reduction = Reduction::none}); },
                  {{between(-0.8, 0.8)}, {between(0, 1)}},
                  pairs,
                  large,
                  steps(2, 2)});
  add(
      "nn::sigmoid_cross_entropy_with_logits", "",
      [](In x) { return nn::sigmoid_cross_entropy_with_logits({.labels = x[1], .logits = x[0]}); }, four);
  for (const DType dtype : every_dtype()) {
    std::string variant("labels of ");
    variant.append(name(dtype));
    rows.push_back({"nn::sigmoid_cross_entropy_with_logits",
                    variant,
                    [](In x) { return nn::sigmoid_cross_entropy_with_logits({.labels = x[1], .logits = x[0]}); },
                    {any, {between(0, 2), Flow::elsewhere, dtype}},
                    pairs,
                    large,
                    {5, 5, 8, four.reason}});
  }
  add_weighted("nn::weighted_cross_entropy_with_logits", "", [](In x) {
    return nn::weighted_cross_entropy_with_logits({.labels = x[1], .logits = x[0], .pos_weight = x[2]});
  });
}

void add_distances(std::vector<Row>& rows) {
  const std::vector<Shapes> pairs = {{{}, {}}, {{0}, {0}}, {{3}, {3}}, {{2, 3}, {2, 3}}, {{11, 13}, {11, 13}}};
  const Shapes large{large_matrix, large_matrix};
  const auto add = [&](const char* op, const char* variant, std::function<Tensor(In)> call, Domain a, Domain b,
                       Tolerance t) {
    rows.push_back({op, variant, std::move(call), {{a}, {b}}, pairs, large, t});
  };
  add(
      "mse_loss", "none", [](In x) { return mse_loss(x[0], x[1], {.reduction = Reduction::none}); }, {}, {}, steps(2));
  add(
      "mse_loss", "mean", [](In x) { return mse_loss(x[0], x[1]); }, {}, {}, steps(2));
  add(
      "huber_loss", "near", [](In x) { return huber_loss(x[0], x[1]); }, between(-0.4, 0.4), between(-0.4, 0.4),
      steps(2));
  add(
      "huber_loss", "far, delta 0.5, sum",
      [](In x) { return huber_loss(x[0], x[1], {.delta = 0.5, .reduction = Reduction::sum}); }, between(2, 4),
      between(-1, 1), steps(4));
  const std::vector<Shapes> vectors = {{{3}, {3}},       {{1}, {1}},          {{0, 3}, {3}},
                                       {{2, 3}, {2, 3}}, {{2, 1, 3}, {2, 3}}, {{11, 13}, {13}}};
  rows.push_back({"cosine_similarity",
                  "",
                  [](In x) { return cosine_similarity(x[0], x[1]); },
                  {{away_from({0})}, {away_from({0})}},
                  vectors,
                  {large_matrix, {509}},
                  steps(8, 1)});
  rows.push_back({"cosine_similarity",
                  "axis 0",
                  [](In x) { return cosine_similarity(x[0], x[1], {.axis = 0}); },
                  {{away_from({0})}, {away_from({0})}},
                  {{{3, 2}, {3, 2}}, {{2, 3}, {2, 1}}},
                  large,
                  steps(8, 1)});
  rows.push_back({"cosine_similarity",
                  "axis 0 alone",
                  [](In x) { return cosine_similarity(x[0], x[1], 0); },
                  {{away_from({0})}, {away_from({0})}},
                  {{{3, 2}, {3, 2}}, {{2, 3}, {2, 1}}},
                  large,
                  steps(8, 1)});
}

}  // namespace

void add_losses(std::vector<Row>& rows) {
  add_rows_of_classes(rows);
  add_binary(rows);
  for (Row& row : rows)
    if (row.op.starts_with("nn::sigmoid") || row.op.starts_with("nn::weighted")) row.dtypes = floating_dtypes();
  add_distances(rows);
}

}  // namespace logitape::tests
