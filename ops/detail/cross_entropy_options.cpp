// What cross_entropy checks of its options, the rows they keep, and what a mean divides by.
#include "logitape/ops/detail/cross_entropy_options.h"

#include <cmath>
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/cross_entropy_node.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::ops {
namespace {

void check_targets(const char* op, const LogitsLike& logits, const Tensor& targets, const Shape& rows, bool broadcast) {
  if (is_index(targets.dtype())) {
    require(!(targets.shape() == logits.shape), op,
            "targets are {}, of the logits' own shape: cast them to {} if they are probabilities, else leave out the "
            "class axis",
            targets, logits.dtype);
    require(targets.shape() == rows, op, "targets {} are not class indices of logits {}, which need {}",
            targets.shape(), logits.shape, rows);
    return;
  }
  require(broadcast || !(targets.shape() == rows), op,
          "targets are {}: class indices have to be integers, targets.to(DType::i32); probabilities need the shape {} "
          "of logits",
          targets, logits.shape);
  require(targets.dtype() == logits.dtype, op,
          "logits ({} {}) and targets ({}) are not of one dtype: {}, as in targets.to(DType::{})", logits.dtype,
          logits.shape, targets, to_join(logits.dtype, targets.dtype()), logits.dtype);
  require(targets.shape() == logits.shape || broadcast, op,
          "targets {} are not probabilities of logits {}: shapes have to be equal", targets.shape(), logits.shape);
  require(broadcasts_to(targets.shape(), logits.shape), op, "targets {} do not broadcast to logits {}", targets.shape(),
          logits.shape);
}

// An option that is given has this dtype and shape, and is on the logits' device.
void check_option(const char* op, const char* name, const Tensor& given, const LogitsLike& logits, DType dtype,
                  const Shape& shape) {
  if (!given.defined()) return;
  require(given.device() == logits.device, ErrorCode::device, op, "logits are on {}, {} on {}: move one", logits.device,
          name, given.device());
  require(given.dtype() == dtype && given.shape() == shape, op, "{} is {}; logits {} need {} {}", name, given,
          logits.shape, dtype, shape);
}

// The sum of the kept rows' weights, f64.
Tensor weight_of_rows(const LogitsLike& logits, const Tensor& targets, const CrossEntropyOptions& o, int axis,
                      const Tensor& keep) {
  const Shape rows = without_axis(logits.shape, axis);
  Tensor weight = ones(rows, logits.dtype, logits.device);
  if (!is_index(targets.dtype())) {
    Tensor t = broadcast_to(targets, logits.shape);
    if (o.class_weights.defined()) {
      const Tensor weights = along_classes(o.class_weights, logits.shape, axis);
      t = where_kept(t, keep, axis) * weights;
    }
    weight = sum(t, {.axes = {axis}});
  } else if (o.class_weights.defined()) {
    weight = gather(o.class_weights, keep.defined() ? where(keep, targets, 0) : targets);
  }
  const auto kept = [&](const Tensor& of_rows) { return keep.defined() ? where(keep, of_rows, 0) : of_rows; };
  if (o.sample_weights.defined()) weight = weight * kept(o.sample_weights);
  return sum(kept(weight).to(DType::f64));
}

// The numbers as computed with: f32 holds neither 1e-300 nor 1e300.
void check_numbers(const char* op, DType dtype, const CrossEntropyOptions& o) {
  const auto held = [&](double x) { return dtype == DType::f64 ? x : static_cast<double>(static_cast<float>(x)); };
  const auto in = [&](double x) { return std::isnan(x) || held(x) == x ? "" : " in f32"; };
  const double t = o.temperature, c = o.soft_cap, z = o.z_loss;
  require(held(t) > 0 && std::isfinite(held(t)), op, "temperature {} is not positive and finite{}", t, in(t));
  require(c == 0 || (held(c) > 0 && std::isfinite(held(c))), op, "soft_cap {} is not 0 (none) or positive and finite{}",
          c, in(c));
  require(std::isfinite(held(z)), op, "z_loss {} is not finite{}", z, in(z));
}

Tensor rows_to_keep(const Tensor& targets, const CrossEntropyOptions& o) {
  if (!o.ignore_index) return o.mask;
  const Tensor other = not_equal(targets.to(DType::i64), *o.ignore_index);
  return o.mask.defined() ? logical_and(other, o.mask) : other;
}

}  // namespace

CheckedCall check_cross_entropy(const char* op, const LogitsLike& logits, const Tensor& targets,
                                const CrossEntropyOptions& o) {
  check_present(op, {{"targets", targets}});
  require(!is_index(logits.dtype) || !is_floating(targets.dtype()), op,
          "logits are {} {}, targets {}: the logits come first, {}(logits, targets)", logits.dtype, logits.shape,
          targets, op);
  require(is_floating(logits.dtype), ErrorCode::unsupported, op,
          "logits are {} {}: write their numbers as 1.f or 1.0, or cast them, logits.to(DType::f32)", logits.dtype,
          logits.shape);
  require(logits.shape.rank() >= 1, op, "logits are a scalar; they need a class axis");
  const int axis = checked_axis(op, o.axis, logits.shape.rank());
  const Shape rows = without_axis(logits.shape, axis);
  const bool indices = is_index(targets.dtype());
  require(targets.device() == logits.device, ErrorCode::device, op, "logits are on {}, targets on {}: move one",
          logits.device, targets.device());
  check_targets(op, logits, targets, rows, o.broadcast);
  check_option(op, "class_weights", o.class_weights, logits, logits.dtype, Shape(logits.shape[axis]));
  check_option(op, "sample_weights", o.sample_weights, logits, logits.dtype, rows);
  check_option(op, "mask", o.mask, logits, DType::boolean, rows);
  require(indices || !o.ignore_index, op, "ignore_index {} is given with targets {}, which are probabilities: use mask",
          o.ignore_index.value_or(0), targets);
  require(!indices || !o.broadcast, op, "broadcast is asked for with targets {}, which are class indices", targets);
  require(o.label_smoothing >= 0 && o.label_smoothing <= 1, op, "label_smoothing {} is outside [0, 1]",
          o.label_smoothing);
  check_numbers(op, logits.dtype, o);
  check_classes(op, logits.shape, axis);
  const Tensor keep = rows_to_keep(targets, o);
  check_weights(op, "class_weights", "class", o.class_weights, Negative::refused);
  check_weights(op, "sample_weights", "row", o.sample_weights, Negative::allowed, keep);
  if (indices) check_labels(op, targets, logits.shape, axis, keep);
  return {axis, keep};
}

namespace {

// 1 / how many rows are kept, and 0 of none, on a device that nobody waits for.
LossScale scale_there(const char* op, const LogitsLike& logits, const Tensor& keep, EmptyMean empty) {
  const NoGrad guard;
  const Tensor count = sum(cast(keep, DType::f64)), none = equal(count, 0);
  if (empty == EmptyMean::error)
    check_flags(op, fmt::format("the mean's denominator is 0: no row of logits {} counts", logits.shape), none);
  const Tensor of_none =
      full({}, empty == EmptyMean::nan ? std::numeric_limits<double>::quiet_NaN() : 0.0, DType::f64, keep.device());
  return {1, {}, false, where(none, of_none, 1 / count)};
}

}  // namespace

LossScale loss_scale(const char* op, const LogitsLike& logits, const Tensor& targets, const CrossEntropyOptions& o,
                     int axis, const Tensor& keep) {
  if (o.reduction != Reduction::mean) return {};
  const Shape rows = without_axis(logits.shape, axis);
  Tensor weights;
  double denominator = 1;
  switch (o.denominator) {
    case Denominator::batch: denominator = rows.rank() == 0 ? 1 : static_cast<double>(rows[0]); break;
    case Denominator::count:
      if (keep.defined() && keep.device() != Device::cpu()) return scale_there(op, logits, keep, o.empty);
      denominator = static_cast<double>(keep.defined() ? kept_rows(keep).size() : rows.size());
      break;
    case Denominator::weights:
      weights = weight_of_rows(logits, targets, o, axis, keep);
      // as a number only where it is a constant: its digits below a double's would be lost
      denominator = weights.requires_grad() ? not_equal(weights, 0).item<double>() : weights.item<double>();
      break;
  }
  if (denominator != 0) {
    if (weights.defined() && weights.requires_grad()) return {1, weights.to(logits.dtype)};
    return {1 / denominator};
  }
  require(o.empty != EmptyMean::error, op, "the mean's denominator is 0: no row of logits {} counts", logits.shape);
  return {0, {}, o.empty == EmptyMean::nan};
}

LossScale LossScale::read() const {
  if (!there.defined()) return *this;
  const auto times = there.item<double>();
  return std::isnan(times) ? LossScale{0, {}, true} : LossScale{factor * times, divisor, nan};
}

Tensor LossScale::mean_of(const Tensor& rows) const {
  const Tensor total = sum(rows);
  if (there.defined()) return total * cast(there, total.dtype());
  const Tensor finite = less(abs(total), std::numeric_limits<double>::infinity());
  const auto plainly = [&] { return divisor.defined() ? total / divisor : total * factor; };
  const auto by_mean = [&] {  // the sum overflowed: the mean need not
    const auto count = static_cast<double>(rows.size());
    const Tensor share = divisor.defined() ? divisor / count : Tensor();
    return share.defined() ? mean(rows) / share : mean(rows) * (factor * count);
  };
  if (rows.size() == 0) return plainly();
  if (rows.device() != Device::cpu()) {  // which nobody waits for
    const Tensor means = by_mean();
    return where(finite, plainly(), means);
  }
  return finite.item<bool>() ? plainly() : by_mean();
}

Tensor along_classes(const Tensor& w, const Shape& logits, int axis) {
  Ints shape;
  for (int r = 0; r < logits.rank(); ++r) shape.push(r == axis ? logits[r] : 1);
  return reshape(w, shape);
}

Tensor one_hot_along(const Tensor& indices, std::int64_t classes, int axis, DType dtype) {
  Ints order;  // the class axis is made last and belongs at `axis`
  for (int r = 0; r < indices.rank(); ++r) order.push(r);
  Ints moved;
  for (int r = 0; r <= indices.rank(); ++r) moved.push(r == axis ? indices.rank() : order[r < axis ? r : r - 1]);
  return permute(one_hot(indices, classes, dtype), moved);
}

std::vector<double> top_k_accuracy(const Tensor& scores, const Tensor& targets, const Tensor& keep, int axis,
                                   const std::vector<std::int64_t>& k) {
  const NoGrad guard;
  Ints once(scores.shape());
  once[axis] = 1;
  const Tensor given = is_index(targets.dtype()) ? targets.to(DType::i64)
                                                 : argmax(broadcast_to(targets, scores.shape()), {.axis = axis});
  const Tensor label = reshape(keep.defined() ? where(keep, given, 0) : given, once);
  const Tensor own = take_along_axis(scores, label, {.axis = axis});
  const Tensor before =
      less(along_classes(arange(scores.shape()[axis]).to(scores.device()), scores.shape(), axis), label);
  const Tensor ahead = logical_or(greater(scores, own), logical_and(equal(scores, own), before));
  const Tensor rank = where(equal(own, own), sum(ahead.to(DType::f64), {.axes = {axis}, .keep_dims = true}), INFINITY);
  const double rows = static_cast<double>(keep.defined() ? kept_rows(keep).size() : rank.size());
  std::vector<double> fractions;
  for (const std::int64_t one : k) {
    Tensor right = less(rank, static_cast<double>(one));
    if (keep.defined()) right = logical_and(right, reshape(keep, once));
    fractions.push_back(rows > 0 ? sum(right.to(DType::f64)).item<double>() / rows : 0);
  }
  return fractions;
}

}  // namespace logitape::inline v0::ops
