// Reductions over any axes; none named means all. Errors of all: an empty tensor, a dtype other than f32 and f64, an
// axis outside [-rank, rank) or named twice, and (but for sum) reduced axes without elements.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Which axes are reduced, in any order, counted from the end where negative.
struct ReduceOptions {
  Ints axes = {};          // empty: all
  bool keep_dims = false;  // reduced axes stay, with extent 1
};

// Accumulated in f64 in a fixed order, rounded once.
Tensor sum(const Tensor& x, const ReduceOptions& options = {});
// sum(x) / count. Right where it is a number and the sum is not.
Tensor mean(const Tensor& x, const ReduceOptions& options = {});
// NaN where an element is NaN. Equal extremes share the gradient equally.
Tensor max(const Tensor& x, const ReduceOptions& options = {});
Tensor min(const Tensor& x, const ReduceOptions& options = {});
// log(sum(exp(x))), stable for any x; -inf where all are -inf. Gradient softmax(x): NaN where all are -inf.
Tensor logsumexp(const Tensor& x, const ReduceOptions& options = {});

struct ArgmaxOptions {
  std::int64_t axis = -1;
  bool keep_dims = false;
};
// The first position of the maximum, i64; a NaN counts as the largest. No gradient.
Tensor argmax(const Tensor& x, const ArgmaxOptions& options = {});

}  // namespace logitape::inline v0
