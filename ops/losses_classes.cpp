// Losses of rows of classes. The focal one is a product of two functions of a row, each with the digits of both p and 1
// - p, p the target's probability. With others = 1 - p, added up over the other classes,
//   others^gamma   and   -log p,   whose derivatives are gamma * others^gamma * p and others, each times the slope of
// log(others/p), which is -1 at the target and elsewhere the other classes' softmax among themselves: none is infinite,
// as those of (1 - p)^gamma by p are.
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

namespace logitape::inline v0 {
namespace {

using ops::ClassRows, ops::Targets;

Tensor at_target(const ClassRows& rows, const Tensor& x) { return take_along_axis(x, reshape(rows.targets, {-1, 1})); }

// x_j - x_target of the other classes. The target's own place holds the lowest number, not -inf: a row of one class has
// a maximum and a softmax too.
Tensor others(const ClassRows& rows) {
  const Tensor own = one_hot(rows.targets, rows.x.shape()[1], DType::boolean);
  return where(own, std::numeric_limits<double>::lowest(), rows.x - at_target(rows, rows.x));
}

Tensor row_sum(const Tensor& x) { return sum(x, {.axes = {1}}); }

// (1 - p)^power, a column.
Tensor others_power(const ClassRows& rows, double power) {
  const Tensor own = one_hot(rows.targets, rows.x.shape()[1], DType::boolean);
  const auto value = [&] {
    const NoGrad guard;
    return pow(sum(where(own, 0, softmax(rows.x)), {.axes = {1}, .keep_dims = true}), power);
  };
  const auto rule = [own, targets = rows.targets, power](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    const Tensor at = reshape(targets, {-1, 1}), p = take_along_axis(softmax(in), at);
    const Tensor among_others = softmax(where(own, std::numeric_limits<double>::lowest(), in));
    const Tensor slope = where(own, -1, among_others);
    return Tensors{g[0] * n.output(0) * p * power * slope};
  };
  return record("others_power", {rows.x}, {value()}, keep::input(0) | keep::output(0), rule);
}

Tensor finish(const ClassRows& rows, const Tensor& losses, Reduction reduction, DType dtype) {
  return ops::reduced(reshape(losses, rows.shape), reduction, dtype);
}

}  // namespace

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& targets, const LossOptions& options) {
  const ClassRows rows =
      ops::class_rows("nll_loss", {"log_probabilities", log_probabilities}, targets, Targets::indices_or_probabilities);
  const Tensor losses = rows.indices() ? at_target(rows, rows.x) : row_sum(ops::mass_times(rows.targets, rows.x));
  return finish(rows, -losses, options.reduction, log_probabilities.dtype());
}

Tensor focal_loss(const Tensor& logits, const Tensor& targets, const FocalOptions& options) {
  constexpr const char* op = "focal_loss";
  ops::check_finite(op, "gamma", options.gamma);
  require(options.gamma >= 0, op, "gamma is {}; at least 0 is needed", options.gamma);
  const ClassRows rows = ops::class_rows(op, {"logits", logits}, targets, Targets::indices);
  const Tensor minus_log_p = 0 - at_target(rows, log_softmax(rows.x));  // 0 - 0 is 0, where -0 would be -0
  const Tensor losses = others_power(rows, options.gamma) * minus_log_p;
  return finish(rows, losses, options.reduction, logits.dtype());
}

Tensor poly1_loss(const Tensor& logits, const Tensor& targets, const Poly1Options& options) {
  constexpr const char* op = "poly1_loss";
  ops::check_finite(op, "epsilon", options.epsilon);
  const ClassRows rows = ops::class_rows(op, {"logits", logits}, targets, Targets::indices_or_probabilities);
  const Tensor log_p = log_softmax(rows.x);
  if (rows.indices()) {
    const Tensor l = at_target(rows, log_p);
    return finish(rows, -(l + expm1(l) * options.epsilon), options.reduction, logits.dtype());
  }
  const Tensor losses = cross_entropy(rows.x, rows.targets, {.reduction = Reduction::none});
  return finish(rows, losses - row_sum(rows.targets * expm1(log_p)) * options.epsilon, options.reduction,
                logits.dtype());
}

Tensor multiclass_hinge_loss(const Tensor& logits, const Tensor& targets, const HingeOptions& options) {
  constexpr const char* op = "multiclass_hinge_loss";
  ops::check_finite(op, "margin", options.margin);
  const ClassRows rows = ops::class_rows(op, {"logits", logits}, targets, Targets::indices);
  return finish(rows, relu(max(others(rows), {.axes = {1}}) + options.margin), options.reduction, logits.dtype());
}

}  // namespace logitape::inline v0
