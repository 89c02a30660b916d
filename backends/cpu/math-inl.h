// Exponentials, logarithms and what is made of them, for f32 and f64 vectors of any number of lanes:
// e^x = 2^k * e^r with x = k*ln2 + r, and log(x) = k*ln2 + log(1 + f) with x = 2^k * (1 + f).
// Only operations that IEEE 754 defines, so every fused target gives the same bits. Largest error met, in ULP,
// subnormal results included (f32: exp and log over every float, the others over every 7th; f64: 1e7 numbers each), and
// without FMA:
//   exp 0.78 (0.78), log 0.83 (0.83), log1p 0.89 (0.89), expm1 1.09 (1.13), tanh 1.72 (2.2), sigmoid 1.48 (2.1),
//   silu 2.4 (3.0)
#if defined(LOGITAPE_BACKENDS_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_MATH_INL_H_
#undef LOGITAPE_BACKENDS_CPU_MATH_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_MATH_INL_H_
#endif

#include <cstdint>
#include <limits>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Coefficients from the highest power down to the constant.
template <class D, class V, class... C>
HWY_INLINE V Polynomial(D d, V x, double highest, C... lower) {
  using T = hn::TFromD<D>;
  V y = hn::Set(d, static_cast<T>(highest));
  ((y = hn::MulAdd(y, x, hn::Set(d, static_cast<T>(lower)))), ...);
  return y;
}

template <class T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr float ln2_high = 0.693359375f;  // 9 bits: k * ln2_high is exact (Cephes)
  static constexpr float ln2_low = -2.12194440e-4f;
  static constexpr float exp_lowest = -105, exp_highest = 89;  // e^x is 0 below and infinite above
  static constexpr float silu_lowest = -110;                   // x * e^x is 0 below
  static constexpr float expm1_lowest = -20;                   // e^x - 1 rounds to -1 below
};

template <>
struct Constants<double> {
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr double ln2_high = 6.93147180369123816490e-01;  // 32 bits: k * ln2_high is exact (fdlibm)
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double exp_lowest = -746, exp_highest = 710;
  static constexpr double silu_lowest = -755;
  static constexpr double expm1_lowest = -40;
};

template <class D, class V>
HWY_INLINE V ClampKeepingNaN(D d, V x, hn::TFromD<D> low, hn::TFromD<D> high) {
  x = hn::IfThenElse(hn::Lt(x, hn::Set(d, low)), hn::Set(d, low), x);
  return hn::IfThenElse(hn::Gt(x, hn::Set(d, high)), hn::Set(d, high), x);
}

// a * b = high + low exactly (while nothing underflows): fused where that is one instruction, else split in halves
// (Dekker).
template <class V>
struct TwoParts {
  V high, low;
};

template <class D, class V>
HWY_INLINE V UpperBits(D d, V x) {  // half of the significand, so that products of two are exact
  constexpr hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  return hn::BitCast(
      d, hn::And(hn::BitCast(du, x), hn::Set(du, ~U{0} << (Constants<hn::TFromD<D>>::mantissa_bits / 2 + 1))));
}

template <class D, class V>
HWY_INLINE TwoParts<V> TwoProduct(D d, V a, V b) {
  const V high = hn::Mul(a, b);
  if constexpr (HWY_NATIVE_FMA) {
    return {high, hn::MulSub(a, b, high)};
  } else {
    const V a1 = UpperBits(d, a), b1 = UpperBits(d, b);
    const V a2 = hn::Sub(a, a1), b2 = hn::Sub(b, b1);
    const V low = hn::Add(hn::Add(hn::Sub(hn::Mul(a1, b1), high), hn::Mul(a1, b2)), hn::Mul(a2, b1));
    return {high, hn::Add(low, hn::Mul(a2, b2))};
  }
}

// a + b = high + low exactly, where |a| >= |b| or a = 0 (Dekker).
template <class V>
HWY_INLINE TwoParts<V> TwoSum(V a, V b) {
  const V high = hn::Add(a, b);
  return {high, hn::Sub(b, hn::Sub(high, a))};
}

