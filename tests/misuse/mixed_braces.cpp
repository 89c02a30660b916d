// must not compile: no matching function
#include "logitape/core/tensor.h"

#ifndef MISUSE
logitape::Tensor t = logitape::tensor({1.f, 2.f});
#else
logitape::Tensor t = logitape::tensor({1, 2.f});
#endif
