// must not compile: invalid initialization|could not convert|no matching function|no viable
#include "logitape/ops/pooling.h"

// the second 2 would be the stride
#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return max_pool2d(x, {.size = {2, 2}}); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return max_pool2d(x, {2, 2}); }
#endif
