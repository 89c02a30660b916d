// Softmax cross-entropy. Rows of logits x [rows, classes], labels t, S = sum of t over the classes, p = softmax(x):
//   loss = S*lse(x) - sum(t*x)      dloss/dx = S*p - t      dloss/dt = lse(x) - x
// One node has two outputs, {loss, S*p - t}: the gradient is made while the exponentials are at hand, and its own rule
//   d((S*p - t).v)/dx = S*p*(v - p.v)      d((S*p - t).v)/dt = p.v - v
// carries every further order.
#include "logitape/ops/cross_entropy.h"

#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy_node.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index_check.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/support.h"

namespace logitape::inline v0::ops {
namespace {

Tensor row_sum(const Tensor& x) { return sum(x, {.axes = {1}, .keep_dims = true}); }

// p*(v - p.v): the softmax's own derivative applied to v.
Tensor softmax_vjp(const Tensor& p, const Tensor& v) { return p * (v - row_sum(p * v)); }

constexpr double infinity = std::numeric_limits<double>::infinity();

// -g*log p. A class masked by a logit of -inf has the gradient +-inf, 0 where g = 0, and no derivative of its own.
Tensor label_gradient(const Tensor& logits, const Tensor& g) {
  const Tensor log_p = log_softmax(logits), masked = equal(log_p, -infinity);
  const Tensor open = -(g * where(masked, 0, log_p));
  return where(logical_and(masked, not_equal(g, 0)), stop_gradient(sign(g)) * infinity, open);
}

// p.v - v, how S*p - t moves with t; 0 at masked classes.
Tensor label_vjp(const Tensor& logits, const Tensor& p, const Tensor& v) {
  return where(logical_and(equal(logits, -infinity), equal(p, 0)), 0, row_sum(p * v) - v);
}

// S, the labels' mass, one a row; 1 for indices.
Tensor mass(const Tensor& labels, const Tensor& like) { return is_index(labels.dtype()) ? number_like("mass", 1, like) : row_sum(labels); }

Tensor plus(const Tensor& a, const Tensor& b) { return !a.defined() ? b : !b.defined() ? a : a + b; }

struct Rows {
  Tensor loss, gradient;
};

Rows run_kernel(const char* op, const Tensor& logits, const Tensor& labels, double scale, bool unit_mass, bool with_gradient) {
  const std::int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  const bool indices = is_index(labels.dtype());
  require(classes > 0, op, "there are no classes: the shape is {}", logits.shape());
  if (indices) check_index_range(op, "label", "row", labels, classes);
  Rows r{Tensor::uninitialised({rows}, logits.dtype(), logits.device()), {}};
  if (with_gradient) r.gradient = Tensor::uninitialised(logits.shape(), logits.dtype(), logits.device());
  backends::run(op, logits.device(), &Kernels::cross_entropy,
                backends::CrossEntropyArgs{.dtype = logits.dtype(),
                                           .index_dtype = labels.dtype(),
                                           .outer = rows,
                                           .classes = classes,
                                           .inner = 1,
                                           .logits = logits.data(),
                                           .labels = indices ? nullptr : labels.data(),
                                           .indices = indices ? labels.data() : nullptr,
                                           .scale = scale,
                                           .unit_mass = unit_mass,
                                           .loss = r.loss.writable(),
                                           .gradient = with_gradient ? r.gradient.writable() : nullptr});
  return r;
}

Tensor scaled_total(const char* op, const Tensor& rows, double scale) {
  Tensor total = Tensor::uninitialised({}, rows.dtype(), rows.device());
  backends::run(op, rows.device(), &Kernels::sum,
                backends::ReduceArgs{rows.dtype(), 1, rows.size(), 1, scale, rows.data(), total.writable()});
  return total;
}

}  // namespace

LossAndGradient softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels, LossShape shape, double scale,
                                      Gradient gradient) {
  const bool with_gradient = gradient == Gradient::always || (logits.requires_grad() && grad_enabled()),
             scalar = shape == LossShape::scalar;
  Rows rows = run_kernel(op, logits, labels, scale, false, with_gradient);
  const Tensor loss = scalar ? scaled_total(op, rows.loss, scale) : rows.loss;
  Recorded made = record(op, {logits, labels}, {loss, rows.gradient}, keep::input(0) | keep::input(1) | keep::output(1),
                         [scalar, scale](const Node& n, const Cotangents& g) {
                           const Tensor &x = n.input(0), &t = n.input(1);
                           Tensors into(2);
                           if (g.has(0)) {
                             const Tensor each = scalar ? g[0] : reshape(g[0], {-1, 1});
                             if (n.needs(0)) into[0] = g.is_one(0) ? n.output(1) : each * n.output(1);
                             if (n.needs(1)) into[1] = label_gradient(x, scale == 1 ? each : each * scale);
                           }
                           if (g.has(1)) {
                             const Tensor v = scale == 1 ? g[1] : g[1] * scale, p = softmax(x);
                             if (n.needs(0)) into[0] = plus(into[0], mass(t, x) * softmax_vjp(p, v));
                             if (n.needs(1)) into[1] = plus(into[1], label_vjp(x, p, v));
                           }
                           return into;
                         });
  return {made[0], made[1]};
}

