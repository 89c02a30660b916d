// must not compile: Required|default constructor|Arguments&
#include "logitape/ops/tensorflow_losses.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits, const logitape::Tensor& weight) {
  return logitape::nn::weighted_cross_entropy_with_logits({.labels = labels, .logits = logits, .pos_weight = weight});
}
#else
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::weighted_cross_entropy_with_logits({.labels = labels, .logits = logits});
}
#endif
