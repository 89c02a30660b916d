// must not compile: no .*member|does not refer to any field|Options&|no matching function
#include "logitape/ops/cross_entropy.h"

#ifndef MISUSE
auto loss(const logitape::Tensor& x, const logitape::Tensor& t) {
  return logitape::cross_entropy(x, t, {.reduction = logitape::Reduction::sum});
}
#else
auto loss(const logitape::Tensor& x, const logitape::Tensor& t) {
  return logitape::cross_entropy(x, t, {.reduce = logitape::Reduction::sum});
}
#endif
