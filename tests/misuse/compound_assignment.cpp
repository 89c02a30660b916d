// must not compile: = delete;  // write a = a \+ b
#include "logitape/ops/elementwise.h"

// values never change, so that += would be a lie: it is spelt out
#ifndef MISUSE
void accumulate(logitape::Tensor& total, const logitape::Tensor& x) { total = total + x; }
#else
void accumulate(logitape::Tensor& total, const logitape::Tensor& x) { total += x; }
#endif
