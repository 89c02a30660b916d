// Softmax cross-entropy. Rows of logits x along one axis, labels t, S = sum of t over the classes, p = softmax(x):
//   loss = S*lse(x) - sum(t*x)      dloss/dx = S*p - t      dloss/dt = lse(x) - x
// One node has the outputs {loss, S*p - t, lse, p}, made while the exponentials are at hand; so is dloss/dt, which the
// rule gives out where it is asked for a number's gradient and nothing more. Its own rule
//   d((S*p - t).v)/dx = S*p*(v - p.v)      d((S*p - t).v)/dt = p.v - v      dlse/dx = p      d(p.v)/dx = p*(v - p.v)
// carries every further order.
#include "logitape/ops/detail/cross_entropy_node.h"

#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/softmax_rules.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

namespace logitape::inline v0::ops {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor plus(const Tensor& a, const Tensor& b) { return !a.defined() ? b : !b.defined() ? a : a + b; }

// One number per row: logits' shape with extent 1 along the axis.
Ints one_a_row(const Tensor& like, int axis) {
  Ints shape(like.shape());
  shape[axis] = 1;
  return shape;
}

// What the rules say of rows along `axis`. Each number of a row is a tensor of logits' shape with extent 1 there.
struct RowCalculus {
  int axis;
  Tensor keep;  // as in LossLabels

  Tensor sum_of(const Tensor& x) const { return sum(x, {.axes = {axis}, .keep_dims = true}); }
  Tensor column(const Tensor& rows, const Tensor& like) const { return reshape(rows, one_a_row(like, axis)); }
  Tensor kept(const Tensor& x) const { return where_kept(x, keep, axis); }

  // -g*log p, g one per row. A class masked by a logit of -inf has the gradient +-inf, 0 where g = 0, and no derivative
  // of its own.
  Tensor label_gradient(const Tensor& x, const Tensor& g) const {
    const Split s = split(x.shape(), axis, axis + 1);
    Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
    backends::run("label_gradient", x.device(), &Kernels::label_gradient,
                  backends::SoftmaxArgs{x.dtype(), s.outer, s.axis, s.inner, x.data(), y.writable(), g.data()});
    return record("label_gradient", {x, g}, {y}, keep::input(0) | keep::input(1),
                  [c = RowCalculus{axis, {}}](const Node& n, const Cotangents& v) {
                    const Tensor &logits = n.input(0), &weight = n.input(1);
                    const Tensor log_p = log_softmax(logits, {.axis = c.axis}), masked = equal(log_p, -infinity);
                    Tensors into(2);
                    if (n.needs(0)) into[0] = log_softmax_vjp(logits, where(masked, 0, -(v[0] * weight)), c.axis);
                    if (n.needs(1)) into[1] = -c.sum_of(v[0] * where(masked, 0, log_p));
                    return into;
                  });
  }

  // p.v - v, how S*p - t moves with t; 0 at masked classes.
  Tensor label_vjp(const Tensor& x, const Tensor& p, const Tensor& v) const {
    return where(logical_and(equal(x, -infinity), equal(p, 0)), 0, -centred(p, v, axis));
  }

