// must not compile: a call that changes nothing must be const
#include "logitape/ops/elementwise.h"
#include "logitape/train/nn/module.h"

struct Twice {
#ifndef MISUSE
  logitape::Tensor operator()(const logitape::Tensor& x) const { return x * 2; }
#else
  logitape::Tensor operator()(const logitape::Tensor& x) { return x * 2; }
#endif
};
logitape::AnyModule module{Twice{}};
