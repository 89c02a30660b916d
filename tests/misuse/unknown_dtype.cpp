// must not compile: logitape has no dtype for this C\+\+ type
#include "logitape/core/tensor.h"

#include <array>

#ifndef MISUSE
logitape::Tensor t = logitape::from_span(std::array<int, 1>{3}, {1});
#else
logitape::Tensor t = logitape::from_span(std::array<unsigned, 1>{3}, {1});
#endif
