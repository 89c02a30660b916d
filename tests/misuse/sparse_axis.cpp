// must not compile: axis
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::sparse_softmax_cross_entropy_with_logits({.labels = labels, .logits = logits});
}
#else
#pragma GCC diagnostic ignored "-Wunused-parameter"  // leave one reason to fail
auto loss(const logitape::Tensor& labels, const logitape::Tensor& logits) {
  return logitape::nn::sparse_softmax_cross_entropy_with_logits({.labels = labels, .logits = logits, .axis = 0});
}
#endif
