// With h = (x - mean) / s, the deviation s = sqrt(variance + epsilon), N elements, y = w*h + b or y = h, and cotangents
// g of y, gm of the mean, gv of the variance, gs of s:
//   dx = w/s * (g - mean(g) - h*mean(g*h)) + gm/N + gv * 2*h*s/N + gs * h/N,   dw = sum(g*h),   db = sum(g)
// so that the rule reads h and s. It reads neither x nor the variance, which may be beyond the dtype where s is not.
#include "logitape/ops/normalise.h"

#include <cmath>

#include "logitape/ops/detail/batch_statistics.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

// Neighbouring axes [first, last), and the sizes before, of and behind them.
struct Over {
  ops::Split at;
  int first, last;
  ReduceOptions kept() const {
    ReduceOptions options{.keep_dims = true};
    for (int r = first; r < last; ++r) options.axes.push(r);
    return options;
  }
};

void check_epsilon(const char* op, double epsilon) {
  require(std::isfinite(epsilon) && epsilon > 0, ErrorCode::out_of_range, op,
          "epsilon {} is not a finite number above 0", epsilon);
}

struct NormaliseVjp {
  Tensor total, product, x;  // the last one where it is wanted
};

// total = sum(g), product = sum(g*h), x = factor * c with c = g - (total + h*product)/N: one kernel. Of cotangents u of
// x, a of total, b of product:
//   into g: factor * (u - (sum(u) + h*sum(u*h))/N) + a + b*h      into factor: sum(u*c)
//   into h: -factor/N * (u*product + g*sum(u*h)) + b*g
NormaliseVjp normalise_vjp(const char* op, const Tensor& h, const Tensor& factor, const Tensor& g, const Over& over,
                           bool wants_x) {
  const auto made = [&](const Shape& shape) { return Tensor::uninitialised(shape, h.dtype(), h.device()); };
  Tensors outputs = {made(factor.shape()), made(factor.shape())};
  if (wants_x) outputs.push_back(made(h.shape()));
  backends::run(op, h.device(), &Kernels::normalise_vjp,
                backends::NormaliseVjpArgs{h.dtype(), over.at.outer, over.at.axis, over.at.inner, h.data(), g.data(),
                                           factor.data(), outputs[0].writable(), outputs[1].writable(),
                                           wants_x ? outputs[2].writable() : nullptr});
  Recorded all = record(
      op, {h, factor, g}, outputs, keep::input(0) | keep::input(1) | keep::input(2) | keep::output(0) | keep::output(1),
      [op, over, wants_x](const Node& n, const Cotangents& u) {
        const Tensor &y = n.input(0), &by = n.input(1), &v = n.input(2);
        const Tensor total = n.output(0), product = n.output(1);
        const double share = 1 / static_cast<double>(over.at.axis);
        Tensors into(3);
        const auto add = [&](int i, const Tensor& t) { into[i] = into[i].defined() ? into[i] + t : t; };
        if (wants_x && u.has(2)) {
          const NormaliseVjp again = normalise_vjp(op, y, by, u[2], over, n.needs(2));
          if (n.needs(0)) {
            const Tensor by_product = u[2] * product, by_cotangent = v * again.product, each = by * -share;
            add(0, (by_product + by_cotangent) * each);
          }
          if (n.needs(1)) add(1, sum(u[2] * (v - (total + y * product) * share), over.kept()));
          if (n.needs(2)) add(2, again.x);
        }
        if (u.has(0) && n.needs(2)) add(2, broadcast_to(u[0], y.shape()));
        if (u.has(1) && n.needs(2)) add(2, y * u[1]);
        if (u.has(1) && n.needs(0)) add(0, v * u[1]);
        return into;
      });
  return {all[0], all[1], wants_x ? all[2] : Tensor()};
}

void check_channels(const Tensor& x, std::initializer_list<ops::Input> inputs) {
  const Shape channels = {x.shape()[x.rank() - 1]};
  for (const ops::Input& in : inputs)
    require(in.tensor.shape() == channels, "batch_norm", "{} is {}, x {} needs {}", in.name, in.tensor.shape(),
            x.shape(), channels);
}