// The same for any two finite numbers (Knuth).
template <class V>
HWY_INLINE TwoParts<V> TwoSumAnyOrder(V a, V b) {
  const V high = hn::Add(a, b);
  const V b_in_sum = hn::Sub(high, a);
  return {high, hn::Add(hn::Sub(a, hn::Sub(high, b_in_sum)), hn::Sub(b, b_in_sum))};
}

// x = k*ln2 + r + r_low with |r| <= ln2/2; scale_a * scale_b = 2^k, split because 2^k itself may overflow or underflow.
template <class V>
struct ExpReduced {
  V r, r_low, scale_a, scale_b;
};

template <class D, class V>
HWY_INLINE ExpReduced<V> ReduceForExp(D d, V x) {
  using T = hn::TFromD<D>;
  using C = Constants<T>;
  constexpr hn::RebindToUnsigned<D> du;
  // Adding 1.5 * 2^mantissa_bits rounds to an integer; with 2*bias more, the low bits hold k + 2*bias.
  const V magic = hn::Set(d, static_cast<T>(3LL << (C::mantissa_bits - 1)) + 2 * C::bias);
  const V shifted = hn::MulAdd(x, hn::Set(d, static_cast<T>(1.44269504088896340736)), magic);
  const V k = hn::Sub(shifted, magic);
  const V high = hn::NegMulAdd(k, hn::Set(d, C::ln2_high), x);  // exact
  const V ln2_low = hn::Set(d, C::ln2_low);
  const V r = hn::NegMulAdd(k, ln2_low, high);
  const V r_low = hn::NegMulAdd(k, ln2_low, hn::Sub(high, r));
  const auto bits = hn::BitCast(du, shifted);
  const auto half = hn::ShiftRight<1>(bits);  // floor(k/2) + bias
  return {r, r_low, hn::BitCast(d, hn::ShiftLeft<C::mantissa_bits>(half)),
          hn::BitCast(d, hn::ShiftLeft<C::mantissa_bits>(hn::Sub(bits, half)))};
}

// The same for x + small. Where small is the larger part, what TwoSum loses is far below the last place of e^x.
template <class V>
HWY_INLINE ExpReduced<V> AddToReduced(ExpReduced<V> e, V small) {
  const auto sum = TwoSum(e.r, small);
  e.r = sum.high;
  e.r_low = hn::Add(e.r_low, sum.low);
  return e;
}

// (e^r - 1 - r) / r^2 on |r| <= ln2/2, minimax in the error relative to e^r: 2^-28 and 2^-58. (All coefficients here,
// in erf-inl.h and in pow-inl.h are from a Remez exchange in 60 digits, rounded to the type at the end.)
template <class D, class V>
HWY_INLINE V ExpPolynomial(D d, V r) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return Polynomial(d, r, 0.001381459879, 0.008368716575, 0.04166838899, 0.1666652113, 0.4999999404);
  } else {
    return Polynomial(d, r, 2.5000059256054842e-08, 2.7630248379742436e-07, 2.7557586380882427e-06,
                      2.480149309892918e-05, 0.0001984126950657133, 0.001388888894363005, 0.008333333333494465,
                      0.04166666666653016, 0.16666666666666413, 0.5000000000000011);
  }
}

// e^r: the sum 1 + r is kept in two parts, because one more rounding would bring f64 e^x above 1 ULP.
template <class D, class V>
HWY_INLINE TwoParts<V> ExpInTwoParts(D d, const ExpReduced<V>& e) {
  const auto sum = TwoSum(hn::Set(d, 1), e.r);
  return {sum.high, hn::MulAdd(hn::Mul(e.r, e.r), ExpPolynomial(d, e.r), hn::Add(e.r_low, sum.low))};
}

