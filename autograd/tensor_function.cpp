// What a function of tensors says to a wrong number of them.
#include "logitape/autograd/tensor_function.h"

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {

void detail::wrong_count(std::size_t taken, std::size_t given) {
  fail(ErrorCode::invalid_argument, "TensorFunction", "f takes {} tensors, and is given {}", taken, given);
}

}  // namespace logitape::inline v0
