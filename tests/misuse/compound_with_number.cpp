// must not compile: = delete;  // write a = a \* b
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
void halve(logitape::Tensor& x) { x = x * 0.5; }
#else
void halve(logitape::Tensor& x) { x *= 0.5; }
#endif
