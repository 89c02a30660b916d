// must not compile: where keep_dims is meant, write \{.axis = 1, .keep_dims = true\}
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return argmax(x, {.axis = 1, .keep_dims = true}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return argmax(x, {1, true}); }
#endif
