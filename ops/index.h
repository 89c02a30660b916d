// Elements by index. Indices are i8, u8, i16, i32 or i64 in [0, extent): one outside is an error that names the first
// such position and value, and nothing is computed. Gradients flow into values, never into indices. The axis stands
// alone or has its name: gather(x, indices, 1), gather(x, indices, {.axis = 1}).
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"

namespace logitape::inline v0 {

// The axis that indices count along, in [-rank, rank).
struct IndexOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t axis = 0;
};

// y = x with `axis` replaced by the axes of indices: y[..., j..., ...] = x[..., indices[j...], ...]. tf.gather,
// np.take.
Tensor gather(const Tensor& x, const Tensor& indices, const IndexOptions& options = {});
Tensor gather(const Tensor& x, const Tensor& indices, Axis axis);
// base with updates added at the indices along axis, in their order: the transpose of gather. updates has the shape
// that gather(base, indices) has. Any floating dtype; f16 and bf16 are added in f32 and rounded once. Gradients into
// base and updates. tf.tensor_scatter_nd_add along one axis.
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, const IndexOptions& options = {});
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis);

// y[o, j, i] = x[o, indices[o, j, i], i]: indices has x's shape but for the axis. np.take_along_axis.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, const IndexOptions& options = {.axis = -1});
Tensor take_along_axis(const Tensor& x, const Tensor& indices, Axis axis);
// base with updates added there; updates has the shape of indices. Gradients into base and updates.
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates,
                              const IndexOptions& options = {.axis = -1});
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis);

// y[..., c] = 1 where c is the index, else 0; of any dtype. Error: classes < 1. tf.one_hot.
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::f32);

}  // namespace logitape::inline v0
