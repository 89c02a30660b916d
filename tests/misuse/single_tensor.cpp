// must not compile: no matching function
#include "logitape/autograd/backward.h"

std::vector<logitape::Tensor> gradient(const logitape::Tensor& loss, const logitape::Tensor& w) {
#ifndef MISUSE
  return logitape::grad(loss, {w});
#else
  return logitape::grad(loss, w);
#endif
}
