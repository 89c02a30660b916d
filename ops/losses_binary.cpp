// Losses of two classes. With p = sigmoid(x), -log p = softplus(-x) and -log(1 - p) = softplus(x): p itself is never
// formed where it would round to 0 or 1.
#include "logitape/ops/create.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace ops {
namespace {

// w*t*softplus(-x) + (1 - t)*softplus(x), where softplus(x) = max(x, 0) + log1p(exp(-|x|)): of the two terms in |x| one
// is 0, and nothing cancels. 0 times an infinite logit is 0.
Tensor binary_loss(const Tensor& x, const Tensor& t, const Tensor& w) {
  const NoGrad guard;
  const Tensor size = abs(x), positive = w.defined() ? w * t : t, negative = 1 - t,
               side = where(greater(x, 0), negative, positive);
  const Tensor tail = log1p(exp(-size)), weighted = w.defined() ? (positive + negative) * tail : tail;
  return where(equal(side, 0), 0, side * size) + weighted;
}

// w*softplus(-x) - softplus(x), as (w - 1)*softplus(-x) - x, with the digits where w is near 1; 0 times infinity is 0.
Tensor into_label(const Tensor& x, const Tensor& w) {
  const Tensor tail = softplus(-x), ordinary = mass_times(w - 1, tail) - x;
  return where(equal(w, 0), -softplus(x), ordinary);
}

}  // namespace

Tensor binary_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels, const Tensor& pos_weight) {
  const bool weighted = pos_weight.defined();
  const Tensor w = weighted ? pos_weight : number_like(op, 1, logits);
  return record(op, {logits, labels, w}, {binary_loss(logits, labels, pos_weight)},
                keep::input(0) | keep::input(1) | keep::input(2), [weighted](const Node& n, const Cotangents& g) {
                  const Tensor &x = n.input(0), &t = n.input(1), &weight = n.input(2);
                  Tensors into(3);
                  if (n.needs(0)) {  // p - t where w = 1, with the digits of p and of 1 - p
                    const Tensor positive = weighted ? weight * t : t;
                    const Tensor up = positive * sigmoid(-x), p = sigmoid(x);
                    into[0] = g[0] * ((1 - t) * p - up);
                  }
                  if (n.needs(1)) into[1] = mass_times(g[0], weighted ? into_label(x, weight) : -x);
                  if (n.needs(2)) into[2] = mass_times(g[0], mass_times(t, softplus(-x)));
                  return into;
                });
}

}  // namespace ops

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& labels,
                                        const BinaryCrossEntropyOptions& options) {
  constexpr const char* op = "binary_cross_entropy_with_logits";
  ops::check_pair(op, {"logits", logits}, {"labels", labels});
  Tensor w = options.pos_weight;
  if (w.defined()) {
    ops::check_arithmetic(op, {{"logits", logits}, {"pos_weight", w}});
    ops::check_weights(op, "pos_weight", "position", w, ops::Negative::refused);
    require(ops::broadcasts_to(w.shape(), logits.shape()), op, "pos_weight {} does not broadcast to logits {}",
            w.shape(), logits.shape());
    w = broadcast_to(w, logits.shape());
  }
  return ops::reduced(ops::binary_cross_entropy(op, logits, labels, w), options.reduction, logits.dtype());
}

Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& labels, const SigmoidFocalOptions& options) {
  constexpr const char* op = "sigmoid_focal_loss";
  ops::check_pair(op, {"logits", logits}, {"labels", labels});
  ops::check_finite(op, "gamma", options.gamma);
  require(options.gamma >= 0, op, "gamma is {}; at least 0 is needed", options.gamma);
  require(!options.alpha || (*options.alpha >= 0 && *options.alpha <= 1), op, "alpha {} is outside [0, 1]",
          options.alpha.value_or(0));
  const Tensor x = ops::wide(logits), t = ops::wide(labels);
  // an infinite logit whose label agrees, or weighs nothing, has the loss 0
  const Tensor of_positive = options.alpha ? t * *options.alpha : t,
               of_negative = options.alpha ? (1 - t) * (1 - *options.alpha) : 1 - t;
  const Tensor minus_log_p = ops::softplus(-x);
  const Tensor positive =
      ops::mass_times(of_positive, ops::mass_times(ops::sigmoid_power(-x, options.gamma), minus_log_p));
  const Tensor minus_log_rest = ops::softplus(x);
  const Tensor negative =
      ops::mass_times(of_negative, ops::mass_times(ops::sigmoid_power(x, options.gamma), minus_log_rest));
  return ops::reduced(positive + negative, options.reduction, logits.dtype());
}

Tensor hinge_loss(const Tensor& logits, const Tensor& labels, const HingeOptions& options) {
  constexpr const char* op = "hinge_loss";
  ops::check_pair(op, {"logits", logits}, {"labels", labels});
  ops::check_finite(op, "margin", options.margin);
  const Tensor side = ops::wide(labels) * 2 - 1;
  return ops::reduced(relu(options.margin - side * ops::wide(logits)), options.reduction, logits.dtype());
}

}  // namespace logitape::inline v0
