// Convolutions of images. Images are [batch, height, width, channels], as in TensorFlow. A convolution is then a
// product of matrices, and a feature is a column of it: bias and ReLU are fused as in linear(), and a bias or a scale
// per channel broadcasts as it is. From PyTorch's [batch, channels, height, width]: permute(x, {0, 2, 3, 1}); its
// weights [out, in, h, w]: permute(w, {2, 3, 1, 0}).
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// How a window moves: one number for both axes, or {down, across}.
struct Conv2dOptions {
  NamedOnly named_only = NamedOnly();
  Ints stride = 1;
  Ints padding = 0;   // zeros around the image: above and below, left and right
  Ints dilation = 1;  // from one element that the window sees to the next
  bool relu = false;  // max(0, .) in the same pass
};

// y[n, i, j, f] = sum over a, b, c of x[n, i*stride - padding + a*dilation, j*stride - padding + b*dilation, c]
//                                     * weight[a, b, c, f]   (+ bias[f]),
// x being 0 outside the image; then max(0, .) if asked. x is [batch, height, width, channels], weight [size down,
// size across, channels, features]; y has floor((height + 2*padding - dilation*(size - 1) - 1) / stride) +
// 1 rows, and columns alike. Gradients into all three. f32 and f64. The same bits as linear() of the windows' elements
// in that order. Errors: x or weight not of rank 4, channels that differ, a bias of another shape, a stride or dilation
// below 1, a negative padding, a window of no elements or larger than the padded image, dtypes that differ.
// tf.nn.conv2d.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options = {});
Tensor conv2d(const Tensor& x, const Tensor& weight, const Conv2dOptions& options = {});
// clang-format off
template <Extent I, class... More>
Tensor conv2d(const Tensor&, const Tensor&, const Tensor&, I, More...) = delete;  // write {.stride = 1} last
// clang-format on

}  // namespace logitape::inline v0
