// The everyday loss. TensorFlow's names for it are in ops/tensorflow.h.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

enum class Reduction { none, mean, sum };

struct CrossEntropyOptions {
  Reduction reduction = Reduction::mean;
};

// With S = sum of t over the classes and p = softmax(x): loss = S*lse(x) - sum(t*x) along the last axis, a value a row.
// logits x: [..., classes], f32 or f64. targets t: probabilities of logits' shape and dtype, of any mass, or class
// indices of logits' shape less the last axis. none gives every row's loss, mean and sum reduce them to a scalar; the
// mean of no rows is 0.
// Gradients: S*p - t into logits; lse(x) - x into targets that are probabilities. A logit of -inf whose label is 0 is a
// class masked out. A row with a NaN or +inf logit, or with -inf only, is NaN.
// Errors: rank 0, no classes, another dtype or shape, an index outside [0, classes), which is named with its row.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

// cross_entropy(linear(hidden, weight, bias), targets): hidden [..., in], weight [in, classes], bias [classes] or none.
// Gradients into hidden, weight, bias and probability targets. Errors: those of linear and of cross_entropy.
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets, const CrossEntropyOptions& options = {});
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace logitape::inline v0
