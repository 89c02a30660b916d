// must not compile: = delete; *// write transpose\(x\)
#include "logitape/ops/rearrange.h"

#ifndef MISUSE
logitape::Tensor turned(const logitape::Tensor& x) { return transpose(x); }
#else
auto turned(const logitape::Tensor& x) { return x.T(); }
#endif
