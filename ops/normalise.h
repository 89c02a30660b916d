// Normalisation: numbers shifted and scaled to mean 0 and variance 1, over the axes of an example or over a batch.
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The axes, which have to be neighbours, and a number that prevents a division by a variance of 0.
struct NormaliseOptions {
  NamedOnly named_only = NamedOnly();
  Ints axes = -1;
  double epsilon = 1e-5;  // above 0
};

// The axes normalised over stay in mean and variance, with extent 1.
struct Normalised {
  Tensor y, mean, variance;
};

// mean = mean(x), variance = mean((x - mean)^2), y = (x - mean) / sqrt(variance + epsilon), over the axes; computed in
// two passes in f64 and rounded once. No square overflows: y and its gradient are right where the variance is beyond
// the dtype. Gradients from all three into x. f32 and f64. tf.nn.moments, and what its results are for. Errors: axes
// that are not neighbours or have no elements, an axis outside [-rank, rank) or named twice, an epsilon that is not
// above 0.
Normalised normalise(const Tensor& x, const NormaliseOptions& options = {});

// A number that prevents a division by a variance of 0.
struct NormOptions {
  NamedOnly named_only = NamedOnly();
  double epsilon = 1e-5;  // above 0
};

// y = normalise(x).y * weight + bias, over the last axes: as many as weight has. weight and bias have the shape of
// those axes. Gradients into all three. Errors: shapes that differ, those of normalise(). Ba, Kiros, Hinton, "Layer
// normalization", 2016.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormOptions& options = {});

// y = normalise(x, {.axes = all but the last}).y * weight + bias, each a number per channel, along the last axis of x;
// with the mean and variance of the same: what a network computes in training. One kernel makes the gradients into x,
// weight and bias. Errors: x of less than two axes, shapes other than [channels], those of normalise(). Ioffe, Szegedy,
// "Batch normalization", 2015.
Normalised batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormOptions& options = {});

// y = (x - mean) * weight / sqrt(variance + epsilon) + bias for known mean and variance, each a number per channel,
// along the last axis of x: what a trained network computes. Gradients into all five. Errors: shapes other than
// [channels], an epsilon that is not above 0. tf.nn.batch_normalization.
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight, const Tensor& bias,
                  const NormOptions& options = {});

}  // namespace logitape::inline v0
