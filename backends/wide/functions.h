// The functions of our kernels for double-double numbers, over all of double's range, with C's special values. Relative
// errors, as tests/wide/functions.cpp holds them:
//   1e-30   exp, expm1, log, log1p, sin, cos, cosh, tanh, sigmoid, erf, erfc
//   1e-28   pow, where y*log(x) is as large as 745; silu and gelu, whose argument of erfc is rounded
// Where a result is below 2^-969 its low part would be subnormal: there the error is absolute, a few 2^-1074.
// A result near 1 holds what it lacks of 1 in lo: that of sigmoid, tanh, erf and exp is good to 1e-15 of itself,
// however small it is.
#pragma once
#include "logitape/backends/wide/double2.h"

namespace logitape::inline v0::backends::wide {

Double2 exp(Double2 x);
Double2 expm1(Double2 x);
Double2 log(Double2 x);
Double2 log1p(Double2 x);
Double2 pow(Double2 x, Double2 y);
Double2 sin(Double2 x);
Double2 cos(Double2 x);
Double2 cosh(Double2 x);
Double2 tanh(Double2 x);
Double2 sigmoid(Double2 x);
Double2 erf(Double2 x);
Double2 erfc(Double2 x);

}  // namespace logitape::inline v0::backends::wide
