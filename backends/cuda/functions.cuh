// What is made of exp and erfc, in f64. Far below 0 the last power of two comes last: x * e^x may be normal where e^x
// is not.
#pragma once
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

constexpr double far_below = -600, zero_below = -800;  // e^x: 2^64 times it is normal; it is 0

// e^x * 2^64 for x <= far_below: 64*ln2 in two parts, the first of which is added exactly.
DEVICE double exp_times_2_64(double x) {
  constexpr double high = 64 * 6.93147180369123816490e-01, low = 64 * 1.90821492927058770002e-10;
  constexpr double rest = low * (1 + low / 2);
  const double y = exp(x + high);
  return fma(y, rest, y);
}

// 1 + e for 0 <= e <= 1, with what the sum rounds away.
struct OneAnd {
  double high, low;
  DEVICE explicit OneAnd(double e) : high(1 + e), low(e - (high - 1)) {}
  DEVICE double divide(double n) const {
    const double inverse = 1 / high, q = n * inverse;
    return fma(fma(-q, low, fma(-q, high, n)), inverse, q);
  }
  DEVICE double square() const { return fma(high, high, 2 * high * low); }
};

// 1 / (1 + e^-x); below 0 e^x / (1 + e^x), which reaches down to the smallest results.
DEVICE double sigmoid(double x) {
  const double e = exp(-fabs(x));
  return OneAnd(e).divide(x < 0 ? e : 1);
}

// x * sigmoid(x), whose limit at -infinity is -0.
DEVICE double silu(double x) {
  if (x < zero_below) return -0.0;
  return x < far_below ? x * exp_times_2_64(x) * 0x1p-64 : x * sigmoid(x);
}

// s + x*s*(1 - s) of s = sigmoid(x): with e = e^-|x|, e*(1 + e + x) / (1 + e)^2 below 0, (1 + e + x*e) / (1 + e)^2
// above.
DEVICE double silu_slope(double x) {
  if (x < zero_below) return -0.0;
  if (x < far_below) return (1 + x) * exp_times_2_64(x) * 0x1p-64;
  if (x > -zero_below) return 1;
  const double e = exp(-fabs(x));
  return (x < 0 ? e * (1 + x + e) : fma(x, e, 1 + e)) / OneAnd(e).square();
}

// 1 / cosh(x)^2 = 4*e / (1 + e)^2 of e = e^(-2*|x|)
DEVICE double sech_squared(double x) {
  const double twice = -2 * fabs(x);
  if (twice < far_below) return 4 * exp_times_2_64(twice) * 0x1p-64;
  const double e = exp(twice);
  return 4 * e / OneAnd(e).square();
}

// e^(-x^2/2) = e^(-high^2/2) * (1 + rest), where high, the upper half of x, has an exact square.
struct Gaussian {
  double exponent, rest;
  DEVICE explicit Gaussian(double x) {
    const double high = static_cast<float>(x), b = (high - x) * (x + high) / 2;
    exponent = -high * high / 2;
    rest = b * fma(b, fma(b, 1.0 / 6, 0.5), 1.0);
  }
};
DEVICE double bell(double x) {
  if (fabs(x) > 40) return 0;
  const Gaussian g(x);
  const double y = exp(g.exponent);
  return fma(y, g.rest, y);
}
DEVICE double bell_times_2_64(double x) {  // for |x| >= 37
  const Gaussian g(x);
  const double y = exp_times_2_64(g.exponent);
  return fma(y, g.rest, y);
}

constexpr double far_tail = -37;  // beyond, erfc(-x/sqrt(2)) has lost digits of gelu's
constexpr double root_2_pi = 0.39894228040143267794;

// erfc(-x/sqrt(2)): what -x/sqrt(2) rounds away would be x^2/2 ULP of the result.
DEVICE double twice_normal(double x) {
  constexpr double root = 0.70710678118654752440, root_low = -4.833646656726457e-17;
  const double t = -x * root, low = fma(-x, root, -t) - x * root_low;
  const double slope = low * 1.12837916709551257390;  // of erfc: -2/sqrt(pi) * e^(-t^2)
  return fabs(t) < 27 ? fma(-slope, exp(-t * t), erfc(t)) : erfc(t);
}

// Phi(x) * |x| / phi(x) = 1 - 1/x^2 + 3/x^4 - 15/x^6 + ... for x <= far_tail
DEVICE double tail_series(double x) {
  const double z = 1 / (x * x);
  double p = 10395;
  p = fma(p, z, -945.0);
  p = fma(p, z, 105.0);
  p = fma(p, z, -15.0);
  p = fma(p, z, 3.0);
  p = fma(p, z, -1.0);
  return fma(p, z, 1.0);
}

// x * Phi(x), whose limit at -infinity is -0.
DEVICE double gelu(double x) {
  if (x < -40) return -0.0;
  if (x < far_tail) return -root_2_pi * tail_series(x) * bell_times_2_64(x) * 0x1p-64;
  return x / 2 * twice_normal(x);
}

// Phi(x) + x*phi(x)
DEVICE double gelu_slope(double x) {
  if (x < -40) return -0.0;
  if (x > 40) return 1;
  if (x < far_tail) return root_2_pi * (x - tail_series(x) / x) * bell_times_2_64(x) * 0x1p-64;
  return fma(x * root_2_pi, bell(x), twice_normal(x) / 2);
}

}  // namespace logitape_cuda
