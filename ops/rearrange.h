// The same elements in another order or shape, of any dtype. Gradients flow back to where each element came from.
// Errors of all: an empty tensor, an axis outside [-rank, rank), a rank above 8.
#pragma once
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"

namespace logitape::inline v0 {

// The same bytes under another shape; one extent may be -1 and is worked out. Error: the sizes differ.
Tensor reshape(const Tensor& x, const Ints& shape);
// The axes from `first` to the last become one: flatten(x) is a vector, flatten(x, 1) keeps axis 0. A scalar becomes a
// vector of one. np.ravel, torch.flatten.
Tensor flatten(const Tensor& x, Axis first = 0);
// x without its axes of extent 1, or without those named. Error: an axis of another extent. np.squeeze, tf.squeeze.
Tensor squeeze(const Tensor& x);
Tensor squeeze(const Tensor& x, const Axes& axes);
// x with a new axis of extent 1, at `axis` of the result: in [-rank - 1, rank]. np.expand_dims, tf.expand_dims.
Tensor unsqueeze(const Tensor& x, Axis axis);
// Axis i of the result is axis order[i] of x; order names each axis once.
Tensor permute(const Tensor& x, const Ints& order);
// Swaps two axes, the last two if none are named.
Tensor transpose(const Tensor& x, std::int64_t axis0 = -2, std::int64_t axis1 = -1);
// x repeated along axes of extent 1 and along new leading axes. Error: x does not broadcast to the shape.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
// The inverse: sums over the axes that broadcasting would have repeated. Any floating dtype; f16 and bf16 are summed in
// f32 and rounded once.
Tensor sum_to(const Tensor& x, const Shape& shape);
// x[begin[0] : begin[0]+size[0], ...], every axis named; size -1 goes to the end. Error: beyond the extents. index.h
// has ranges that count from the end, and steps.
Tensor slice(const Tensor& x, const Ints& begin, const Ints& size);
// x with before[i] and after[i] elements of `value` around axis i.
Tensor pad(const Tensor& x, const Ints& before, const Ints& after, double value = 0);
// One after another along an axis; all other extents, and the dtypes, are equal. Error: none given.
Tensor concat(TensorList parts, Axis axis = 0);
// Side by side along a new axis; all shapes are equal.
Tensor stack(TensorList parts, Axis axis = 0);

// clang-format off
Tensor concat(const Tensor& a, const Tensor& b, const auto&...) = delete;  // write concat({a, b})
Tensor stack(const Tensor& a, const Tensor& b, const auto&...) = delete;   // write stack({a, b})
Tensor transpose(const Tensor& x, const Ints& order) = delete;             // write permute(x, {1, 0})
Tensor transpose(const Tensor& x, std::same_as<bool> auto axis, const auto&...) = delete;  // an axis is an integer
// clang-format on

}  // namespace logitape::inline v0
