// must not compile: Required|default constructor|Arguments&
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::compat::v1::nn::softmax_cross_entropy_with_logits_v2({.labels = labels, .logits = logits});
}
#else
#pragma GCC diagnostic ignored "-Wunused-parameter"  // leave one reason to fail
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::compat::v1::nn::softmax_cross_entropy_with_logits_v2({.logits = logits});
}
#endif
