// must not compile: convert|not contextually
#include "logitape/core/tensor.h"

#ifndef MISUSE
bool present(const logitape::Tensor& a) { return a.defined(); }
#else
bool present(const logitape::Tensor& a) { return a ? true : false; }
#endif
