// erf and erfc of double-double numbers (Abramowitz and Stegun, 7.1.6 and 7.1.14).
//   |x| < 1: erf(x) = 2/sqrt(pi) * e^(-x^2) * (x + 2 x^3/3 + 4 x^5/15 + ...), every term of one sign
//   x >= 1:  erfc(x) = e^(-x^2)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), every term positive
// The other of the two is 1 minus this one.
#include "logitape/backends/wide/functions.h"

namespace logitape::inline v0::backends::wide {
namespace {

constexpr Double2 one_over_sqrt_pi = {0x1.20dd750429b6dp-1, 0x1.1ae3a914fed80p-57};

// e^(-x^2). The square is kept to 160 bits: at x = 26 an error of it would be 676 times as large in the result.
Double2 exp_of_minus_square(Double2 x) {
  const Double2 square = two_product(x.hi, x.hi);
  const Double2 rest = square.lo + (2 * two_product(x.hi, x.lo) + x.lo * x.lo);
  return exp(-square.hi) * exp(-rest);
}

// The terms fall by x^2/(n + 1/2) each; 40 of them for |x| = 1.
Double2 erf_near_zero(Double2 x) {
  const Double2 square = x * x;
  Double2 series = 1;
  for (int n = 40; n >= 1; --n) series = 1 + square * series / (n + 0.5);
  return scaled(one_over_sqrt_pi, 1) * exp_of_minus_square(x) * series * x;
}

// The fraction cut at level n is wrong by about e^(-2x*sqrt(2n)): 2x*sqrt(2n) = 80 leaves 1e-34.
Double2 erfc_tail(Double2 x) {
  Double2 fraction = 0;
  for (int n = 20 + static_cast<int>(800 / (x.hi * x.hi)); n >= 1; --n) fraction = n * 0.5 / (x + fraction);
  return one_over_sqrt_pi * exp_of_minus_square(x) / (x + fraction);
}

}  // namespace

Double2 erf(Double2 x) {
  if (isnan(x) || x.hi == 0) return x;
  if (std::fabs(x.hi) < 1) return erf_near_zero(x);
  const Double2 y = std::fabs(x.hi) > 28 ? Double2(1) : 1 - erfc_tail(fabs(x));
  return signbit(x) ? -y : y;
}

Double2 erfc(Double2 x) {
  if (isnan(x)) return x;
  if (x.hi < 1) return 1 - erf(x);
  return x.hi > 28 ? Double2(0) : erfc_tail(x);
}

}  // namespace logitape::inline v0::backends::wide
