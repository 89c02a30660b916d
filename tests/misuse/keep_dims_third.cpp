// must not compile: no matching function
#include "logitape/ops/reduce.h"

// PyTorch's third argument
#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return sum(x, {.axes = {1}, .keep_dims = true}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return sum(x, 1, true); }
#endif
