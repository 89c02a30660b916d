// must not compile: values never change: make another tensor
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"

#ifndef MISUSE
logitape::Tensor with_first(const logitape::Tensor& x, const logitape::Tensor& y) {
  return logitape::where(logitape::tensor({true, false}), y, x);
}
#else
void with_first(logitape::Tensor& x, const logitape::Tensor& y) { x[0] = y; }
#endif
