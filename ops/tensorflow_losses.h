// TensorFlow's sigmoid cross-entropies under their own names; all arguments are named, as in ops/tensorflow.h.
// logits: f16, bf16 (computed in f32), f32 or f64. labels: probabilities of the positive class, of any numeric dtype
// (cast to logits' dtype) and of logits' shape. The losses have logits' shape and dtype. `name` labels errors.
#pragma once
#include <string_view>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/tensorflow.h"

namespace logitape::inline v0::nn {

struct SigmoidCrossEntropyArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  std::string_view name = {};
};
// loss = t*softplus(-x) + (1 - t)*softplus(x) = max(x, 0) - x*t + log(1 + exp(-|x|)).
// Gradients: sigmoid(x) - t into logits, -x into labels (in the labels' dtype).
// Errors: an empty tensor, logits that are not floating, shapes that differ. tf.nn.sigmoid_cross_entropy_with_logits.
Tensor sigmoid_cross_entropy_with_logits(const SigmoidCrossEntropyArguments& arguments);
write_dot_labels_and_dot_logits sigmoid_cross_entropy_with_logits(write_dot_labels_and_dot_logits) = delete;
template <class... More>
write_dot_labels_and_dot_logits sigmoid_cross_entropy_with_logits(const Tensor&, const Tensor&,
                                                                  const More&...) = delete;

struct WeightedCrossEntropyArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  Required<Tensor> pos_weight;
  std::string_view name = {};
};
// loss = w*t*softplus(-x) + (1 - t)*softplus(x); pos_weight w is cast to logits' dtype and broadcasts to logits' shape.
// Gradients: (1 - t)*p - w*t*(1 - p) into logits, p = sigmoid(x); w*softplus(-x) - softplus(x) into labels;
// t*softplus(-x), summed to its shape, into pos_weight.
// Errors: the same, and pos_weight that does not broadcast, or is NaN, infinite or negative.
// tf.nn.weighted_cross_entropy_with_logits.
Tensor weighted_cross_entropy_with_logits(const WeightedCrossEntropyArguments& arguments);

}  // namespace logitape::inline v0::nn
