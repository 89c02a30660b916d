// must not compile: = delete;  // write \{.axis = 1, .keep_dims = true\}
#include "logitape/ops/softmax.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return softmax(x, 1); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return softmax(x, true); }
#endif
