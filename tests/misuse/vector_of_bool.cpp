// must not compile: ask for std::uint8_t
#include "logitape/core/tensor.h"

#ifndef MISUSE
auto values(const logitape::Tensor& t) { return t.to_vector<std::uint8_t>(); }
#else
auto values(const logitape::Tensor& t) { return t.to_vector<bool>(); }
#endif
