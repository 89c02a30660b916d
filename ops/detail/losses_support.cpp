// Checks, reductions, and the three functions that losses of logits are made of, each with a rule that stays finite.
#include "logitape/ops/detail/losses_support.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/core/detail/device_memory.h"
#include "logitape/ops/create.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0::ops {

Tensor wide(const Tensor& x) { return cast(x, DType::f64); }

Tensor reduced(const Tensor& losses, Reduction reduction, DType dtype) {
  if (reduction == Reduction::none) return cast(losses, dtype);
  return cast(reduction == Reduction::mean && losses.size() > 0 ? mean(losses) : sum(losses), dtype);
}

void check_pair(const char* op, const Input& a, const Input& b) {
  check_arithmetic(op, {a, b});
  require(a.tensor.shape() == b.tensor.shape(), op, "{} {} and {} {} differ in shape", a.name, a.tensor.shape(), b.name,
          b.tensor.shape());
}

void check_finite(const char* op, const char* name, double value) {
  require(std::isfinite(value), op, "{} is {}; it has to be finite", name, value);
}

namespace {

// On a device nobody waits: a place that is true, 1, is no index below 1.
void check_weights_there(const char* op, const char* name, const char* place, const Tensor& weights, Negative negative,
                         const Tensor& keep) {
  const NoGrad guard;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor right = less(abs(widened(weights)), infinity);
  if (negative == Negative::refused) right = logical_and(right, greater_equal(widened(weights), 0));
  check_flags(op,
              fmt::format("{} of {} {{position}} has to be finite{}", name, place,
                          negative == Negative::allowed ? "" : " and not negative"),
              logical_not(right), keep);
}

}  // namespace

void check_weights(const char* op, const char* name, const char* place, const Tensor& weights, Negative negative,
                   const Tensor& keep) {
  if (!weights.defined()) return;
  if (weights.device() != Device::cpu()) return check_weights_there(op, name, place, weights, negative, keep);
  const Tensor mask = on_host(keep), values = on_host(weights);
  const auto* kept = static_cast<const std::uint8_t*>(mask.data());
  visit_any(weights.dtype(), [&]<class T>() {
    for (std::int64_t i = 0; i < weights.size(); ++i) {
      const double w = static_cast<double>(static_cast<const T*>(values.data())[i]);
      const bool right = std::isfinite(w) && (w >= 0 || negative == Negative::allowed);
      require(right || (kept && !kept[i]), op, "{} of {} {} is {}; it has to be finite{}", name, place, i, w,
              negative == Negative::allowed ? "" : " and not negative");
    }
  });
}

Shape without_last(const char* op, const char* name, const Shape& shape) {
  require(shape.rank() >= 1, op, "{} are a scalar; they need a class axis", name);
  return Shape(std::span<const std::int64_t>(shape.begin(), static_cast<std::size_t>(shape.rank() - 1)));
}

ClassRows class_rows(const char* op, const Input& x, const Tensor& targets, Targets allowed) {
  check_arithmetic(op, {x});
  check_present(op, {x, {"targets", targets}});
  const Shape rows = without_last(op, x.name, x.tensor.shape());
  const std::int64_t classes = x.tensor.shape()[rows.rank()];
  require(classes > 0, op, "there are no classes: the shape is {}", x.tensor.shape());
  const Tensor flat = reshape(wide(x.tensor), {rows.size(), classes});
  if (!is_index(targets.dtype())) {
    require(allowed == Targets::indices_or_probabilities && !(targets.shape() == rows), op,
            "targets are {}: class indices of {} {} are integers of shape {}", targets, x.name, x.tensor.shape(), rows);
    check_pair(op, x, {"targets", targets});
    return {flat, reshape(wide(targets), {rows.size(), classes}), rows};
  }
  require(targets.shape() == rows, op, "targets {} are not class indices of {} {}, which need {}", targets.shape(),
          x.name, x.tensor.shape(), rows);
  check_index_range(op, "label", "row", targets, classes);
  return {flat, reshape(targets, {rows.size()}), rows};
}

Tensor softplus(const Tensor& x) {
  const auto value = [&] {
    const NoGrad guard;
    return relu(x) + log1p(exp(-abs(x)));
  };
  return record("softplus", {x}, {value()}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * sigmoid(n.input(0))}; });
}

Tensor sigmoid_power(const Tensor& x, double power) {
  const auto value = [&] {
    const NoGrad guard;
    return pow(sigmoid(x), power);
  };
  return record("sigmoid_power", {x}, {value()}, keep::input(0) | keep::output(0),
                [power](const Node& n, const Cotangents& g) {
                  return Tensors{g[0] * (n.output(0) * sigmoid(-n.input(0)) * power)};
                });
}

Tensor lost_rows(const Tensor& losses, const Tensor& weights, const Tensor& keep) {
  const NoGrad guard;
  const Tensor finite = less(abs(losses), std::numeric_limits<double>::infinity());  // NaN is not
  Tensor lost = logical_and(equal(weights, 0), logical_not(finite));
  if (keep.defined()) lost = logical_and(lost, keep);
  const Tensor here = on_host(lost);
  const auto* rows = static_cast<const std::uint8_t*>(here.data());
  return std::any_of(rows, rows + here.size(), [](std::uint8_t row) { return row != 0; }) ? lost : Tensor();
}

Tensor mass_times(const Tensor& t, const Tensor& l) {
  const auto value = [&] {
    const NoGrad guard;
    const Tensor masked = logical_and(equal(t, 0), equal(abs(l), std::numeric_limits<double>::infinity()));
    return where(masked, 0, t * l);
  };
  return record("mass_times", {t, l}, {value()}, keep::input(0) | keep::input(1),
                [](const Node& n, const Cotangents& g) {
                  return Tensors{n.needs(0) ? mass_times(g[0], n.input(1)) : Tensor(),
                                 n.needs(1) ? mass_times(n.input(0), g[0]) : Tensor()};
                });
}

}  // namespace logitape::inline v0::ops
