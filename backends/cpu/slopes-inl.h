// Derivatives that the functions' own values do not give without a loss of digits, for f32 and f64: of tanh and sigmoid
// (sech^2), of erf (the bell), of gelu and silu. Each is a power of e times a factor near 1, and the last part of the
// power of two comes last: nothing but the result itself is ever subnormal. Largest error met, in ULP, counted as in
// math-inl.h: sech_squared 2.1 (without FMA 2.3), bell 0.8 (0.8), gelu_slope 2.2 (3.2) and silu_slope 2.6 (2.6), these
// two away from their zeros, -0.7518 and -1.2785, where terms of size 1/4 cancel.
#if defined(LOGITAPE_BACKENDS_CPU_SLOPES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_SLOPES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_SLOPES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_SLOPES_INL_H_
#endif

#include "logitape/backends/cpu/erf-inl.h"
#include "logitape/backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// e^x for x <= 0 as part * last, so that a factor can be multiplied with the part while it is normal.
template <class V>
struct SplitExp {
  V part, last;
};

template <class D, class V>
HWY_INLINE SplitExp<V> ExpOfNegative(D d, V x) {
  const auto e = ReduceForExp(d, ClampKeepingNaN(d, x, Constants<hn::TFromD<D>>::silu_lowest, 0));
  return {hn::Mul(ExpOfReduced(d, e), e.scale_a), e.scale_b};
}

// (1 + e)^2 for 0 <= e <= 1, with what the sum rounds away.
template <class D, class V>
HWY_INLINE V SquareOfOneAnd(D d, V e) {
  const auto q = TwoSum(hn::Set(d, 1), e);
  return hn::MulAdd(q.high, q.high, hn::Mul(hn::Add(q.high, q.high), q.low));
}

// 1 / cosh(x)^2 = 4*e / (1 + e)^2 with e = e^(-2*|x|)
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SechSquared(D d, V x) {
  const V minus_two = hn::Set(d, -2);
  const auto e = ExpOfNegative(d, hn::Mul(hn::Abs(x), minus_two));
  return hn::Mul(hn::Mul(hn::Div(e.part, SquareOfOneAnd(d, hn::Mul(e.part, e.last))), hn::Set(d, 4)), e.last);
}

// e^(-x^2/2)
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Bell(D d, V x) {
  const V last = hn::Set(d, ErfcConstants<hn::TFromD<D>>::phi_last), size = hn::Abs(x);
  const auto e = ReduceGaussian(d, hn::IfThenElse(hn::Gt(size, last), last, size), static_cast<hn::TFromD<D>>(0.5));
  return hn::Mul(hn::Mul(ExpOfReduced(d, e), e.scale_a), e.scale_b);
}

// s + x*s*(1 - s), s = sigmoid(x): with e = e^(-|x|), e*(1 + e + x) / (1 + e)^2 below 0, (1 + e + x*e) / (1 + e)^2
// above
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SiluSlope(D d, V x) {
  using C = Constants<hn::TFromD<D>>;
  x = ClampKeepingNaN(d, x, C::silu_lowest, -C::silu_lowest);
  const V one = hn::Set(d, 1);
  const auto e = ExpOfNegative(d, hn::Neg(hn::Abs(x)));
  const V whole = hn::Mul(e.part, e.last), square = SquareOfOneAnd(d, whole);
  const V above = hn::MulAdd(x, whole, hn::Add(one, whole)), below = hn::Mul(hn::Add(hn::Add(one, x), whole), e.part);
  const auto negative = hn::Lt(x, hn::Zero(d));
  const V slope = hn::Div(hn::IfThenElse(negative, below, above), square);
  return hn::Mul(slope, hn::IfThenElse(negative, e.last, one));
}

// Phi(x) + x*phi(x), phi(x) = e^(-x^2/2) / sqrt(2*pi): below 0 e^(-x^2/2) * (erfcx(|x|/sqrt(2))/2 - |x|/sqrt(2*pi)),
// and above 1 less the same of -x. Near 0 the terms are added to 1/2.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V GeluSlope(D d, V x) {
  using T = hn::TFromD<D>;
  using C = ErfcConstants<T>;
  const V one = hn::Set(d, 1), last = hn::Set(d, C::phi_last),
          root = hn::Set(d, static_cast<T>(0.39894228040143267794));
  const V size = hn::IfThenElse(hn::Gt(hn::Abs(x), last), last, hn::Abs(x));
  const auto e = ReduceGaussian(d, size, static_cast<T>(0.5));
  const TwoParts<V> root_half = {
      hn::Set(d, static_cast<T>(0.70710678118654752440)),
      hn::Set(d, static_cast<T>(sizeof(T) == 4 ? 1.210161710447897e-08 : -4.833646656726457e-17))};
  const V scaled = ScaledErfc(d, size, root_half, C::a_root2, -4 * C::a);
  const V part =
      hn::Mul(ExpTimes(d, e, hn::NegMulAdd(size, root, scaled)), e.scale_a);  // times scale_b: the slope at -|x|
  const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(part, e.scale_b), hn::NegMulAdd(part, e.scale_b, one));
  const V density = hn::Mul(hn::Mul(ExpTimes(d, e, root), e.scale_a), e.scale_b);
  const V near = hn::Add(hn::Set(d, static_cast<T>(0.5)), hn::MulAdd(x, density, PhiNearZero(d, x)));
  return hn::IfThenElse(hn::Lt(size, hn::Set(d, static_cast<T>(1.125))), near, far);
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#endif
