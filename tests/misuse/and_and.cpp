// must not compile: = delete;  // write a & b, of booleans
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor both(const logitape::Tensor& a, const logitape::Tensor& b) { return (a > 0) & (b < 1); }
#else
logitape::Tensor both(const logitape::Tensor& a, const logitape::Tensor& b) { return (a > 0) && (b < 1); }
#endif
