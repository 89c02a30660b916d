// How good a model is.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The fraction of rows whose largest logit is the label's. logits [..., classes]; labels: class indices of logits' shape
// less the last axis. Errors: other shapes or dtypes, no rows, a label outside [0, classes), named with its row.
double accuracy(const Tensor& logits, const Tensor& labels);

}  // namespace logitape::inline v0
