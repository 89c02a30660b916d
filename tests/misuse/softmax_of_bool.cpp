// must not compile: = delete;  // an axis is an integer; where keep_dims is meant
#include "logitape/ops/softmax.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return softmax(x, 1); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return softmax(x, true); }
#endif
