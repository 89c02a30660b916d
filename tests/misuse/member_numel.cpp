// must not compile: = delete; *// write x.size\(\)
#include "logitape/core/tensor.h"

#ifndef MISUSE
std::int64_t count(const logitape::Tensor& x) { return x.size(); }
#else
std::int64_t count(const logitape::Tensor& x) { return x.numel(); }
#endif
