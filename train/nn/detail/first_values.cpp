// Checks what initialisers return: an initialiser may be a user's own function.
#include "logitape/train/nn/detail/first_values.h"

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {

void check_first_values(const char* op, const Initialiser& initialiser, DType dtype) {
  require(is_arithmetic(dtype), ErrorCode::unsupported, op, "dtype {} is asked for; f32 or f64 is needed", dtype);
  require(static_cast<bool>(initialiser), op, "the initialiser of the weight is empty");
}

Tensor drawn(const char* op, const std::string& name, const Initialiser& initialiser, const Shape& shape,
             Generator& rng, DType dtype) {
  const Tensor values = initialiser(shape, rng, dtype);
  require(values.defined() && values.shape() == shape && values.dtype() == dtype, op,
          "the initialiser of \"{}\" returned {}; {} {} is needed", name, values, dtype, shape);
  return variable(values);
}

}  // namespace logitape::inline v0::train
