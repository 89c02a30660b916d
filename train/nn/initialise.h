// First values for weights, drawn so that signals keep their size from layer to layer.
// A weight is [..., fan_out]; fan_in is the product of all its other extents: [in, out] for a Linear.
// Errors of all: rank below 2, an extent of 0, a dtype other than f32 and f64.
#pragma once
#include <functional>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Uniform in [-b, b), b = sqrt(6 / fan_in): variance 2 / fan_in, which relu halves. He, Zhang, Ren, Sun, "Delving deep
// into rectifiers", 2015.
Tensor kaiming_uniform(const Shape& shape, Generator& rng, DType dtype = DType::f32);
// Normal, mean 0, variance 2 / fan_in. The same paper.
Tensor kaiming_normal(const Shape& shape, Generator& rng, DType dtype = DType::f32);
// Uniform in [-b, b), b = sqrt(6 / (fan_in + fan_out)): variance 2 / (fan_in + fan_out), a compromise between the
// forward and the backward pass. For tanh and similar functions. Glorot, Bengio, "Understanding the difficulty of
// training deep feedforward neural networks", 2010.
Tensor xavier_uniform(const Shape& shape, Generator& rng, DType dtype = DType::f32);
// Normal, mean 0, variance 2 / (fan_in + fan_out). The same paper.
Tensor xavier_normal(const Shape& shape, Generator& rng, DType dtype = DType::f32);

// Any of the above, or a function of one's own.
using Initialiser = std::function<Tensor(const Shape&, Generator&, DType)>;

}  // namespace logitape::inline v0
