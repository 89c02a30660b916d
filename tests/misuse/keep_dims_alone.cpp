// must not compile: = delete;  // write \{.axes = \{0, 1\}, .keep_dims = true\}
#include "logitape/ops/reduce.h"

// a bool is no axis
#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return sum(x, {.keep_dims = true}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return sum(x, true); }
#endif
