// must not compile: where it takes a TensorList, write \{x\}
#include "logitape/ops/derivatives.h"

#ifndef MISUSE
logitape::Tensors slopes(const logitape::Tensor& x) {
  return logitape::jacobian([](logitape::TensorList in) { return in[0]; }, {x});
}
#else
logitape::Tensor slopes(const logitape::Tensor& x) {
  return logitape::jacobian([](logitape::TensorList in) { return in[0]; }, x);
}
#endif
