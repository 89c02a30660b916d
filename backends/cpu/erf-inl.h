// The error function's family for f32 and f64: erf, erfc and gelu(x) = x * Phi(x) = x/2 * erfc(-x/sqrt(2)).
// The tail is e^(-x^2) * erfcx(x), with the rounding of x^2 carried along: it would cost x^2 ULP.
// Largest error met, in ULP, counted as in math-inl.h: erf 1.2 (without FMA 1.4), erfc 3.4 (5.1), gelu 3.6 (5.3).
#if defined(LOGITAPE_BACKENDS_CPU_ERF_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_ERF_INL_H_
#undef LOGITAPE_BACKENDS_CPU_ERF_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_ERF_INL_H_
#endif

#include "logitape/backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// Constants of the two ways to ask for the tail: erfc(x), and 2*Phi(-x) = erfc(x/sqrt(2)). a and a*sqrt(2) are both
// representable to a small part of an ULP, so that both ways meet the same polynomial.
template <class T>
struct ErfcConstants;

template <>
struct ErfcConstants<float> {
  static constexpr float a = 2.971722364425659f, a_root2 = 4.20265007019043f;
  static constexpr float last = 10.3f, phi_last = 14.56f;  // the results are 0 from here on
};

template <>
struct ErfcConstants<double> {
  static constexpr double a = 3.500000000000194, a_root2 = 4.949747468306107;
  static constexpr double last = 27.5, phi_last = 38.89;
};

// erfcx(x) = e^(x^2) * erfc(x) = w * G(q) with w = 1/(x + a), q = (x - a)/(x + a) = 1 - 2*a*w, where G is smooth
// (Shepherd and Laframboise 1981). G: minimax on 0 <= x <= last, relative error 2^-29 and 2^-57.
template <class D, class V>
HWY_INLINE V ScaledErfcPolynomial(D d, V q) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return Polynomial(d, q, -0.0003115227737, -0.00034636911, 0.003008556319, -0.002047680086, -0.02390743606,
                      0.1137701124, -0.3028868139, 0.5834571123, -0.879694283, 1.073097706);
  } else {
    return Polynomial(d, q, 3.19162256988871e-09, 8.803779217215772e-09, -2.1603070400377652e-08,
                      -8.282375003121479e-08, 1.1621969287027377e-07, 5.496871643955203e-07, -7.966930033433083e-07,
                      -3.3914552133331543e-06, 7.244434256389318e-06, 1.8646954397620197e-05, -7.477720712768589e-05,
                      -4.2062103717247225e-05, 0.0007145317144727738, -0.0013053547015935297, -0.0031770503467427663,
                      0.026518619882597783, -0.0923187066382031, 0.22573862164740804, -0.4352560267169444,
                      0.6941136466346803, -0.9377997245671296, 1.0870555892622642);
  }
}

// w * G(q) with w = numerator/(x + shift), kept in two parts: both factors rest on it, and their errors would add up.
// numerator 1, shift a: erfcx(x). numerator sqrt(1/2), shift a*sqrt(2): erfcx(x/sqrt(2)) / 2. q = 1 + slope*w.
template <class D, class V>
HWY_INLINE V ScaledErfc(D d, V x, TwoParts<V> numerator, hn::TFromD<D> shift, hn::TFromD<D> slope) {
  const V s = hn::Set(d, shift);
  const auto sum = TwoSum(hn::Max(x, s), hn::Min(x, s));
  const V inverse = hn::Div(hn::Set(d, 1), sum.high);
  const V w = hn::Mul(numerator.high, inverse);
  const V rest = hn::NegMulAdd(w, sum.low, hn::Add(hn::NegMulAdd(w, sum.high, numerator.high), numerator.low));
  const V w_low = hn::Mul(rest, inverse);
  const V q = hn::MulAdd(hn::Set(d, slope), w_low, hn::MulAdd(hn::Set(d, slope), w, hn::Set(d, 1)));
  const V g = ScaledErfcPolynomial(d, q);
  return hn::MulAdd(g, w, hn::Mul(g, w_low));
}

// e^(-scale * x^2) = 2^k * e^r, scale 1 or 1/2.
template <class D, class V>
HWY_INLINE ExpReduced<V> ReduceGaussian(D d, V x, hn::TFromD<D> scale) {
  const auto square = TwoProduct(d, x, x);
  const V minus = hn::Set(d, -scale);
  return AddToReduced(ReduceForExp(d, hn::Mul(square.high, minus)), hn::Mul(square.low, minus));
}

// e^r * factor, the sum within e^r rounded only with the product
template <class D, class V>
HWY_INLINE V ExpTimes(D d, const ExpReduced<V>& e, V factor) {
  const auto parts = ExpInTwoParts(d, e);
  return hn::MulAdd(parts.high, factor, hn::Mul(parts.low, factor));
}

