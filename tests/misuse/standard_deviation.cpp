// must not compile: = delete;  // write standard_deviation\(x\)
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return logitape::standard_deviation(x, 1); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return logitape::std(x, 1); }
#endif
