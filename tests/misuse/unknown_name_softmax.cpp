// must not compile: no .*member|does not refer to any field|Arguments&
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits});
}
#else
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::softmax_cross_entropy_with_logits({.labels = labels, .features = logits});
}
#endif
