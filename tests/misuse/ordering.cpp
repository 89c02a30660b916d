// must not compile: = delete; *// write x.item\(\); for a truth all\(x\) or any\(x\) first
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
logitape::Tensor smaller(const logitape::Tensor& a, const logitape::Tensor& b) { return where(a < b, a, b); }
#else
const logitape::Tensor& smaller(const logitape::Tensor& a, const logitape::Tensor& b) {
  if (a < b) return a;
  return b;
}
#endif
