// must not compile: values never change: make another tensor
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"

#ifndef MISUSE
logitape::Tensor with_first(const logitape::Tensor& x) {
  return logitape::where(logitape::tensor({true, false}), 2, x);
}
#else
void with_first(logitape::Tensor& x) { x[{0, 1}] = 2.f; }
#endif