  // S, the labels' mass, one per row.
  Tensor mass(const Tensor& t, double a, double b, const Tensor& weights, const Tensor& x) const {
    if (!is_index(t.dtype())) return sum_of(kept(t));
    if (!weights.defined()) return number_like("mass", a + b * static_cast<double>(x.shape()[axis]), x);
    const Tensor shared = sum(weights) * b;
    const Tensor indices = keep.defined() ? where(keep, t, 0) : t;  // one that is not kept may be any number
    return column(gather(weights, indices) * a + shared, x);
  }
};

const double* place_of(const Tensor& number) {
  return number.defined() ? static_cast<const double*>(number.data()) : nullptr;
}

// What is made here of a cotangent has to be multiplied by the scale; output 1, the gradient, carries it already.
Tensor times_scale(const Tensor& x, double scale, const Tensor& scale_there) {
  const Tensor scaled = scale == 1 ? x : x * scale;
  return scale_there.defined() ? scaled * cast(scale_there, x.dtype()) : scaled;
}

// label_gradient: null, or what becomes -scale*log p where the kernel can make it and a gradient may ask for it.
LossOutputs run_kernel(const char* op, const Tensor& logits, const LossLabels& labels, const LossNodeOptions& o,
                       bool unit_mass, Tensor* label_gradient = nullptr) {
  const Split s = split(logits.shape(), o.axis, o.axis + 1);
  const bool indices = is_index(labels.t.dtype());
  const auto* keep = labels.keep.defined() ? static_cast<const std::uint8_t*>(labels.keep.data()) : nullptr;
  check_classes(op, logits.shape(), o.axis);
  const auto made = [&](bool wanted, const Shape& shape) {
    return wanted ? Tensor::uninitialised(shape, logits.dtype(), logits.device()) : Tensor();
  };
  const auto to = [](Tensor& t) { return t.defined() ? t.writable() : nullptr; };
  const bool gradient = o.gradient == Gradient::always || (logits.requires_grad() && grad_enabled());
  const Shape rows = without_axis(logits.shape(), o.axis);
  LossOutputs out{made(true, rows), made(gradient, logits.shape()), made(o.log_sum_exp, rows),
                  made(o.probabilities, logits.shape())};
  const bool both = label_gradient && labels.t.requires_grad() && grad_enabled() && logits.device() == Device::cpu();
  if (label_gradient) *label_gradient = made(both, logits.shape());
  backends::run(op, logits.device(), &Kernels::cross_entropy,
                backends::CrossEntropyArgs{.dtype = logits.dtype(),
                                           .index_dtype = labels.t.dtype(),
                                           .outer = s.outer,
                                           .classes = s.axis,
                                           .inner = s.inner,
                                           .logits = logits.data(),
                                           .labels = indices ? nullptr : labels.t.data(),
                                           .indices = indices ? labels.t.data() : nullptr,
                                           .a = labels.a,
                                           .b = labels.b,
                                           .weights = labels.weights.defined() ? labels.weights.data() : nullptr,
                                           .keep = keep,
                                           .scale = o.scale,
                                           .unit_mass = unit_mass,
                                           .loss = out.loss.writable(),
                                           .gradient = to(out.gradient),
                                           .lse = to(out.log_sum_exp),
                                           .probabilities = to(out.probabilities),
                                           .scale_there = place_of(o.scale_there),
                                           .label_gradient = both ? label_gradient->writable() : nullptr});
  return out;
}

// scale * (sum of the rows).
Tensor scaled_total(const char* op, const Tensor& all, const Tensor& keep, const LossNodeOptions& o) {
  const Tensor rows = kept_of(all, keep);
  Tensor total = Tensor::uninitialised({}, rows.dtype(), rows.device());
  backends::run(op, rows.device(), &Kernels::sum,
                backends::ReduceArgs{rows.dtype(), 1, rows.size(), 1, o.scale, rows.data(), total.writable()});
  return o.scale_there.defined() ? cast(cast(total, DType::f64) * o.scale_there, total.dtype()) : total;
}

}  // namespace

Shape without_axis(const Shape& shape, int axis) {
  Ints rest;
  for (int r = 0; r < shape.rank(); ++r)
    if (r != axis) rest.push(shape[r]);
  return Shape(rest);
}

Tensor kept_but(const Tensor& keep, const Tensor& lost) {
  if (!lost.defined()) return keep;
  return keep.defined() ? logical_and(keep, logical_not(lost)) : logical_not(lost);
}

Tensor where_kept(const Tensor& x, const Tensor& keep, int axis) {
  return keep.defined() ? where(reshape(keep, one_a_row(x, axis)), x, 0) : x;
}

void check_classes(const char* op, const Shape& logits, int axis) {
  require(logits[axis] > 0, op, "there are no classes: the shape is {}", logits);
}

void check_labels(const char* op, const Tensor& indices, const Shape& logits, int axis, const Tensor& keep) {
  check_classes(op, logits, axis);
  check_index_range(op, "label", "row", indices, logits[axis],
                    keep.defined() ? static_cast<const std::uint8_t*>(keep.data()) : nullptr);
}

Tensor kept_rows(const Tensor& keep) {
  const auto kept = keep.to_vector<std::uint8_t>();
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) rows.push_back(static_cast<std::int64_t>(i));
  return from_span(rows, {static_cast<std::int64_t>(rows.size())}).to(keep.device());
}

Tensor kept_of(const Tensor& rows, const Tensor& keep) {
  if (!keep.defined() || rows.device() != Device::cpu()) return rows;
  const Tensor kept = kept_rows(keep);
  return gather(reshape(rows, {-1}), kept);
}

