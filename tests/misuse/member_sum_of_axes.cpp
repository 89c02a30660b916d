// must not compile: // write sum\(x\)
#include "logitape/ops/reduce.h"

#ifndef MISUSE
logitape::Tensor total(const logitape::Tensor& x) { return sum(x, {.axes = {0}}); }
#else
auto total(const logitape::Tensor& x) { return x.sum({0}); }
#endif
