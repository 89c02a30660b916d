// must not compile: = delete;  // write pow\(a, 2\)
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor square(const logitape::Tensor& x) { return pow(x, 2); }
#else
logitape::Tensor square(const logitape::Tensor& x) { return x ^ 2; }
#endif