// backprop is p - t whatever the labels' mass, so the loss's own gradient S*p - t comes from the node above.
LossAndGradient raw_softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels) {
  Rows rows = run_kernel(op, logits, labels, 1, true, true);
  Recorded made =
      record(op, {logits, labels}, {rows.loss, rows.gradient}, keep::input(0) | keep::input(1), [](const Node& n, const Cotangents& g) {
        const Tensor &x = n.input(0), &t = n.input(1);
        Tensors into(2);
        if (g.has(0)) {
          const Tensor each = reshape(g[0], {-1, 1});
          if (n.needs(0)) into[0] = each * softmax_cross_entropy(n.op(), x, t, LossShape::rows, 1, Gradient::always).gradient;
          if (n.needs(1)) into[1] = label_gradient(x, each);
        }
        if (g.has(1)) {
          if (n.needs(0)) into[0] = plus(into[0], softmax_vjp(softmax(x), g[1]));
          if (n.needs(1)) into[1] = plus(into[1], -g[1]);
        }
        return into;
      });
  return {made[0], made[1]};
}

}  // namespace logitape::inline v0::ops

namespace logitape::inline v0 {

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  constexpr const char* op = "cross_entropy";
  ops::check_present(op, {{"logits", logits}, {"targets", targets}});
  require(!is_index(logits.dtype()) || !is_floating(targets.dtype()), op,
          "logits are {}, targets {}: the logits come first, cross_entropy(logits, targets)", logits, targets);
  ops::check_arithmetic(op, {{"logits", logits}});
  require(logits.rank() >= 1, op, "logits are a scalar; they need a class axis");
  const Shape rows_shape(std::span<const std::int64_t>(logits.shape().begin(), static_cast<std::size_t>(logits.rank() - 1)));
  if (is_index(targets.dtype())) {
    require(!(targets.shape() == logits.shape()), op,
            "targets are {}, of the logits' own shape: cast them to {} if they are probabilities, else leave out the class axis", targets,
            logits.dtype());
    require(targets.shape() == rows_shape, op, "targets {} are not class indices of logits {}, which need {}", targets.shape(),
            logits.shape(), rows_shape);
  } else {
    require(!(targets.shape() == rows_shape), op,
            "targets are {}: class indices have to be integers, targets.to(DType::i32); probabilities need the shape {} of logits", targets,
            logits.shape());
    ops::check_same(op, {{"logits", logits}, {"targets", targets}});
    require(targets.shape() == logits.shape(), op, "targets {} are not probabilities of logits {}: shapes have to be equal",
            targets.shape(), logits.shape());
  }
  const std::int64_t rows = rows_shape.size(), classes = logits.shape()[logits.rank() - 1];
  const Tensor x = reshape(logits, {rows, classes});
  const Tensor t = reshape(targets, is_index(targets.dtype()) ? Ints{rows} : Ints{rows, classes});
  if (options.reduction == Reduction::none) return reshape(ops::softmax_cross_entropy(op, x, t, ops::LossShape::rows).loss, rows_shape);
  const bool mean = options.reduction == Reduction::mean && rows > 0;
  return ops::softmax_cross_entropy(op, x, t, ops::LossShape::scalar, mean ? 1 / static_cast<double>(rows) : 1).loss;
}

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const CrossEntropyOptions& options) {
  return cross_entropy(linear(hidden, weight), targets, options);
}

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  return cross_entropy(linear(hidden, weight, bias), targets, options);
}

}  // namespace logitape::inline v0
