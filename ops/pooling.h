// Pooling: each channel of an image, summed up window by window. Images are [batch, height, width, channels].
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The window: one number for both axes, or {down, across}.
struct PoolOptions {
  NamedOnly named_only = NamedOnly();
  Ints size = 2;
  Ints stride = {};  // none given: the size, so that windows stand side by side
  Ints padding = 0;  // below the size, so that every window sees a part of the image
};

// y[n, i, j, c] = the largest of x[n, i*stride - padding + a, j*stride - padding + b, c] over a and b inside the image;
// y has floor((height + 2*padding - size) / stride) + 1 rows, and columns alike. NaN if any element is NaN. f32 and
// f64. The gradient goes to the first largest of each window, to the first NaN if there is one. Errors: x not of rank
// 4, a size or stride below 1, a padding outside [0, size), a window larger than the padded image. tf.nn.max_pool2d.
Tensor max_pool2d(const Tensor& x, const PoolOptions& options = {});

// y = the window's sum / its size: padding counts as zeros, as in torch.nn.AvgPool2d. Shapes and errors as in
// max_pool2d. The mean of the whole image is mean(x, {.axes = {1, 2}}).
Tensor avg_pool2d(const Tensor& x, const PoolOptions& options = {});

// clang-format off
template <Extent I, class... More>
Tensor max_pool2d(const Tensor& x, I size, More...) = delete;  // write max_pool2d(x, {.size = 2, .stride = 2})
template <Extent I, class... More>
Tensor avg_pool2d(const Tensor& x, I size, More...) = delete;  // write avg_pool2d(x, {.size = 2, .stride = 2})
// clang-format on

}  // namespace logitape::inline v0
