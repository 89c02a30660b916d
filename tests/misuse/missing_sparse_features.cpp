// must not compile: Required|default constructor|Arguments&
#include "logitape/ops/tensorflow.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = features, .labels = labels});
}
#else
#pragma GCC diagnostic ignored "-Wunused-parameter"  // leave one reason to fail
auto loss(const logitape::Tensor& features, const logitape::Tensor& labels) {
  return logitape::raw_ops::SparseSoftmaxCrossEntropyWithLogits({.labels = labels});
}
#endif
