// must not compile: write_from_span_with_a_shape
#include <vector>

#include "logitape/core/tensor.h"

logitape::Tensor of(const std::vector<float>& values) {
#ifndef MISUSE
  return logitape::from_span(values, {2, 2});
#else
  return logitape::tensor(values);
#endif
}
