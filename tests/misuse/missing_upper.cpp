// must not compile: Required|SolveTriangularOptions&
#include "logitape/ops/linear_algebra.h"

#ifndef MISUSE
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) {
  return logitape::solve_triangular(a, b, {.upper = false});
}
#else
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) {
  return logitape::solve_triangular(a, b, {.transpose_a = true});
}
#endif