template <class D, class V>
HWY_INLINE V ExpOfReduced(D d, const ExpReduced<V>& e) {
  const auto parts = ExpInTwoParts(d, e);
  return hn::Add(parts.high, parts.low);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Exp(D d, V x) {
  using C = Constants<hn::TFromD<D>>;
  const auto e = ReduceForExp(d, ClampKeepingNaN(d, x, C::exp_lowest, C::exp_highest));
  return hn::Mul(hn::Mul(ExpOfReduced(d, e), e.scale_a), e.scale_b);
}

// e^x - 1 = 2 * ((h - 1/2) + h*r + h*(e^r - 1 - r)) with h = 2^(k-1), which does not overflow where 2^k does.
// The sum of the two large terms is kept in two parts: for k = 1 it cancels.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Expm1(D d, V x) {
  using T = hn::TFromD<D>;
  using C = Constants<T>;
  const auto e = ReduceForExp(d, ClampKeepingNaN(d, x, C::expm1_lowest, C::exp_highest));
  const V half = hn::Set(d, static_cast<T>(0.5));
  const V h = hn::Mul(hn::Mul(half, e.scale_a), e.scale_b);
  const auto sum = TwoSum(hn::Sub(h, half), hn::Mul(h, e.r));
  const V rest = hn::MulAdd(hn::Mul(e.r, e.r), ExpPolynomial(d, e.r), e.r_low);
  const V y = hn::Add(sum.high, hn::MulAdd(h, rest, sum.low));
  const auto tiny = hn::Lt(hn::Abs(x), hn::Set(d, std::numeric_limits<T>::epsilon() / 4));
  return hn::IfThenElse(tiny, x, hn::Add(y, y));  // keeps -0, and subnormals that h would halve
}

// n / (a + b) with |a| >= |b|; the rounding of the sum and of the quotient are put back.
template <class D, class V>
HWY_INLINE V DivideBySum(D d, V n, V a, V b) {
  const auto sum = TwoSum(a, b);
  const V inverse = hn::Div(hn::Set(d, 1), sum.high);
  const V q = hn::Mul(n, inverse);
  const V rest = hn::NegMulAdd(q, sum.low, hn::NegMulAdd(q, sum.high, n));
  return hn::MulAdd(rest, inverse, q);
}

// (1 - e^(-2|x|)) / (1 + e^(-2|x|)) with the sign of x
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Tanh(D d, V x) {
  const V e = Expm1(d, hn::Mul(hn::Abs(x), hn::Set(d, -2)));
  return hn::CopySign(DivideBySum(d, e, hn::Set(d, 2), e), x);
}

// 1 / (1 + e^(-x)); for x < 0 as e^x / (1 + e^x), which reaches down to the smallest results.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, 1);
  const V e = Exp(d, hn::Neg(hn::Abs(x)));
  return DivideBySum(d, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), one, e);
}

// x * sigmoid(x), whose limit at -inf is -0. The last factor of e^x comes last: x * e^x may be normal where e^x is not.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Silu(D d, V x) {
  using C = Constants<hn::TFromD<D>>;
  const V one = hn::Set(d, 1);
  x = hn::IfThenElse(hn::Lt(x, hn::Set(d, C::silu_lowest)), hn::Set(d, C::silu_lowest), x);
  const V exponent = hn::Neg(hn::Abs(x));
  const auto e = ReduceForExp(d, ClampKeepingNaN(d, exponent, C::silu_lowest, C::exp_highest));
  const V part = hn::Mul(ExpOfReduced(d, e), e.scale_a);
  const auto negative = hn::Lt(x, hn::Zero(d));
  const V q = DivideBySum(d, hn::IfThenElse(negative, part, one), one, hn::Mul(part, e.scale_b));
  return hn::Mul(hn::Mul(q, x), hn::IfThenElse(negative, e.scale_b, one));
}

// x = 2^k * (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); x positive and finite, subnormal or not.
template <class V>
struct LogReduced {
  V k, f;
};

