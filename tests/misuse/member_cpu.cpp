// must not compile: = delete; *// write x.to\(Device::cpu\(\)\)
#include "logitape/core/tensor.h"

#ifndef MISUSE
logitape::Tensor host(const logitape::Tensor& x) { return x.to(logitape::Device::cpu()); }
#else
auto host(const logitape::Tensor& x) { return x.cpu(); }
#endif
