// must not compile: = delete; *// write reshape\(x, \{2, 3\}\)
#include "logitape/ops/rearrange.h"

#ifndef MISUSE
logitape::Tensor flat(const logitape::Tensor& x) { return reshape(x, {-1}); }
#else
auto flat(const logitape::Tensor& x) { return x.reshape(-1); }
#endif
