// Each with its own rule, in the same words: with c = v - p.v and cotangents u,
//   d(p*c . u)/dv = p*(u - p.u)     by p: (u - p.u) * c           d(c . u)/dv = u - p*sum(u)     by p: -sum(u) * c
#include "logitape/ops/detail/softmax_rules.h"

#include "logitape/ops/detail/cross_entropy_node.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::ops {
namespace {

Tensor along(const char* op, backends::Kernel<backends::SoftmaxArgs> Kernels::*slot, const Tensor& p, const Tensor& v,
             int axis) {
  const Split s = split(p.shape(), axis, axis + 1);
  Tensor y = Tensor::uninitialised(p.shape(), p.dtype(), p.device());
  backends::run(op, p.device(), slot,
                backends::SoftmaxArgs{p.dtype(), s.outer, s.axis, s.inner, p.data(), y.writable(), v.data()});
  return y;
}

}  // namespace

Tensor softmax_vjp(const Tensor& p, const Tensor& v, int axis) {
  return record("softmax_vjp", {p, v}, {along("softmax_vjp", &Kernels::softmax_vjp, p, v, axis)},
                keep::input(0) | keep::input(1), [axis](const Node& n, const Cotangents& u) {
                  const Tensor &q = n.input(0), &w = n.input(1);
                  Tensors into(2);
                  if (n.needs(0)) {
                    const Tensor c = centred(q, w, axis);
                    into[0] = centred(q, u[0], axis) * c;
                  }
                  if (n.needs(1)) into[1] = softmax_vjp(q, u[0], axis);
                  return into;
                });
}

Tensor centred(const Tensor& p, const Tensor& v, int axis) {
  return record("centred", {p, v}, {along("centred", &Kernels::centred, p, v, axis)}, keep::input(0) | keep::output(0),
                [axis](const Node& n, const Cotangents& u) {
                  const Tensor total = sum(u[0], {.axes = {axis}, .keep_dims = true});
                  return Tensors{n.needs(0) ? -(n.output(0) * total) : Tensor(),
                                 n.needs(1) ? u[0] - n.input(0) * total : Tensor()};
                });
}

Tensor log_softmax_vjp(const Tensor& x, const Tensor& v, int axis) {
  return softmax_cross_entropy("log_softmax", x, {v}, {.axis = axis, .scale = -1, .gradient = Gradient::always})
      .gradient;
}

}  // namespace logitape::inline v0::ops
