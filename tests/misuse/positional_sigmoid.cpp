// must not compile: write_dot_labels_and_dot_logits
#include "logitape/ops/tensorflow_losses.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::sigmoid_cross_entropy_with_logits({.labels = labels, .logits = logits});
}
#else
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::sigmoid_cross_entropy_with_logits({labels, logits});
}
#endif
