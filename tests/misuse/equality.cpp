// must not compile: = delete;  // write equal\(a, b\)
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor same(const logitape::Tensor& a, const logitape::Tensor& b) { return equal(a, b); }
#else
auto same(const logitape::Tensor& a, const logitape::Tensor& b) { return a == b; }
#endif
