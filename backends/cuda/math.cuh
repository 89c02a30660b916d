// Exponentials and logarithms of IEEE operations alone, the CPU's formulas and coefficients (backends/cpu/math-inl.h):
// at most 1 ULP wrong. CUDA's own functions take as long and promise less.
#pragma once
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

// log2 e, ln 2, and ln 2 in two parts so that a whole number times the first is exact (Cephes, fdlibm).
template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  using Bits = int32_t;
  static constexpr int mantissa = 23, bias = 127, headroom = 32;
  static constexpr float direct_limit = 256, log2_e = 1.44269504f, ln2 = 0.693147181f;
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
};
template <>
struct ExpConstants<double> {
  using Bits = int64_t;
  static constexpr int mantissa = 52, bias = 1023, headroom = 64;
  static constexpr double direct_limit = 2048, log2_e = 1.44269504088896340736, ln2 = 0.69314718055994530942;
  static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
};

// (e^r - 1 - r) / r^2 on |r| <= ln2/2.
__device__ inline float exp_polynomial(float r) {
  float y = 0.001381459879f;
  y = fma(y, r, 0.008368716575f);
  y = fma(y, r, 0.04166838899f);
  y = fma(y, r, 0.1666652113f);
  return fma(y, r, 0.4999999404f);
}
__device__ inline double exp_polynomial(double r) {
  double y = 2.5000059256054842e-08;
  y = fma(y, r, 2.7630248379742436e-07);
  y = fma(y, r, 2.7557586380882427e-06);
  y = fma(y, r, 2.480149309892918e-05);
  y = fma(y, r, 0.0001984126950657133);
  y = fma(y, r, 0.001388888894363005);
  y = fma(y, r, 0.008333333333494465);
  y = fma(y, r, 0.04166666666653016);
  y = fma(y, r, 0.16666666666666413);
  return fma(y, r, 0.5000000000000011);
}

__device__ inline double exp_of(double x);

// e^x * 2^(headroom - k) for x <= max, k = rint(max * log2 e): at most 1.5 * 2^headroom, and 0 below the smallest
// normal number. x itself is reduced, since x - max would be rounded; but the maximum is subtracted first where it is
// so large that this is exact. The headroom keeps the small elements of a confident row, which are its loss.
template <class T>
struct ScaledExp {
  using C = ExpConstants<T>;
  T shift, k, lowest;

  __device__ explicit ScaledExp(T max) {
    shift = fabs(max) <= C::direct_limit ? T(0) : max;
    k = rint((max - shift) * C::log2_e);
    lowest = (k - T(C::bias + C::headroom)) * C::ln2;  // where the exponent's field is 0
  }
  __device__ T operator()(T x) const {
    const T z = fmax(x - shift, lowest), n = rint(z * C::log2_e);
    const T r = fma(n, -C::ln2_low, fma(n, -C::ln2_high, z));
    const T e = fma(fma(exp_polynomial(r), r, T(1)), r, T(1));
    const auto field = static_cast<typename C::Bits>(n - k) + (C::bias + C::headroom);
    return e * as<T>(static_cast<typename C::Bits>(field << C::mantissa));
  }
  // The same of the maximum, 2^headroom * e^r with r = max - k*ln2, as 1 + r and a small rest: every element is divided
  // by it.
  __device__ double top(T max) const {
    using D = ExpConstants<double>;
    constexpr double two_32 = 4294967296;
    const double minus_k = -static_cast<double>(k), high = fma(minus_k, D::ln2_high, static_cast<double>(max - shift));
    const double r = fma(minus_k, D::ln2_low, high), r_low = fma(minus_k, D::ln2_low, high - r);
    const double begin = 1 + r, rest = fma(r * r, exp_polynomial(r), (r - (begin - 1)) + r_low);
    return (begin + rest) * two_32 * (C::headroom == 64 ? two_32 : 1.0);
  }
  // What a power of this scale is multiplied by to be one of another, of a larger maximum; f32.
  __device__ double in_scale_of(const ScaledExp& other) const {
    return exp_of(static_cast<double>(shift) - static_cast<double>(other.shift)) *
           as<double>((static_cast<int64_t>(k - other.k) + ExpConstants<double>::bias) << 52);
  }
};

// e^x of x <= 0.
__device__ inline double exp_of(double x) { return ScaledExp<double>(0)(x) * 0x1p-64; }

// The same of halves, in 3 instructions: x - max is right to far more digits than they have.
struct HalfExp {
  float shift;

  __device__ explicit HalfExp(float max) : shift(max) {}
  __device__ float operator()(float x) const {
    return ex2_approx(fma(x - shift, ExpConstants<float>::log2_e, static_cast<float>(ExpConstants<float>::headroom)));
  }
  __device__ double top(float) const { return 4294967296; }  // 2^headroom
  __device__ double in_scale_of(const HalfExp& other) const {
    return exp_of(static_cast<double>(shift) - static_cast<double>(other.shift));
  }
};

// a + b = high + low exactly, for any two finite numbers (Knuth).
struct TwoParts {
  double high, low;
};
__device__ inline TwoParts two_sum(double a, double b) {
  const double high = a + b, b_in_sum = high - a;
  return {high, (a - (high - b_in_sum)) + (b - b_in_sum)};
}

// log(x.high + x.low) for a normal x.high with a small x.low: k*ln2 + log(1+f), as in fdlibm.
__device__ inline double log_of(TwoParts x) {
  using C = ExpConstants<double>;
  constexpr int64_t root_half = 0x3fe6a09e667f3bcd;  // its exponent goes up where the significand has to be halved
  const int64_t shifted = as<int64_t>(x.high) - root_half;
  const auto k = static_cast<double>(shifted >> 52);
  const double f = as<double>((shifted & 0x000fffffffffffff) + root_half) - 1;
  const double half_square = 0.5 * (f * f), s = f / (2 + f), z = s * s;
  double p = 0.14796105340634194;
  p = fma(p, z, 0.15314035847062213);
  p = fma(p, z, 0.18183564866130517);
  p = fma(p, z, 0.22222198563497944);
  p = fma(p, z, 0.28571428742474725);
  p = fma(p, z, 0.3999999999941432);
  p = fma(p, z, 0.6666666666666734);
  const double tail = fma(s, fma(z, p, half_square), -half_square);
  const TwoParts sum = two_sum(k * C::ln2_high, f);
  return sum.high + fma(k, C::ln2_low, tail + (x.low / x.high + sum.low));
}
__device__ inline double log_of(double x) { return log_of(TwoParts{x, 0}); }
// Of x >= 0.
__device__ inline double log1p_of(double x) { return log_of(two_sum(1, x)); }

}  // namespace logitape_cuda
