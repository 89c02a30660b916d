// must not compile: invalid initialization|could not convert|no matching function|no viable
#include "logitape/autograd/check/gradcheck.h"

// 3 would be the order
#ifndef MISUSE
inline auto deep(const logitape::TensorFunction& f, const logitape::Tensor& x) {
  return check_gradients(f, {x}, {.order = 3});
}
#else
inline auto deep(const logitape::TensorFunction& f, const logitape::Tensor& x) { return check_gradients(f, {x}, {3}); }
#endif
