// must not compile: = delete; *// write sum\(x\)
#include "logitape/ops/reduce.h"

#ifndef MISUSE
logitape::Tensor total(const logitape::Tensor& x) { return sum(x); }
#else
auto total(const logitape::Tensor& x) { return x.sum(); }
#endif
