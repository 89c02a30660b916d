// Losses of rows of classes. The focal one is a function of one number a row, the gap
//   gap = log(sum over the other classes of exp(x_j - x_target)),   p_target = sigmoid(-gap),   1 - p_target = sigmoid(gap)
// which keeps the digits of both p and 1 - p, and whose derivatives are probabilities: none is infinite, as those of
// (1 - p)^gamma by p are.
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/losses_support.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

namespace logitape::inline v0 {
namespace {

using ops::ClassRows, ops::Targets;

Tensor at_target(const ClassRows& rows, const Tensor& x) { return take_along_axis(x, reshape(rows.targets, {-1, 1})); }

// x_j - x_target of the other classes. The target's own place holds the lowest number, not -inf: a row of one class has a
// maximum and a softmax too.
Tensor others(const ClassRows& rows) {
  const Tensor own = one_hot(rows.targets, rows.x.shape()[1], DType::boolean);
  return where(own, std::numeric_limits<double>::lowest(), rows.x - at_target(rows, rows.x));
}

Tensor gap(const ClassRows& rows) { return logsumexp(others(rows), {.axes = {1}}); }

Tensor row_sum(const Tensor& x) { return sum(x, {.axes = {1}}); }

Tensor finish(const ClassRows& rows, const Tensor& losses, Reduction reduction, DType dtype) {
  return ops::reduced(reshape(losses, rows.shape), reduction, dtype);
}

}  // namespace

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& targets, const LossOptions& options) {
  const ClassRows rows = ops::class_rows("nll_loss", {"log_probabilities", log_probabilities}, targets, Targets::indices_or_probabilities);
  const Tensor losses = rows.indices() ? at_target(rows, rows.x) : row_sum(ops::mass_times(rows.targets, rows.x));
  return finish(rows, -losses, options.reduction, log_probabilities.dtype());
}

Tensor focal_loss(const Tensor& logits, const Tensor& targets, const FocalOptions& options) {
  constexpr const char* op = "focal_loss";
  ops::check_finite(op, "gamma", options.gamma);
  require(options.gamma >= 0, op, "gamma is {}; at least 0 is needed", options.gamma);
  const ClassRows rows = ops::class_rows(op, {"logits", logits}, targets, Targets::indices);
  const Tensor z = gap(rows);
  return finish(rows, ops::sigmoid_power(z, options.gamma) * ops::softplus(z), options.reduction, logits.dtype());
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
  return finish(rows, losses - row_sum(rows.targets * expm1(log_p)) * options.epsilon, options.reduction, logits.dtype());
}

Tensor multiclass_hinge_loss(const Tensor& logits, const Tensor& targets, const HingeOptions& options) {
  constexpr const char* op = "multiclass_hinge_loss";
  ops::check_finite(op, "margin", options.margin);
  const ClassRows rows = ops::class_rows(op, {"logits", logits}, targets, Targets::indices);
  return finish(rows, relu(max(others(rows), {.axes = {1}}) + options.margin), options.reduction, logits.dtype());
}

}  // namespace logitape::inline v0
