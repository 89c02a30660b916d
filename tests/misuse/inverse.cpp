// must not compile: = delete;  // write solve\(a, b\) for inverse\(a\)
#include "logitape/ops/linear_algebra.h"

#ifndef MISUSE
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) { return logitape::solve(a, b); }
#else
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) { return logitape::inverse(a) * b; }
#endif
