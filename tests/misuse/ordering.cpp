// must not compile: no match for .operator<|invalid operands
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor smaller(const logitape::Tensor& a, const logitape::Tensor& b) { return logitape::less(a, b); }
#else
bool smaller(const logitape::Tensor& a, const logitape::Tensor& b) { return a < b; }
#endif
