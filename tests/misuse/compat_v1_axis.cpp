// must not compile: axis
#include "logitape/ops/tensorflow.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::compat::v1::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits, .dim = 0});
}
#else
#pragma GCC diagnostic ignored "-Wunused-parameter"  // leave one reason to fail
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::compat::v1::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits, .axis = 0});
}
#endif
