// p = softmax(x) and log p along one axis; x is [outer, classes, inner] around it. Derivatives of cotangents g are p*(g
// - p.g) and g - p*sum(g), as softmax_rules.h computes them.
#include "logitape/ops/softmax.h"

#include "logitape/ops/detail/softmax_rules.h"
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

Tensor along(const char* op, backends::Kernel<backends::SoftmaxArgs> Kernels::*slot, const Tensor& x, int axis) {
  const ops::Split s = ops::split(x.shape(), axis, axis + 1);
  require(s.axis > 0, op, "axis {} of {} has no classes", axis, x.shape());
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  backends::run(op, x.device(), slot,
                backends::SoftmaxArgs{x.dtype(), s.outer, s.axis, s.inner, x.data(), y.writable()});
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x, const SoftmaxOptions& options) {
  ops::check_arithmetic("softmax", {{"x", x}});
  const int axis = ops::checked_axis("softmax", options.axis, x.rank());
  return record(
      "softmax", {x}, {along("softmax", &Kernels::softmax, x, axis)}, keep::output(0),
      [axis](const Node& n, const Cotangents& g) { return Tensors{ops::softmax_vjp(n.output(0), g[0], axis)}; });
}

Tensor log_softmax(const Tensor& x, const SoftmaxOptions& options) {
  ops::check_arithmetic("log_softmax", {{"x", x}});
  const int axis = ops::checked_axis("log_softmax", options.axis, x.rank());
  return record(
      "log_softmax", {x}, {along("log_softmax", &Kernels::log_softmax, x, axis)}, keep::input(0),
      [axis](const Node& n, const Cotangents& g) { return Tensors{ops::log_softmax_vjp(n.input(0), g[0], axis)}; });
}

Tensor softmax(const Tensor& x, Axis axis) { return softmax(x, {.axis = axis.value}); }
Tensor log_softmax(const Tensor& x, Axis axis) { return log_softmax(x, {.axis = axis.value}); }

}  // namespace logitape::inline v0
