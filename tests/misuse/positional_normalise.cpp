// must not compile: invalid initialization|could not convert|no matching function|no viable
#include "logitape/ops/normalise.h"

// 1 would be epsilon
#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return normalise(x, {.axes = {0, 1}}).y; }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return normalise(x, {0, 1}).y; }
#endif
