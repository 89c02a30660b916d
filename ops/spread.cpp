// How long a vector is and how far its elements lie apart: norm, variance, standard_deviation. Computed in f64.
#include <cmath>
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

// sqrt(sum(x^2)), no node. The largest element is divided out first, so that no square leaves f64.
Tensor length(const Tensor& x, const ReduceOptions& over) {
  const NoGrad guard;
  const Tensor wide = cast(x, DType::f64), largest = max(abs(wide), over);
  const Tensor usable = logical_and(greater(largest, 0), less(largest, std::numeric_limits<double>::infinity()));
  const Tensor unit = where(usable, largest, 1), scaled = wide / unit;
  return cast(unit * sqrt(sum(scaled * scaled, over)), x.dtype());
}

// x - mean(x) in f64, and what the sum of its squares is divided by.
struct Centred {
  Tensor x;
  double count, divisor;
};

// An element is taken off before the mean: equal elements leave nothing, not even the rounding of a mean.
Centred centred(const char* op, const Tensor& x, const VarianceOptions& options) {
  ops::check_arithmetic(op, {{"x", x}});
  const unsigned chosen = ops::checked_axes(op, options.axes, x.rank());
  double count = 1;
  for (int r = 0; r < x.rank(); ++r)
    if (chosen == 0 || chosen >> r & 1) count *= static_cast<double>(x.shape()[r]);
  require(count > 0, op, "the reduced axes of {} have no elements", x.shape());
  require(std::isfinite(options.correction) && options.correction < count, ErrorCode::out_of_range, op,
          "correction {} leaves nothing of the {} elements to divide by: it has to be below their count",
          options.correction, count);
  const ReduceOptions over{.axes = options.axes, .keep_dims = true};
  const Tensor wide = cast(x, DType::f64), apart = wide - min(stop_gradient(wide), over);
  return {apart - mean(apart, over), count, count - options.correction};
}

}  // namespace

// The rule reads x / norm(x), whose elements are at most 1, whatever the size of x.
Tensor norm(const Tensor& x, const ReduceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(norm(cast(x, DType::f32), options), x.dtype());
  ops::check_arithmetic("norm", {{"x", x}});
  ops::checked_axes("norm", options.axes, x.rank());
  if (x.size() == 0) return sum(x, options);  // there is no largest element; the norms are 0
  const ReduceOptions over{.axes = options.axes, .keep_dims = true};
  const Tensor kept =
      record("norm", {x}, {length(x, over)}, keep::input(0) | keep::output(0), [](const Node& n, const Cotangents& g) {
        const Tensor zero = equal(n.output(0), 0);
        const Tensor direction = n.input(0) / where(zero, 1, n.output(0));
        return Tensors{g[0] * where(zero, 0, direction)};
      });
  return options.keep_dims ? kept : sum(kept, {.axes = options.axes});  // of one element each
}

Tensor variance(const Tensor& x, const VarianceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(variance(cast(x, DType::f32), options), x.dtype());
  const Centred c = centred("variance", x, options);
  const Tensor squares = mean(c.x * c.x, {.axes = options.axes, .keep_dims = options.keep_dims});
  return cast(squares * (c.count / c.divisor), x.dtype());
}

Tensor standard_deviation(const Tensor& x, const VarianceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(standard_deviation(cast(x, DType::f32), options), x.dtype());
  const Centred c = centred("standard_deviation", x, options);
  const Tensor length = norm(c.x, {.axes = options.axes, .keep_dims = options.keep_dims});
  return cast(length / std::sqrt(c.divisor), x.dtype());
}

Tensor variance(const Tensor& x, const Axes& axes) { return variance(x, {.axes = axes.values}); }
Tensor standard_deviation(const Tensor& x, const Axes& axes) { return standard_deviation(x, {.axes = axes.values}); }

}  // namespace logitape::inline v0
