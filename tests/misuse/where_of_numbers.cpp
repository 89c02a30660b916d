// must not compile: = delete;  // write where\(c, tensor\(1\.f\), 0\)
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor step(const logitape::Tensor& x) { return where(x > 0, logitape::tensor(1.f), 0); }
#else
logitape::Tensor step(const logitape::Tensor& x) { return where(x > 0, 1, 0); }
#endif
