// Tensors from nothing. Error of all that take a shape: more bytes than there are.
#pragma once
#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The same number everywhere; _like: with the shape, dtype and device of x.
Tensor zeros(const Shape& shape, DType dtype = DType::f32);
Tensor ones(const Shape& shape, DType dtype = DType::f32);
// Error: the dtype cannot hold the value (2.5 as i32, 300 as u8); floating dtypes round it.
Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
// 0, 1, ... n-1. Error: n < 0.
Tensor arange(std::int64_t n, DType dtype = DType::i64);
// start, start + step, ... before stop. Errors: step 0 or not finite; a value that the dtype cannot hold.
Tensor arange(double start, double stop, double step = 1, DType dtype = DType::f32);

// Numbers of the generator's stream, which moves on: the same on every machine, for any number of threads. f32 or f64.
Tensor randn(const Shape& shape, Generator& rng, DType dtype = DType::f32);    // normal, mean 0, variance 1
Tensor uniform(const Shape& shape, Generator& rng, DType dtype = DType::f32);  // in [0, 1)

// Another dtype: floats to integers truncate and saturate, NaN to 0; anything but 0 is true. Differentiable between
// floating dtypes; the gradient is rounded to the input's dtype.
Tensor cast(const Tensor& x, DType dtype);

// x with each element zero with probability `rate`, else divided by 1 - rate. The gradient meets the same mask.
// Error: rate outside [0, 1).
Tensor dropout(const Tensor& x, double rate, Generator& rng);

}  // namespace logitape::inline v0