// erfc(x) for x >= 0
template <class D, class V>
HWY_INLINE V ErfcTail(D d, V x) {
  using C = ErfcConstants<hn::TFromD<D>>;
  x = hn::IfThenElse(hn::Gt(x, hn::Set(d, C::last)), hn::Set(d, C::last), x);
  const auto e = ReduceGaussian(d, x, 1);
  const V scaled = ScaledErfc(d, x, {hn::Set(d, 1), hn::Zero(d)}, C::a, -2 * C::a);
  return hn::Mul(hn::Mul(ExpTimes(d, e, scaled), e.scale_a), e.scale_b);
}

// erf(x)/x - 1 for z = x^2 <= 1, minimax, relative error 2^-29 and 2^-57.
template <class D, class V>
HWY_INLINE V ErfPolynomial(D d, V z) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return Polynomial(d, z, 7.853528223e-5, -0.0008010101155, 0.005188317969, -0.02685380727, 0.1128358468,
                      -0.3761262596, 0.1283791661);
  } else {
    return Polynomial(d, z, -7.77911229790333e-10, 1.3710792211412174e-08, -1.620627089309541e-07,
                      1.6447126063002487e-06, -1.4924711863296533e-05, 0.00012055293554497731, -0.0008548325928581261,
                      0.005223977606103541, -0.026866170643109696, 0.11283791670944174, -0.3761263890318352,
                      0.12837916709551256);
  }
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Erf(D d, V x) {
  const V one = hn::Set(d, 1);
  const V magnitude = hn::Abs(x);
  const V far = hn::CopySign(hn::Sub(one, ErfcTail(d, magnitude)), x);
  return hn::IfThenElse(hn::Lt(magnitude, one), hn::MulAdd(x, ErfPolynomial(d, hn::Mul(x, x)), x), far);
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Erfc(D d, V x) {
  using T = hn::TFromD<D>;
  const V tail = ErfcTail(d, hn::Abs(x));
  const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Sub(hn::Set(d, 2), tail), tail);
  const V erf = hn::MulAdd(x, ErfPolynomial(d, hn::Mul(x, x)), x);
  const auto near = hn::Lt(hn::Abs(x), hn::Set(d, static_cast<T>(0.8)));
  return hn::IfThenElse(near, hn::Sub(hn::Set(d, 1), erf), far);  // 1 - erf(x) cancels little up to there
}

// Phi(x) - 1/2 = erf(x/sqrt(2)) / 2 for |x| <= sqrt(2)
template <class D, class V>
HWY_INLINE V PhiNearZero(D d, V x) {
  using T = hn::TFromD<D>;
  const V half_square = hn::Mul(hn::Mul(x, x), hn::Set(d, static_cast<T>(0.5)));
  const V c = hn::Set(d, static_cast<T>(0.35355339059327376220));  // 1/sqrt(8), whose rounding is put back
  const V c_low = hn::Set(d, static_cast<T>(sizeof(T) == 4 ? 6.050808552239485e-09 : -2.4168233283632284e-17));
  return hn::Mul(x, hn::Add(c, hn::MulAdd(c, ErfPolynomial(d, half_square), c_low)));
}

// x * Phi(x): for x < 0 all of the tail's digits count, for x >= 0 it is x * (1 - tail). The limit at -inf is -0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Gelu(D d, V x) {
  using T = hn::TFromD<D>;
  using C = ErfcConstants<T>;
  const V one = hn::Set(d, 1), last = hn::Set(d, C::phi_last);
  x = hn::IfThenElse(hn::Lt(x, hn::Neg(last)), hn::Neg(last), x);
  const V magnitude = hn::IfThenElse(hn::Gt(x, last), last, hn::Abs(x));
  const auto e = ReduceGaussian(d, magnitude, static_cast<T>(0.5));
  const TwoParts<V> root_half = {
      hn::Set(d, static_cast<T>(0.70710678118654752440)),
      hn::Set(d, static_cast<T>(sizeof(T) == 4 ? 1.210161710447897e-08 : -4.833646656726457e-17))};
  const V scaled = ScaledErfc(d, magnitude, root_half, C::a_root2, -4 * C::a);
  const V tail = hn::Mul(ExpTimes(d, e, scaled), e.scale_a);  // times scale_b: Phi(-|x|)
  const V below = hn::Mul(hn::Mul(x, tail), e.scale_b);
  const V above = hn::Mul(x, hn::NegMulAdd(tail, e.scale_b, one));
  const V far = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, above);
  const auto near = hn::Lt(magnitude, hn::Set(d, static_cast<T>(1.125)));
  return hn::IfThenElse(near, hn::Mul(x, hn::Add(hn::Set(d, static_cast<T>(0.5)), PhiNearZero(d, x))), far);
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#endif
