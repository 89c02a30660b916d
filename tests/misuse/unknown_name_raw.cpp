// must not compile: no .*member|does not refer to any field|Arguments&
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SoftmaxCrossEntropyWithLogits({.features = features, .labels = labels});
}
#else
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SoftmaxCrossEntropyWithLogits({.logits = features, .labels = labels});
}
#endif
