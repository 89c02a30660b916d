// x^y = e^(y * log|x|) with C's special cases. f64 carries log and product in two parts: a relative error of 2^-53 in
// y*log(x), up to 745, would be 500 ULP of the result. f32 runs in f64. Largest error met, in ULP: f32 0.5, f64 1.35.
#if defined(LOGITAPE_BACKENDS_CPU_POW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_POW_INL_H_
#undef LOGITAPE_BACKENDS_CPU_POW_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_POW_INL_H_
#endif

#include "logitape/backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// log(x) of a positive finite x to 2^-64, from s = f/(2+f): log(1+f) = 2s + (2/3)s^3 + s^5*(2/5 + ...), the first two
// in two parts each.
template <class D, class V>
HWY_INLINE TwoParts<V> LogInTwoParts(D d, V x) {
  using C = Constants<double>;
  const auto reduced = ReduceForLog(d, x);
  const V f = reduced.f;

  const auto below = TwoSum(hn::Set(d, 2), f);
  const V s = hn::Div(f, below.high);
  const auto back = TwoProduct(d, s, below.high);
  const V left = hn::NegMulAdd(s, below.low, hn::Sub(hn::Sub(f, back.high), back.low));
  const V s_low = hn::Div(left, below.high);

  auto square = TwoProduct(d, s, s);
  square.low = hn::MulAdd(hn::Add(s, s), s_low, square.low);
  auto cube = TwoProduct(d, s, square.high);
  cube.low = hn::Add(cube.low, hn::MulAdd(s, square.low, hn::Mul(s_low, square.high)));
  const V two_thirds = hn::Set(d, 2.0 / 3), two_thirds_low = hn::Set(d, 3.700743415417188e-17);
  auto third = TwoProduct(d, cube.high, two_thirds);
  third.low = hn::Add(third.low, hn::MulAdd(cube.low, two_thirds, hn::Mul(cube.high, two_thirds_low)));

  const V z = square.high;
  const V p = Polynomial(d, z, 0.11989013565020315, 0.11674818487739408, 0.13336317418343874, 0.15384556871064747,
                         0.1818181887031286, 0.22222222217536486, 0.2857142857144511, 0.3999999999999998);
  const V tail = hn::Mul(hn::Mul(cube.high, z), p);

  const auto first = TwoSum(hn::Mul(reduced.k, hn::Set(d, C::ln2_high)), hn::Add(s, s));  // the product is exact
  const auto sum = TwoSum(first.high, third.high);
  V low = hn::MulAdd(reduced.k, hn::Set(d, C::ln2_low), hn::Add(tail, third.low));
  low = hn::Add(low, hn::Add(hn::Add(s_low, s_low), hn::Add(first.low, sum.low)));
  return TwoSum(sum.high, low);
}

// T is the type that the result is rounded to; the lanes are f64.
template <class T, class D, class V>
HWY_INLINE V PowInDouble(D d, V x, V y) {
  const V zero = hn::Zero(d), one = hn::Set(d, 1);
  const V infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  const V nan = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  const V magnitude = hn::Abs(x);

  TwoParts<V> log;
  if constexpr (sizeof(T) == 4) {
    log = {Log(d, magnitude), zero};
  } else {
    log = LogInTwoParts(d, magnitude);
    log.high = hn::IfThenElse(hn::Lt(magnitude, infinity), log.high, magnitude);  // infinity and NaN
    log.high = hn::IfThenElse(hn::Eq(magnitude, zero), hn::Neg(infinity), log.high);
  }

  auto power = TwoProduct(d, log.high, y);
  power.low = hn::MulAdd(log.low, y, power.low);
  power.high = hn::IfThenElse(hn::Eq(log.high, zero), zero, power.high);  // 1^y is 1 for every y
  const auto in_range = hn::Lt(hn::Abs(power.high), hn::Set(d, 760));
  const V low = hn::IfThenElseZero(hn::And(in_range, hn::Ne(power.high, zero)), power.low);
  const auto e = AddToReduced(ReduceForExp(d, ClampKeepingNaN(d, power.high, -760, 760)), low);
  V result = hn::Mul(hn::Mul(ExpOfReduced(d, e), e.scale_a), e.scale_b);

  const auto whole = hn::Eq(hn::Round(y), y);  // infinity too, as an even number
  const V half_y = hn::Mul(y, hn::Set(d, 0.5));
  const auto odd = hn::AndNot(hn::Eq(hn::Round(half_y), half_y), whole);
  result = hn::IfThenElse(odd, hn::CopySign(result, x), result);
  const auto negative = hn::And(hn::Lt(x, zero), hn::Gt(x, hn::Neg(infinity)));
  result = hn::IfThenElse(hn::AndNot(whole, negative), nan, result);
  return hn::IfThenElse(hn::Eq(y, zero), one, result);
}

// f64 lanes rounded to f32. Highway's own scalar code makes the largest number of what overflows, where IEEE has
// infinity: hence a quarter is rounded, and multiplied by 4 in f32.
template <class D, class V>
HWY_INLINE hn::Vec<D> RoundToFloat(D d, V v) {
  const hn::Rebind<double, D> wide;
  const auto quarter = hn::DemoteTo(d, hn::Mul(v, hn::Set(wide, 0.25)));
  const auto large = hn::Gt(hn::Abs(quarter), hn::Set(d, 1.0f));
  return hn::IfThenElse(large, hn::Mul(quarter, hn::Set(d, 4.0f)), hn::DemoteTo(d, v));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Pow(D d, V x, V y) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return PowInDouble<double>(d, x, y);
  } else if constexpr (hn::MaxLanes(D()) <= hn::MaxLanes(hn::ScalableTag<double>())) {
    const hn::Rebind<double, D> wide;
    return RoundToFloat(d, PowInDouble<float>(wide, hn::PromoteTo(wide, x), hn::PromoteTo(wide, y)));
  } else {
#if HWY_TARGET != HWY_SCALAR  // which has no halves
    const hn::Half<D> half;
    const auto low = Pow(half, hn::LowerHalf(half, x), hn::LowerHalf(half, y));
    return hn::Combine(d, Pow(half, hn::UpperHalf(half, x), hn::UpperHalf(half, y)), low);
#endif
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#endif
