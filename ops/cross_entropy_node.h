// The node behind every entry of the family. Not installed.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

struct LossAndGradient {
  Tensor loss;
  Tensor gradient;  // raw: backprop. Otherwise made only where the logits need one.
};

enum class LossShape { rows, scalar };
enum class Gradient { where_needed, always };

// logits [rows, classes]; labels [rows, classes] of the same dtype, or indices [rows]. LossShape::scalar gives
// scale * (sum of the rows' losses), with scale * (S*p - t) made in the same pass.
LossAndGradient softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels, LossShape shape, double scale = 1,
                                      Gradient gradient = Gradient::where_needed);

// The same per row, with TensorFlow's backprop p - t, differentiable, in the place of the gradient.
LossAndGradient raw_softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels);

}  // namespace logitape::inline v0::ops
