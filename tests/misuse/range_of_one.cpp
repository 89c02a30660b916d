// must not compile: write range\(0, end\), or range\(begin, none\)
#include "logitape/ops/index.h"

#ifndef MISUSE
logitape::Tensor first(const logitape::Tensor& x) { return x[logitape::range(0, 3)]; }
#else
logitape::Tensor first(const logitape::Tensor& x) { return x[logitape::range(3)]; }
#endif
