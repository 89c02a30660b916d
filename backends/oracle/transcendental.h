// Scalar twins of the transcendental kernels, as <cmath> or the formula gives them. <cmath> has no log1p, expm1, erf
// and erfc of complex numbers: those take the formula, and the series of erf.
#pragma once
#include <cmath>
#include <complex>
#include <limits>

#include "logitape/backends/kernels.h"
#include "logitape/backends/oracle/elementwise.h"

// A table: one row a line.
// clang-format off

namespace logitape::inline v0::oracle {

template <class S> S pi() { return std::acos(S(-1)); }
template <class S> S exp(S x) { using std::exp; return exp(x); }
template <class S> S log(S x) { using std::log; return log(x); }
template <class S> S log1p(S x) { using std::log1p; return log1p(x); }
template <class T> std::complex<T> log1p(std::complex<T> x) { return std::log(T(1) + x); }
template <class S> S expm1(S x) { using std::expm1; return expm1(x); }
template <class T> std::complex<T> expm1(std::complex<T> x) { return std::exp(x) - T(1); }
template <class S> S sin(S x) { using std::sin; return sin(x); }
template <class S> S cos(S x) { using std::cos; return cos(x); }
template <class S> S tanh(S x) { using std::tanh; return tanh(x); }
template <class S> S erf(S x) { using std::erf; return erf(x); }
template <class S> S erfc(S x) { using std::erfc; return erfc(x); }
// 2/sqrt(pi) * e^(-x^2) * (x + 2 x^3/3 + 4 x^5/15 + ...): on the real line no term cancels another.
template <class T> std::complex<T> erf(std::complex<T> x) {
  std::complex<T> term = x, sum = x;
  for (int n = 1; n < 400; ++n) sum += term *= T(2) * x * x / T(2 * n + 1);
  return T(2) / std::sqrt(pi<T>()) * std::exp(-x * x) * sum;
}
template <class T> std::complex<T> erfc(std::complex<T> x) { return T(1) - erf(x); }
template <class S> S pow(S x, S y) { using std::pow; return pow(x, y); }

// A Scalar of two doubles overflows as a double does, in e^-x: it brings sigmoid and silu of its own.
template <class S> S sigmoid(S x) { return S(1) / (S(1) + exp(-x)); }

// silu and gelu go to -0 at -infinity, where their formulas are -infinity * 0.
template <class S> S silu(S x) {
  return real_of(x) == -std::numeric_limits<double>::infinity() ? S(-0.0) : x / (S(1) + exp(-x));
}
template <class S> S gelu(S x) {
  return real_of(x) == -std::numeric_limits<double>::infinity() ? S(-0.0) : x / S(2) * erfc(-x / sqrt(S(2)));
}

// Slopes. Far below 0 the slopes that vanish are -0: a negative number that is too small.
template <class S> S sech_squared(S x) { using std::cosh; const S c = cosh(x); return S(1) / c / c; }
template <class S> S bell(S x) {  // of x = high + low, high*high is whole: the rounding of x*x would cost x^2/2 ULP
  const S high = S(static_cast<double>(static_cast<float>(real_of(x)))), low = x - high;
  return fabs(real_of(x)) < 1e4 ? exp(-high * high / S(2)) * exp(-low * (x + high) / S(2)) : exp(-x * x / S(2));
}
template <class S> S gelu_slope(S x) {
  if (fabs(real_of(x)) > 140) return real_of(x) < 0 ? S(-0.0) : S(1);
  return erfc(-x / sqrt(S(2))) / S(2) + x * bell(x) / sqrt(S(2) * pi<S>());
}
template <class S> S silu_slope(S x) {
  if (fabs(real_of(x)) > 11000) return real_of(x) < 0 ? S(-0.0) : S(1);
  const S e = real_of(x) < 0 ? exp(x) : exp(-x), q = S(1) + e;
  return (real_of(x) < 0 ? e * (q + x) : q + x * e) / (q * q);
}

template <class S>
void fill_transcendental(backends::Kernels& k) {
  k.exp = unary<S, exp<S>>;
  k.log = unary<S, log<S>>;
  k.log1p = unary<S, log1p<S>>;
  k.expm1 = unary<S, expm1<S>>;
  k.sin = unary<S, sin<S>>;
  k.cos = unary<S, cos<S>>;
  k.tanh = unary<S, tanh<S>>;
  k.sigmoid = unary<S, sigmoid<S>>;
  k.erf = unary<S, erf<S>>;
  k.erfc = unary<S, erfc<S>>;
  k.gelu = unary<S, gelu<S>>;
  k.silu = unary<S, silu<S>>;
  k.sech_squared = unary<S, sech_squared<S>>;
  k.bell = unary<S, bell<S>>;
  k.gelu_slope = unary<S, gelu_slope<S>>;
  k.silu_slope = unary<S, silu_slope<S>>;
  k.pow = binary<S, pow<S>>;
}

}  // namespace logitape::inline v0::oracle