template <class D, class V>
HWY_INLINE LogReduced<V> ReduceForLog(D d, V x) {
  using T = hn::TFromD<D>;
  using C = Constants<T>;
  constexpr hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  constexpr T two_to_mantissa = static_cast<T>(1LL << C::mantissa_bits);
  const auto subnormal = hn::Lt(x, hn::Set(d, std::numeric_limits<T>::min()));
  x = hn::IfThenElse(subnormal, hn::Mul(x, hn::Set(d, two_to_mantissa)), x);
  const V shift = hn::Set(d, two_to_mantissa + C::bias);
  const V subnormal_shift = hn::Set(d, two_to_mantissa + C::bias + C::mantissa_bits);
  const auto one = hn::BitCast(du, hn::Set(d, 1));
  const auto root = hn::BitCast(du, hn::Set(d, static_cast<T>(0.70710678118654752440)));
  const auto bits = hn::Add(hn::BitCast(du, x), hn::Sub(one, root));
  // An integer in the mantissa of 2^mantissa_bits is that power plus the integer: no conversion needed.
  const auto exponent = hn::Or(hn::ShiftRight<C::mantissa_bits>(bits), hn::BitCast(du, hn::Set(d, two_to_mantissa)));
  const auto mantissa = hn::Add(hn::And(bits, hn::Set(du, (U{1} << C::mantissa_bits) - 1)), root);
  const V k = hn::Sub(hn::BitCast(d, exponent), hn::IfThenElse(subnormal, subnormal_shift, shift));
  return {k, hn::Sub(hn::BitCast(d, mantissa), hn::Set(d, 1))};
}

// log(1+f) - f on sqrt(1/2) <= 1 + f <= sqrt(2), minimax in the error relative to log(1+f): 2^-30 and 2^-59.
// f64 in s = f/(2+f), where log(1+f) = 2*atanh(s), arranged as in fdlibm: half as many terms for one division.
template <class D, class V>
HWY_INLINE V LogTail(D d, V f) {
  const V half_square = hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(0.5)), hn::Mul(f, f));
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const V p = Polynomial(d, f, 0.06746648997, -0.116756551, 0.1188816056, -0.1240558848, 0.1421955228, -0.1666799635,
                           0.2000211924, -0.2500000894, 0.3333331347);
    return hn::MulSub(hn::Mul(f, hn::Mul(f, f)), p, half_square);
  } else {
    const V s = hn::Div(f, hn::Add(hn::Set(d, 2), f));
    const V z = hn::Mul(s, s);
    const V p = Polynomial(d, z, 0.14796105340634194, 0.15314035847062213, 0.18183564866130517, 0.22222198563497944,
                           0.28571428742474725, 0.3999999999941432, 0.6666666666666734);
    return hn::MulSub(s, hn::MulAdd(z, p, half_square), half_square);
  }
}

// k*ln2 + log(1+f) + correction; the sum of the two large terms is kept in two parts.
template <class D, class V>
HWY_INLINE V LogOfReduced(D d, V k, V f, V correction) {
  using C = Constants<hn::TFromD<D>>;
  const auto sum = TwoSum(hn::Mul(k, hn::Set(d, C::ln2_high)), f);  // the product is exact
  const V tail = hn::Add(LogTail(d, f), hn::Add(correction, sum.low));
  return hn::Add(sum.high, hn::MulAdd(k, hn::Set(d, C::ln2_low), tail));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log(D d, V x) {
  using T = hn::TFromD<D>;
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const V nan = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
  const V zero = hn::Zero(d);
  const auto parts = ReduceForLog(d, x);
  const V y = LogOfReduced(d, parts.k, parts.f, zero);
  const V at_most_zero = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), nan);
  return hn::IfThenElse(hn::Gt(x, zero), hn::IfThenElse(hn::Lt(x, infinity), y, infinity), at_most_zero);
}

// log(u + low) = log(u) + low/u + ..., u + low = 1 + x exactly
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log1p(D d, V x) {
  using T = hn::TFromD<D>;
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const V nan = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
  const V one = hn::Set(d, 1);
  const auto x_larger = hn::Gt(x, one);
  const auto sum = TwoSum(hn::IfThenElse(x_larger, x, one), hn::IfThenElse(x_larger, one, x));
  const auto parts = ReduceForLog(d, sum.high);
  const V y = hn::CopySign(LogOfReduced(d, parts.k, parts.f, hn::Div(sum.low, sum.high)), x);  // -0 stays -0
  const V at_most_minus_one = hn::IfThenElse(hn::Eq(x, hn::Neg(one)), hn::Neg(infinity), nan);
  return hn::IfThenElse(hn::Gt(x, hn::Neg(one)), hn::IfThenElse(hn::Lt(x, infinity), y, infinity), at_most_minus_one);
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#endif
