// The everyday loss: options become labels, rows to keep and a scale for the one node (cross_entropy_node.h), or ops
// around it.
//   logits   soft-cap, then temperature                      t   smoothed, then times the class weights
//   a row    its loss + z*lse^2, times its sample weight     a mean   the sum times 1 / the denominator
#include "logitape/ops/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/cross_entropy_node.h"
#include "logitape/ops/detail/cross_entropy_options.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The logits as the loss sees them, and what was taken off each row; undefined if nothing was.
struct ShapedLogits {
  Tensor x, less;
};

// x / temperature. If the largest logit of a row would overflow, it is taken off the row first: of the outputs only lse
// changes, by an infinity.
ShapedLogits over_temperature(const Tensor& x, double temperature, int axis) {
  if (temperature >= 1) return {temperature == 1 ? x : x / temperature, {}};
  const Tensor largest = max(stop_gradient(x), {.axes = {axis}, .keep_dims = true});
  const Tensor far = logical_and(equal(abs(largest / temperature), infinity), less(abs(largest), infinity));
  const auto flags = far.to_vector<std::uint8_t>();
  if (std::ranges::find(flags, 1) == flags.end()) return {x / temperature, {}};
  const Tensor taken = where(far, largest, 0);
  return {(x - taken) / temperature, taken / temperature};
}

// A class masked by -inf stays masked under the cap.
ShapedLogits shaped_logits(Tensor x, const CrossEntropyOptions& o, int axis, const Tensor& keep) {
  if (o.soft_cap > 0) {
    const Tensor masked = equal(x, -infinity);
    x = where(masked, -infinity, tanh(where(masked, 0, ops::where_kept(x, keep, axis)) / o.soft_cap) * o.soft_cap);
  }
  return over_temperature(x, o.temperature, axis);
}

ops::LossLabels labels_of(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& o, int axis,
                          const Tensor& keep) {
  const std::int64_t classes = logits.shape()[axis];
  const double e = o.label_smoothing, a = 1 - e, b = classes > 0 ? e / static_cast<double>(classes) : 0;
  const bool constant_weights = !o.class_weights.defined() || !o.class_weights.requires_grad();
  if (is_index(targets.dtype()) && constant_weights) return {targets, a, b, o.class_weights, keep};
  Tensor t = targets;
  if (is_index(targets.dtype())) {  // the weights have a gradient: labels in full
    t = ops::one_hot_along(keep.defined() ? where(keep, targets, 0) : targets, classes, axis, logits.dtype());
  } else if (o.broadcast) {
    t = broadcast_to(t, logits.shape());
  }
  if (e != 0) t = t * a + b;
  if (!o.class_weights.defined()) return {t, 1, 0, {}, keep};
  t = ops::where_kept(t, keep, axis);
  const Tensor w = ops::along_classes(o.class_weights, logits.shape(), axis);
  // a masked class has an infinite gradient into its label; its weight gets that times t = 0, which is 0
  return {constant_weights ? t * w : ops::mass_times(t, broadcast_to(w, logits.shape())), 1, 0, {}, keep};
}

// Halves as f32, not yet rounded.
struct Losses {
  Tensor loss;
  ops::LossOutputs made;
  Tensor keep;
  int axis;
};

Losses losses_of(const char* op, const Tensor& raw_logits, const Tensor& targets, const CrossEntropyOptions& o,
                 int axis, const Tensor& keep, const ops::LossScale& scale, bool details) {
  const auto [logits, taken] = shaped_logits(raw_logits, o, axis, keep);
  const ops::LossLabels labels = labels_of(logits, targets, o, axis, keep);
  const bool plain = !o.sample_weights.defined() && o.z_loss == 0, scalar = o.reduction != Reduction::none;
  const bool fused = plain && scalar && !scale.divisor.defined();
  ops::LossOutputs made = ops::softmax_cross_entropy(op, logits, labels,
                                                     {.axis = axis,
                                                      .shape = fused ? ops::LossShape::scalar : ops::LossShape::rows,
                                                      .scale = fused ? scale.factor : 1,
                                                      .scale_there = fused ? scale.there : Tensor(),
                                                      .log_sum_exp = details || o.z_loss != 0,
                                                      .probabilities = details});
  if (taken.defined() && made.log_sum_exp.defined())
    made.log_sum_exp = made.log_sum_exp + reshape(taken, made.log_sum_exp.shape());
  Tensor loss = made.loss;
  if (!fused) {
    if (o.z_loss != 0) loss = loss + made.log_sum_exp * made.log_sum_exp * o.z_loss;
    if (o.sample_weights.defined()) {
      if (const Tensor lost = ops::lost_rows(loss, o.sample_weights, keep); lost.defined())
        return {losses_of(op, raw_logits, targets, o, axis, ops::kept_but(keep, lost), scale, false).loss,
                std::move(made), keep, axis};
      loss = loss * o.sample_weights;
    }
    if (keep.defined() && !plain) loss = where(keep, loss, 0);
    if (scalar) {
      loss = ops::kept_of(loss, keep);
      loss = scale.mean_of(loss);
    }
  }
  if (scale.nan) loss = loss + std::numeric_limits<double>::quiet_NaN();
  return {loss, std::move(made), keep, axis};
}

