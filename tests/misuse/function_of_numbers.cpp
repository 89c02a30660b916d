// must not compile: f has to take a TensorList, or the tensors one by one, and to return a Tensor
#include "logitape/ops/derivatives.h"

#ifndef MISUSE
logitape::Tensors slopes(const logitape::Tensor& x) {
  return logitape::jacobian([](logitape::TensorList in) { return in[0]; }, {x});
}
#else
logitape::Tensors slopes(const logitape::Tensor& x) {
  return logitape::jacobian([](double at) { return at; }, {x});
}
#endif
