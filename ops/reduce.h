// Reductions over any axes. The axes stand alone or have their name: sum(x, 1), sum(x, {0, 1}),
// sum(x, {.axes = {0}, .keep_dims = true}); none named means all. f32 and f64; f16 and bf16 are reduced in f32 and
// rounded once. Errors of all: an empty tensor, another dtype where the op names none, an axis outside [-rank, rank) or
// named twice, and (but for sum, count, any, all and norm) reduced axes without elements.
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"

namespace logitape::inline v0 {

// Which axes are reduced, in any order, counted from the end where negative.
struct ReduceOptions {
  NamedOnly named_only = NamedOnly();
  Ints axes = {};          // empty: all
  bool keep_dims = false;  // reduced axes stay, with extent 1
};

// Accumulated in f64 in a fixed order, rounded once. Of integers and booleans the exact sum in i64, modulo 2^64.
Tensor sum(const Tensor& x, const ReduceOptions& options = {});
Tensor sum(const Tensor& x, const Axes& axes);
// sum(x) / count. Right even where the sum overflows. Of integers and booleans in f32, rounded once.
Tensor mean(const Tensor& x, const ReduceOptions& options = {});
Tensor mean(const Tensor& x, const Axes& axes);
// How many are true, in i64; of booleans only. np.count_nonzero, torch.count_nonzero.
Tensor count(const Tensor& x, const ReduceOptions& options = {});
Tensor count(const Tensor& x, const Axes& axes);
// Whether one is true, or each; of booleans only, and boolean. Of no elements: any is false, all true. np.any, np.all,
// tf.reduce_any, tf.reduce_all.
Tensor any(const Tensor& x, const ReduceOptions& options = {});
Tensor any(const Tensor& x, const Axes& axes);
Tensor all(const Tensor& x, const ReduceOptions& options = {});
Tensor all(const Tensor& x, const Axes& axes);
// NaN where an element is NaN. Equal extremes share the gradient equally. Of integers and booleans too, in their dtype.
Tensor max(const Tensor& x, const ReduceOptions& options = {});
Tensor max(const Tensor& x, const Axes& axes);
Tensor min(const Tensor& x, const ReduceOptions& options = {});
Tensor min(const Tensor& x, const Axes& axes);
// log(sum(exp(x))), stable for any x; -inf where all are -inf. Gradient softmax(x): NaN where all are -inf.
Tensor logsumexp(const Tensor& x, const ReduceOptions& options = {});
Tensor logsumexp(const Tensor& x, const Axes& axes);

// sqrt(sum(x^2)), the Euclidean length, of elements of any size: no square overflows or vanishes. Gradient x / norm(x);
// where the norm is 0, the gradient and the second derivative are 0. np.linalg.norm, torch.linalg.vector_norm.
Tensor norm(const Tensor& x, const ReduceOptions& options = {});

struct VarianceOptions {
  NamedOnly named_only = NamedOnly();
  Ints axes = {};          // empty: all
  double correction = 0;   // 1: divided by count - 1, PyTorch's default
  bool keep_dims = false;  // reduced axes stay, with extent 1
};
// sum((x - mean(x))^2) / (count - correction). The mean is taken off first, in f64. Of equal elements exactly 0, and so
// is the gradient; the second derivative is 2*(1[i = j] - 1/count) / (count - correction) there as everywhere.
// Error: a correction that is not below count. np.var, torch.var, tf.math.reduce_variance.
Tensor variance(const Tensor& x, const VarianceOptions& options = {});
Tensor variance(const Tensor& x, const Axes& axes);
// sqrt(variance(x)), of deviations of any size. Gradient (x - mean(x)) / ((count - correction) *
// standard_deviation(x)); of equal elements it is 0, and so is the second derivative. np.std, torch.std,
// tf.math.reduce_std.
Tensor standard_deviation(const Tensor& x, const VarianceOptions& options = {});
Tensor standard_deviation(const Tensor& x, const Axes& axes);

struct ArgmaxOptions {
  NamedOnly named_only = NamedOnly();
  Required<std::int64_t> axis;
  bool keep_dims = false;
};
// The first position of the maximum, or minimum, along one axis, i64; a NaN counts as the largest, or smallest. Of
// integers and booleans too. No gradient. Without an axis np.argmax and torch.argmax count along all of x, tf.argmax
// along axis 0; here it does not compile.
Tensor argmax(const Tensor& x, const ArgmaxOptions& options);
Tensor argmax(const Tensor& x, Axis axis);
Tensor argmin(const Tensor& x, const ArgmaxOptions& options);
Tensor argmin(const Tensor& x, Axis axis);

// What other libraries call these, or mean by them.
// clang-format off
Tensor argmax(const Tensor& x) = delete;  // write argmax(x, 1), or argmax(flatten(x), 0) for a place in all of x
Tensor argmin(const Tensor& x) = delete;  // write argmin(x, 1), or argmin(flatten(x), 0) for a place in all of x
Tensor argmax(const Tensor& x, const ReduceOptions& options) = delete;  // it has one axis: write {.axis = 1}
Tensor argmin(const Tensor& x, const ReduceOptions& options) = delete;  // it has one axis: write {.axis = 1}
template <std::same_as<Tensor> T>
Tensor max(const Tensor& a, const T& b) = delete;  // write maximum(a, b)
template <std::same_as<Tensor> T>
Tensor min(const Tensor& a, const T& b) = delete;  // write minimum(a, b)
// A number beside x is the order of the norm in NumPy and PyTorch; norms of other orders are sum(abs(x)), max(abs(x)).
Tensor norm(const Tensor& x, const Axes& axes) = delete;  // write norm(x, {.axes = {1}})
// clang-format on

}  // namespace logitape::inline v0
