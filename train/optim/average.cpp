// Computed by public ops that nothing records. An average of parameters is a leaf, as they are.
#include "logitape/train/optim/average.h"

#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {

ModelValues averaged(const ModelValues& average, const ModelValues& now, double decay, std::int64_t step) {
  train::require_below_1("averaged", "decay", decay);
  if (average.parameters.empty()) return now;
  const auto n = static_cast<double>(step);
  const double d = std::min(decay, (1 + n) / (10 + n));
  const NoGrad guard;
  ModelValues next;
  for (std::size_t i = 0; i < now.parameters.size(); ++i)
    next.parameters.push_back(variable(average.parameters[i] * d + now.parameters[i] * (1 - d)));
  for (std::size_t i = 0; i < now.buffers.size(); ++i) {
    const Tensor& b = now.buffers[i];
    next.buffers.push_back(b.defined() && is_arithmetic(b.dtype()) ? average.buffers[i] * d + b * (1 - d) : b);
  }
  return next;
}

}  // namespace logitape::inline v0
