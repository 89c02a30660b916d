// softmax and its logarithm over one axis, which stands alone or has its name: softmax(x, 1), softmax(x, {.axis = 1}).
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"

namespace logitape::inline v0 {

// The axis of the classes, in [-rank, rank).
struct SoftmaxOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t axis = -1;
};

// p = exp(x) / sum(exp(x)) along an axis, at most 4 ULP for any scale of x; probabilities below the smallest normal may
// be 0. f32 and f64, any shape of rank 1 or more; gradient p*(g - sum(g*p)).
// Errors: rank 0, an axis outside [-rank, rank), an axis without elements, another dtype. tf.nn.softmax.
Tensor softmax(const Tensor& x, const SoftmaxOptions& options = {});
Tensor softmax(const Tensor& x, Axis axis);
// log(softmax(x)), never formed as a logarithm of p. Gradient g - p*sum(g). tf.nn.log_softmax.
Tensor log_softmax(const Tensor& x, const SoftmaxOptions& options = {});
Tensor log_softmax(const Tensor& x, Axis axis);

}  // namespace logitape::inline v0
