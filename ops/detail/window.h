// A window that slides over images, checked: what convolution and pooling share. Not installed.
#pragma once
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0::ops {

struct WindowOptions {
  Ints size, stride, padding, dilation;  // one number for both axes, or {down, across}
};

// The window over x [batch, height, width, channels] and how many outputs it has.
// Errors: x not of rank 4; options that are neither one number nor two; a size, stride or dilation below 1, a negative
// padding; a window larger than the padded image.
backends::Window window_over(const char* op, const Tensor& x, const WindowOptions& options);

// [batch, rows, columns, channels] of the outputs.
Shape outputs_of(const backends::Window& window, std::int64_t channels);

}  // namespace logitape::inline v0::ops
