// must not compile: = delete; *// write x.shape\(\)\[axis\]
#include "logitape/core/tensor.h"

#ifndef MISUSE
std::int64_t rows(const logitape::Tensor& x) { return x.shape()[0]; }
#else
std::int64_t rows(const logitape::Tensor& x) { return x.shape(0); }
#endif
