// must not compile: = delete;  // write norm\(x, \{.axes = \{1\}\}\)
#include "logitape/ops/reduce.h"

// NumPy's and PyTorch's second argument is the order
#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return norm(x, {.axes = {1}}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return norm(x, 1); }
#endif
