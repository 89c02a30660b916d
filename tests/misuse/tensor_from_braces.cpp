// must not compile: From numbers: write tensor\(\{1\.f, 2\.f\}\)
#include "logitape/core/tensor.h"

#ifndef MISUSE
const logitape::Tensor t = logitape::tensor({1.f, 2.f});
#else
const logitape::Tensor t{1.f, 2.f};
#endif
