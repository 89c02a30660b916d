// Elements by index. Tensors of indices are i8, u8, i16, i32 or i64 in [0, extent): one outside is an error that names
// the first such position and value, and nothing is computed. Gradients flow into values, never into indices. The axis
// stands alone or has its name: gather(x, indices, 1), gather(x, indices, {.axis = 1}).
#pragma once
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"

namespace logitape::inline v0 {

// A position along an axis, -1 the last one; or none.
struct Place {
  Place() = default;
  template <Extent I>
  Place(I position)
      : value(std::is_signed_v<I> || static_cast<std::uint64_t>(position) >> 63 == 0  // -1u is no -1
                  ? static_cast<std::int64_t>(position)
                  : std::numeric_limits<std::int64_t>::max()) {}
  Place(Place (*)()) {}  // none, written without ()
  std::optional<std::int64_t> value;
};
// Where a range begins or ends when nothing else is said: at the first element or after the last, by the step's sign.
inline Place none() { return {}; }

// begin, begin + step, ... before end: Python's begin:end:step, and Slice(begin, end, step) of libtorch.
struct Range {
  Place begin, end;
  std::int64_t step = 1;
};
inline Range range(Place begin, Place end, std::int64_t step = 1) { return {begin, end, step}; }
// clang-format off
Range range(Place end) = delete;  // write range(0, end), or range(begin, none)
// clang-format on
inline Range all() { return {}; }  // Python's ":"

// The entry for one axis: a position, which drops the axis, or a range.
struct Subscript {
  template <Extent I>
  Subscript(I position) : range{position, {}}, drops(true) {}
  Subscript(const Range& r) : range(r) {}
  Subscript(Range (*)()) {}  // all, written without ()
  Range range;               // for a position: begins there
  bool drops = false;
};

// The part of x that `at` names, one entry per axis from the first on; other axes are taken whole. Any dtype.
//   x[1], x[-1]; x[i][j] or x[{i, j}]           x[1], x[-1]; x[i, j]          in NumPy
//   x[range(1, -1)], x[range(2, none)]          x[1:-1], x[2:]
//   x[{all, 0}], x[{1, range(none, none, 2)}]   x[:, 0], x[1, ::2]
//   x[range(none, none, -1)]                    x[::-1]
//   x[{all, all, 0}], unsqueeze(x, 0)           x[..., 0], x[None]
//   x[tensor({2, 0})], x[x0 > 0]                x[[2, 0]], x[x0 > 0]          gather and boolean_mask, below
// The values are copied, so x[i] costs what x[i] holds; gradients into x are 0 elsewhere, and cost what x holds.
// Errors: more entries than axes; a position or an end outside the axis (NumPy cuts such ends off); step 0.
Tensor index(const Tensor& x, std::span<const Subscript> at);
Tensor index(const Tensor& x, std::initializer_list<Subscript> at);
// x[begin:end] and x[:, begin:end] of NumPy, negative ones and none as in range. Gradients and errors of index.
Tensor rows(const Tensor& x, Place begin, Place end);
Tensor columns(const Tensor& x, Place begin, Place end);
// The slices of x where mask is true, in their order: [count, ...]. The axes of mask, a boolean, are the first of x,
// and become one. Gradients into x. Errors: another dtype, other extents. tf.boolean_mask, NumPy's x[mask];
// torch.masked_select where the shapes are equal.
Tensor boolean_mask(const Tensor& x, const Tensor& mask);

// The axis that indices count along, in [-rank, rank).
struct IndexOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t axis = 0;
};

// y = x with `axis` replaced by the axes of indices: y[..., j..., ...] = x[..., indices[j...], ...]. tf.gather,
// np.take, torch.index_select; torch.gather is take_along_axis, below.
Tensor gather(const Tensor& x, const Tensor& indices, const IndexOptions& options = {});
Tensor gather(const Tensor& x, const Tensor& indices, Axis axis);
// clang-format off
Tensor gather(const Tensor& x, Axis axis, const Tensor& index) = delete;  // write take_along_axis(x, indices, 1)
// clang-format on
// base with updates added at the indices along axis, in their order: the transpose of gather. updates has the shape
// that gather(base, indices) has. Any floating dtype; f16 and bf16 are added in f32 and rounded once. Gradients into
// base and updates. tf.tensor_scatter_nd_add along one axis.
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, const IndexOptions& options = {});
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis);

// y[o, j, i] = x[o, indices[o, j, i], i]: indices has x's shape except along the axis. np.take_along_axis,
// torch.gather.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, const IndexOptions& options = {.axis = -1});
Tensor take_along_axis(const Tensor& x, const Tensor& indices, Axis axis);
// base with updates added there; updates has the shape of indices. Gradients into base and updates.
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates,
                              const IndexOptions& options = {.axis = -1});
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis);

// y[..., c] = 1 where c is the index, else 0; of any dtype. Error: classes < 1. tf.one_hot.
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::f32);

}  // namespace logitape::inline v0
