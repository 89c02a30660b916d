// The refusal to use a parameter that has no value yet.
#include "logitape/train/nn/parameter.h"

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {

const Tensor& initialised(const char* op, const Parameter& parameter) {
  require(parameter.value.defined(), op, "parameter \"{}\" is not initialised: call initialise(rng) first",
          parameter.name);
  return parameter.value;
}

}  // namespace logitape::inline v0
