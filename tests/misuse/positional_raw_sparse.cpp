// must not compile: write_dot_features_and_dot_labels
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = features, .labels = labels});
}
#else
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SparseSoftmaxCrossEntropyWithLogits({features, labels});
}
#endif
