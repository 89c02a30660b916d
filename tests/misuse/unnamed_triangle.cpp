// must not compile: = delete;  // write \{\.upper = true\}
#include "logitape/ops/linear_algebra.h"

#ifndef MISUSE
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) {
  return logitape::solve_triangular(a, b, {.upper = false});
}
#else
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) { return logitape::solve_triangular(a, b); }
#endif