// weight and bias, of a number each mean, may both be absent.
Normalised normalised(const char* op, const Tensor& x, const Ints& axes, double epsilon, const Tensor& weight = {},
                      const Tensor& bias = {}) {
  ops::check_arithmetic(op, {{"x", x}});
  check_epsilon(op, epsilon);
  const unsigned chosen = ops::checked_axes(op, axes, x.rank());
  require(chosen != 0, op, "no axis of x {} is named", x.shape());
  int first = 0;
  while (!(chosen >> first & 1)) ++first;
  int last = first;
  while (chosen >> last & 1) ++last;
  require(chosen >> last == 0, op, "axes {} of x {} are not neighbours: permute x", axes, x.shape());
  const Over over{ops::split(x.shape(), first, last), first, last};
  require(over.at.axis > 0, op, "axes {} of x {} have no elements", axes, x.shape());
  if (first == 0 && ops::is_of_cut_batch(x)) {
    Normalised n = ops::normalise_over_batch(op, x, last, epsilon).normalised;
    if (weight.defined()) n.y = n.y * weight + bias;
    return n;
  }

  Ints kept(x.shape());
  for (int r = first; r < last; ++r) kept[r] = 1;
  const auto made = [&](const Shape& shape) { return Tensor::uninitialised(shape, x.dtype(), x.device()); };
  Tensor h = made(x.shape()), centre = made(Shape(kept)), variance = made(Shape(kept)), deviation = made(Shape(kept));
  backends::run(op, x.device(), &Kernels::normalise,
                backends::NormaliseArgs{x.dtype(), over.at.outer, over.at.axis, over.at.inner, epsilon, x.data(),
                                        h.writable(), centre.writable(), variance.writable(), deviation.writable()});
  const bool affine = weight.defined();
  Tensors inputs = {x}, outputs = {h, centre, variance, deviation};
  if (affine) {
    inputs.insert(inputs.end(), {weight, bias});
    outputs.push_back(h);
    const NoGrad guard;
    outputs[0] = h * weight + bias;
  }
  Recorded all = record(op, inputs, outputs, keep::input(1, affine) | keep::output(3) | keep::output(affine ? 4 : 0),
                        [op, over, affine](const Node& n, const Cotangents& g) {
                          const Tensor y = n.output(affine ? 4 : 0), root = n.output(3);
                          const double share = 1 / static_cast<double>(over.at.axis);
                          Tensors into(affine ? 3 : 1);
                          const auto add = [&](const Tensor& t) { into[0] = into[0].defined() ? into[0] + t : t; };
                          if (g.has(0)) {
                            const Tensor factor = affine ? n.input(1) / root : 1 / root;
                            const NormaliseVjp vjp = normalise_vjp(op, y, factor, g[0], over, n.needs(0));
                            if (n.needs(0)) add(vjp.x);
                            if (affine) into[1] = reshape(vjp.product, n.input_slot(1).shape());
                            if (affine) into[2] = reshape(vjp.total, n.input_slot(2).shape());
                          }
                          if (!n.needs(0)) return into;
                          if (affine && g.has(4)) add(normalise_vjp(op, y, 1 / root, g[4], over, true).x);
                          if (g.has(2)) add(y * (g[2] * root * (2 * share)));
                          if (g.has(3)) add(y * (g[3] * share));
                          if (g.has(1)) add(broadcast_to(g[1] * share, y.shape()));
                          return into;
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

Normalised batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormOptions& options) {
  ops::check_arithmetic("batch_norm", {{"weight", weight}, {"x", x}, {"bias", bias}});
  require(x.rank() >= 2, "batch_norm", "x is {}; it needs an axis of channels, the last, and one before it", x.shape());
  check_channels(x, {{"weight", weight}, {"bias", bias}});
  Ints axes;
  for (int r = 0; r < x.rank() - 1; ++r) axes.push(r);
  return normalised("batch_norm", x, axes, options.epsilon, weight, bias);
}

Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight, const Tensor& bias,
                  const NormOptions& options) {
  ops::check_arithmetic("batch_norm",
                        {{"weight", weight}, {"x", x}, {"mean", mean}, {"variance", variance}, {"bias", bias}});
  check_epsilon("batch_norm", options.epsilon);
  require(x.rank() >= 1, "batch_norm", "x is {}; it needs a last axis, of channels", x.shape());
  check_channels(x, {{"mean", mean}, {"variance", variance}, {"weight", weight}, {"bias", bias}});
  const Tensor scale = weight / sqrt(variance + options.epsilon);
  return (x - mean) * scale + bias;
}

}  // namespace logitape::inline v0
