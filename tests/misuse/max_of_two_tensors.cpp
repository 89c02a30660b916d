// must not compile: = delete;  // write maximum\(a, b\)
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return maximum(x, x); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return max(x, x); }
#endif
