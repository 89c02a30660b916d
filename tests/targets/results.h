// What targets are compared by: the results of every op of the table and of the optimisers' kernels, values and
// gradients of two orders, in every dtype that the op takes, at awkward sizes, for ordinary numbers and for special
// ones.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::tests {

struct Result {
  std::string name;  // "log_softmax (axis 0) f32, second derivatives"
  bool ordinary;     // of small tensors of ordinary numbers: those whose difference has a bound
  DType rounding;    // what the op computes in; a gradient may be handed out in a dtype with more digits
  std::vector<Tensor> arrays;
  std::string refusal;  // the error in place of arrays
};

// Calls f for each, in an order that is the same everywhere; or for one of several parts, so that processes share them.
struct Part {
  std::size_t number = 0, of = 1;
};
void for_each_result(Part part, const std::function<void(const Result&)>& f);

}  // namespace logitape::tests