Losses compute(const char* op, const Tensor& given_logits, const Tensor& given_targets,
               const CrossEntropyOptions& given, bool details) {
  ops::check_present(op, {{"logits", given_logits}});
  const ops::LogitsLike like{given_logits.shape(), given_logits.dtype(), given_logits.device()};
  const auto [axis, keep] = ops::check_cross_entropy(op, like, given_targets, given);
  CrossEntropyOptions o = given;
  o.class_weights = ops::widened(o.class_weights);
  o.sample_weights = ops::widened(o.sample_weights);
  const Tensor logits = ops::widened(given_logits), targets = ops::widened(given_targets);
  const ops::LossScale scale =
      ops::loss_scale(op, {logits.shape(), logits.dtype(), logits.device()}, targets, o, axis, keep);
  Losses all = losses_of(op, logits, targets, o, axis, keep, scale, details);
  if (scale.factor == 0) {  // a mean over nothing is 0, not 0 times a loss that is infinite
    const Tensor none = zeros(ops::without_axis(logits.shape(), axis), DType::boolean, logits.device());
    all.loss = losses_of(op, logits, targets, o, axis, none, scale, false).loss;
  }
  return all;
}

// The everyday loss of f16 and bf16: a mean or a sum over class indices.
bool is_plain_half(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& o) {
  return logits.defined() && targets.defined() && ops::is_half(logits.dtype()) && is_index(targets.dtype()) &&
         o.reduction != Reduction::none && o.temperature == 1 && o.soft_cap == 0 && o.z_loss == 0 &&
         !o.sample_weights.defined() && !o.class_weights.requires_grad();
}

Tensor half_loss(const char* op, const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& o) {
  const ops::LogitsLike like{logits.shape(), logits.dtype(), logits.device()};
  const auto [axis, keep] = ops::check_cross_entropy(op, like, targets, o);
  CrossEntropyOptions wide = o;
  wide.class_weights = ops::widened(o.class_weights);
  const ops::LossScale scale =
      ops::loss_scale(op, {logits.shape(), DType::f32, logits.device()}, targets, wide, axis, keep);
  if (scale.factor == 0 || scale.nan || scale.divisor.defined()) return compute(op, logits, targets, o, false).loss;
  return ops::half_cross_entropy(op, logits, labels_of(logits, targets, o, axis, keep),
                                 {.axis = axis, .scale = scale.factor, .scale_there = scale.there});
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  constexpr const char* op = "cross_entropy";
  const bool half = is_plain_half(logits, targets, options);
  const Tensor loss =
      half ? half_loss(op, logits, targets, options) : compute(op, logits, targets, options, false).loss;
  return loss.to(logits.dtype());
}

CrossEntropyDetails cross_entropy_details(const Tensor& logits, const Tensor& targets,
                                          const CrossEntropyOptions& options, const std::vector<std::int64_t>& k) {
  constexpr const char* op = "cross_entropy_details";
  for (const std::int64_t one : k) require(one >= 1, op, "top {} is asked for: k begins with 1", one);
  const Losses l = compute(op, logits, targets, options, true);
  const Tensor& p = l.made.probabilities;
  // p*log p is 0 where p is 0
  const Tensor log_p = log(where(equal(p, 0), 1, p)), entropy = -sum(p * log_p, {.axes = {l.axis}});
  const auto rounded = [&](const Tensor& x) { return x.to(logits.dtype()); };
  CrossEntropyDetails d{rounded(l.loss),  rounded(l.made.log_sum_exp), rounded(p),
                        rounded(entropy), rounded(exp(l.loss)),        {}};
  // ranked by logits: of logits far apart several have p = 0, and beside an infinite one all of p is NaN. A row with a
  // NaN counts as wrong
  const NoGrad guard;
  const Tensor x = ops::widened(logits), largest = max(x, {.axes = {l.axis}, .keep_dims = true});
  const Tensor scores = where(equal(largest, largest), x, largest);
  d.top_k = ops::top_k_accuracy(scores, targets, l.keep, l.axis, k);
  return d;
}

}  // namespace logitape::inline v0
