// must not compile: = delete;  // write variance\(x\)
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return variance(x, {.correction = 1}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return var(x); }
#endif
