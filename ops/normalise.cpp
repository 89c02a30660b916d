// With the deviation s = sqrt(variance + epsilon), N elements, and cotangents g of y, gm of the mean, gv of the
// variance, gs of s:
//   dx = (g - mean(g) - y * mean(g*y)) / s + gm/N + gv * 2*y*s/N + gs * y/N,  where y*s = x - mean
// so that the rule reads y and s. It reads neither x nor the variance, which may be beyond the dtype where s is not.
#include "logitape/ops/normalise.h"

#include <cmath>

#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

void check_epsilon(const char* op, double epsilon) {
  require(std::isfinite(epsilon) && epsilon > 0, ErrorCode::out_of_range, op,
          "epsilon {} is not a finite number above 0", epsilon);
}

Normalised normalised(const char* op, const Tensor& x, const Ints& axes, double epsilon) {
  ops::check_arithmetic(op, {{"x", x}});
  check_epsilon(op, epsilon);
  const unsigned chosen = ops::checked_axes(op, axes, x.rank());
  require(chosen != 0, op, "no axis of x {} is named", x.shape());
  int first = 0;
  while (!(chosen >> first & 1)) ++first;
  int last = first;
  while (chosen >> last & 1) ++last;
  require(chosen >> last == 0, op, "axes {} of x {} are not neighbours: permute x", axes, x.shape());
  const ops::Split s = ops::split(x.shape(), first, last);
  require(s.axis > 0, op, "axes {} of x {} have no elements", axes, x.shape());

  Ints kept(x.shape()), over;
  for (int r = first; r < last; ++r) {
    kept[r] = 1;
    over.push(r);
  }
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  Tensor centre = Tensor::uninitialised(Shape(kept), x.dtype(), x.device());
  Tensor variance = Tensor::uninitialised(Shape(kept), x.dtype(), x.device());
  Tensor deviation = Tensor::uninitialised(Shape(kept), x.dtype(), x.device());
  backends::run(op, x.device(), &Kernels::normalise,
                backends::NormaliseArgs{x.dtype(), s.outer, s.axis, s.inner, epsilon, x.data(), y.writable(),
                                        centre.writable(), variance.writable(), deviation.writable()});
  const double share = 1 / static_cast<double>(s.axis);
  Recorded all =
      record(op, {x}, {y, centre, variance, deviation}, keep::output(0) | keep::output(3),
             [=](const Node& n, const Cotangents& g) {
               const auto average = [&](const Tensor& t) { return mean(t, {.axes = over, .keep_dims = true}); };
               Tensor into;
               const auto add = [&](const Tensor& t) { into = into.defined() ? into + t : t; };
               const Tensor out = n.output(0), root = n.output(3);
               if (g.has(0)) {
                 const Tensor along = out * average(g[0] * out);
                 add((g[0] - average(g[0]) - along) / root);
               }
               if (g.has(2)) add(out * (g[2] * root * (2 * share)));
               if (g.has(3)) add(out * (g[3] * share));
               if (g.has(1)) add(broadcast_to(g[1] * share, out.shape()));
               return Tensors{into};
             });
  return {all[0], all[1], all[2]};
}

}  // namespace

Normalised normalise(const Tensor& x, const NormaliseOptions& options) {
  return normalised("normalise", x, options.axes, options.epsilon);
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormOptions& options) {
  ops::check_arithmetic("layer_norm", {{"weight", weight}, {"x", x}, {"bias", bias}});
  require(bias.shape() == weight.shape(), "layer_norm", "weight is {}, bias {}: they need one shape", weight.shape(),
          bias.shape());
  bool fits = weight.rank() >= 1 && weight.rank() <= x.rank();
  Ints axes;
  for (int r = 1; fits && r <= weight.rank(); ++r) {
    fits = x.shape()[x.rank() - r] == weight.shape()[weight.rank() - r];
    axes.push(-r);
  }
  require(fits, "layer_norm", "weight is {}; those are not the last axes of x {}", weight.shape(), x.shape());
  return normalised("layer_norm", x, axes, options.epsilon).y * weight + bias;
}

Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight, const Tensor& bias,
                  const NormOptions& options) {
  ops::check_arithmetic("batch_norm",
                        {{"weight", weight}, {"x", x}, {"mean", mean}, {"variance", variance}, {"bias", bias}});
  check_epsilon("batch_norm", options.epsilon);
  require(x.rank() >= 1, "batch_norm", "x is {}; it needs a last axis, of channels", x.shape());
  const Shape channels = {x.shape()[x.rank() - 1]};
  for (const ops::Input& in : {ops::Input{"mean", mean}, {"variance", variance}, {"weight", weight}, {"bias", bias}})
    require(in.tensor.shape() == channels, "batch_norm", "{} is {}, x {} needs {}", in.name, in.tensor.shape(),
            x.shape(), channels);
  const Tensor scale = weight / sqrt(variance + options.epsilon);
  return (x - mean) * scale + bias;
}

}  // namespace logitape::inline v0
