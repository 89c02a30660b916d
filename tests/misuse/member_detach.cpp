// must not compile: = delete; *// write stop_gradient\(x\)
#include "logitape/autograd/record.h"

#ifndef MISUSE
logitape::Tensor constant(const logitape::Tensor& x) { return stop_gradient(x); }
#else
auto constant(const logitape::Tensor& x) { return x.detach(); }
#endif
