// must not compile: NamedOnly|SolveTriangularOptions&
#include "logitape/ops/linear_algebra.h"

#ifndef MISUSE
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) {
  return logitape::solve_triangular(a, b, {.upper = true});
}
#else
auto solution(const logitape::Tensor& a, const logitape::Tensor& b) { return logitape::solve_triangular(a, b, {true}); }
#endif
