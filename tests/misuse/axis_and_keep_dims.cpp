// must not compile: = delete;  // write \{.axes = \{0, 1\}, .keep_dims = true\}
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return mean(x, {.axes = {1}, .keep_dims = true}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return mean(x, {1, true}); }
#endif
