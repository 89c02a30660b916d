// must not compile: = delete; *// leave it out: grad
#include "logitape/core/tensor.h"

#ifndef MISUSE
std::optional<logitape::Tensor> slot(const logitape::Tensor& w) { return w.grad(); }
#else
void clear(const logitape::Tensor& w) { w.zero_grad(); }
#endif
