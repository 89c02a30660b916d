// must not compile: no match for|no viable
#include "logitape/ops/index.h"

#ifndef MISUSE
logitape::Tensor half(const logitape::Tensor& x) { return x[x.shape()[0] / 2]; }
#else
logitape::Tensor half(const logitape::Tensor& x) { return x[static_cast<double>(x.shape()[0]) / 2]; }
#endif