LossOutputs softmax_cross_entropy(const char* op, const Tensor& logits, const LossLabels& labels,
                                  const LossNodeOptions& options) {
  LossNodeOptions o = options;
  o.axis = checked_axis(op, options.axis, logits.rank());
  const bool scalar = o.shape == LossShape::scalar;
  Tensor label_gradient;
  LossOutputs made = run_kernel(op, logits, labels, o, false, scalar ? &label_gradient : nullptr);
  if (scalar) made.loss = scaled_total(op, made.loss, labels.keep, o);
  const auto rule = [c = RowCalculus{o.axis, labels.keep}, weights = labels.weights, a = labels.a, b = labels.b,
                     scale = o.scale, there = o.scale_there, scalar,
                     at_hand = label_gradient.defined()](const Node& n, const Cotangents& g) {
    const Tensor& t = n.input(1);
    // what rows that are left out hold, perhaps NaN, is kept out of every further derivative
    const auto kept_logits = [&] { return c.kept(n.input(0)); };
    Tensors into(2);
    if (g.has(0)) {
      const Tensor per_row = scalar ? g[0] : c.kept(c.column(g[0], n.input(0)));
      // a 1 may come through other ops: reading it saves a pass over the gradient; not on a device, which would wait
      const bool looks = scalar && !grad_enabled() && g[0].device() == Device::cpu();
      const bool one = g.is_one(0) || (looks && equal(g[0], 1).item<bool>());
      if (n.needs(0)) into[0] = one ? n.output(1) : per_row * n.output(1);
      if (n.needs(1) && one && at_hand && !grad_enabled()) {
        into[1] = n.output(4);
      } else if (n.needs(1)) {
        const Tensor x = kept_logits(), weight = times_scale(per_row, scale, there);
        into[1] = c.kept(c.label_gradient(x, scalar ? broadcast_to(weight, one_a_row(x, c.axis)) : weight));
      }
    }
    if (!g.has(1) && !g.has(2) && !g.has(3)) return into;
    const Tensor x = kept_logits(), p = softmax(x, {.axis = c.axis});
    if (g.has(1)) {
      const Tensor v = times_scale(g[1], scale, there);
      if (n.needs(0)) {
        const Tensor moved = softmax_vjp(p, v, c.axis);
        into[0] = plus(into[0], c.kept(c.mass(t, a, b, weights, x) * moved));
      }
      if (n.needs(1)) into[1] = plus(into[1], c.kept(c.label_vjp(x, p, v)));
    }
    if (g.has(2) && n.needs(0)) into[0] = plus(into[0], c.kept(c.column(g[2], x) * p));
    if (g.has(3) && n.needs(0)) into[0] = plus(into[0], c.kept(softmax_vjp(p, g[3], c.axis)));
    return into;
  };
  Recorded out =
      record(op, {logits, labels.t}, {made.loss, made.gradient, made.log_sum_exp, made.probabilities, label_gradient},
             keep::input(0) | keep::input(1) | keep::output(1) | keep::output(4), rule);
  return {out[0], out[1], out[2], out[3]};
}

Tensor half_cross_entropy(const char* op, const Tensor& logits, const LossLabels& labels,
                          const LossNodeOptions& given) {
  LossNodeOptions o = given;
  const int axis = o.axis = checked_axis(op, given.axis, logits.rank());
  o.shape = LossShape::scalar;
  o.gradient = Gradient::always;
  const Split s = split(logits.shape(), axis, axis + 1);
  check_classes(op, logits.shape(), axis);
  const bool wanted = logits.requires_grad() && grad_enabled();
  Tensor gradient = wanted ? Tensor::uninitialised(logits.shape(), logits.dtype(), logits.device()) : Tensor();
  Tensor rows = Tensor::uninitialised(without_axis(logits.shape(), axis), DType::f32, logits.device());
  backends::run(op, logits.device(), &Kernels::cross_entropy,
                backends::CrossEntropyArgs{
                    .dtype = logits.dtype(),
                    .index_dtype = labels.t.dtype(),
                    .outer = s.outer,
                    .classes = s.axis,
                    .inner = s.inner,
                    .logits = logits.data(),
                    .labels = nullptr,
                    .indices = labels.t.data(),
                    .a = labels.a,
                    .b = labels.b,
                    .weights = labels.weights.defined() ? labels.weights.data() : nullptr,
                    .keep = labels.keep.defined() ? static_cast<const std::uint8_t*>(labels.keep.data()) : nullptr,
                    .scale = o.scale,
                    .gradient = wanted ? gradient.writable() : nullptr,
                    .wide_loss = static_cast<float*>(rows.writable()),
                    .scale_there = place_of(o.scale_there)});
  const Tensor total = scaled_total(op, rows, labels.keep, o);
  const auto rule = [op, labels, o](const Node& n, const Cotangents& g) {
    if (g.is_one(0) && !grad_enabled()) return Tensors{n.output(1)};
    const LossLabels wide{labels.t, labels.a, labels.b, widened(labels.weights), labels.keep};
    const LossOutputs made = softmax_cross_entropy(op, widened(n.input(0)), wide, o);
    return Tensors{(g[0] * made.gradient).to(n.input_slot(0).dtype())};
  };
  return record(op, {logits}, {total, gradient}, keep::input(0) | keep::output(1), rule)[0];
}

// backprop is p - t whatever the labels' mass, so the loss's own gradient S*p - t comes from the node above.
LossOutputs raw_softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels) {
  LossOutputs made = run_kernel(op, logits, {labels}, {.axis = 1, .gradient = Gradient::always}, true);
  const auto rule = [op](const Node& n, const Cotangents& g) {
    const RowCalculus c{1, {}};
    const Tensor &x = n.input(0), &t = n.input(1);
    Tensors into(2);
    if (g.has(0)) {
      const Tensor per_row = c.column(g[0], x);
      if (n.needs(0)) into[0] = per_row * softmax_cross_entropy(op, x, {t}, {.gradient = Gradient::always}).gradient;
      if (n.needs(1)) into[1] = c.label_gradient(x, per_row);
    }
    if (g.has(1)) {
      if (n.needs(0)) into[0] = plus(into[0], softmax_vjp(softmax(x), g[1], c.axis));
      if (n.needs(1)) into[1] = plus(into[1], -g[1]);
    }
    return into;
  };
  Recorded out = record(op, {logits, labels}, {made.loss, made.gradient}, keep::input(0) | keep::input(1), rule);
  return {out[0], out[1], {}, {}};
}

}  // namespace logitape::inline v0::ops
