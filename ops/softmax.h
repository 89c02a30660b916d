// softmax and its logarithm over one axis.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The axis of the classes, in [-rank, rank).
struct SoftmaxOptions {
  std::int64_t axis = -1;
};

// p = exp(x) / sum(exp(x)) along an axis, at most 4 ULP for any scale of x; probabilities below the smallest normal may
// be 0. f32 and f64, any shape of rank 1 or more; gradient p*(g - sum(g*p)).
// Errors: rank 0, an axis outside [-rank, rank), an axis without elements, another dtype. tf.nn.softmax.
Tensor softmax(const Tensor& x, const SoftmaxOptions& options = {});
// log(softmax(x)), never formed as a logarithm of p. Gradient g - p*sum(g). tf.nn.log_softmax.
Tensor log_softmax(const Tensor& x, const SoftmaxOptions& options = {});

}  // namespace logitape::inline v0
