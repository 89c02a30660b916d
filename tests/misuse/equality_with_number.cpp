// must not compile: = delete;  // write not_equal\(a, b\)
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor open(const logitape::Tensor& mask) { return not_equal(mask, 0); }
#else
auto open(const logitape::Tensor& mask) { return mask != 0; }
#endif
