// must not compile: write_from_span_with_a_shape
#include "logitape/core/tensor.h"

inline constexpr float four[] = {1, 2, 3, 4};
#ifndef MISUSE
const logitape::Tensor matrix = logitape::from_span(four, {2, 2});
#else
const logitape::Tensor matrix = logitape::tensor(four);
#endif
