// Distances of numbers and of vectors, computed in f64.
#include "logitape/ops/create.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

Tensor difference(const char* op, const Tensor& predictions, const Tensor& targets) {
  ops::check_pair(op, {"predictions", predictions}, {"targets", targets});
  const Tensor t = ops::wide(targets);
  return ops::wide(predictions) - t;
}

// x divided by its largest |element| along the axis. Nothing that is made of it depends on the vector's length, so the
// divisor is a constant: its derivative would be 0.
Tensor unit_largest(const Tensor& x, int axis) {
  const Tensor largest = max(abs(stop_gradient(x)), {.axes = {axis}, .keep_dims = true});
  return x / where(equal(largest, 0), 1, largest);
}

}  // namespace

Tensor mse_loss(const Tensor& predictions, const Tensor& targets, const LossOptions& options) {
  const Tensor d = difference("mse_loss", predictions, targets);
  return ops::reduced(d * d, options.reduction, predictions.dtype());
}

// With c = d cut to [-delta, delta] both branches are c*(d - c/2). Only the result can overflow: d itself is never
// formed, only its half.
Tensor huber_loss(const Tensor& predictions, const Tensor& targets, const HuberOptions& options) {
  require(options.delta > 0, "huber_loss", "delta is {}; it has to be above 0", options.delta);
  ops::check_pair("huber_loss", {"predictions", predictions}, {"targets", targets});
  const Tensor half_target = ops::wide(targets) * 0.5, half = ops::wide(predictions) * 0.5 - half_target;
  const Tensor c = clamp(half, -options.delta / 2, options.delta / 2);
  const Tensor rest = half - c * 0.5;
  return ops::reduced(c * 4 * rest, options.reduction, predictions.dtype());
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, const CosineOptions& options) {
  constexpr const char* op = "cosine_similarity";
  ops::check_arithmetic(op, {{"a", a}, {"b", b}});
  const Shape shape = ops::broadcast_shape(op, "a", a.shape(), "b", b.shape());
  const int axis = ops::checked_axis(op, options.axis, shape.rank());
  if (shape[axis] == 0)
    return sum(broadcast_to(a, shape) * b, {.axes = {axis}});  // vectors without elements are zero vectors
  const Tensor x = unit_largest(broadcast_to(ops::wide(a), shape), axis),
               y = unit_largest(broadcast_to(ops::wide(b), shape), axis);
  const auto along = [axis](const Tensor& t) { return sum(t, {.axes = {axis}}); };
  const Tensor xx = along(x * x), yy = along(y * y);  // at least 1, or 0 for a vector of zeros
  const Tensor zero = logical_or(equal(xx, 0), equal(yy, 0));
  const Tensor norm_y = sqrt(where(zero, 1, yy)), norms = sqrt(where(zero, 1, xx)) * norm_y;
  return cast(where(zero, 0, along(x * y) / norms), a.dtype());
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, Axis axis) {
  return cosine_similarity(a, b, {.axis = axis.value});
}

}  // namespace logitape::inline v0
