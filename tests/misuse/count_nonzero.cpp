// must not compile: = delete;  // write count\(not_equal\(x, 0\)\)
#include "logitape/ops/reduce.h"
#include "logitape/ops/elementwise.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return count(not_equal(x, 0)); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return count_nonzero(x); }
#endif
