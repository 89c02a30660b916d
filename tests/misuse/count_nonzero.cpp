// must not compile: = delete;  // write count\(not_equal\(x, 0\)\)
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

#ifndef MISUSE
inline logitape::Tensor result(const logitape::Tensor& x) { return count(not_equal(x, 0)); }
#else
inline logitape::Tensor result(const logitape::Tensor& x) { return count_nonzero(x); }
#endif
