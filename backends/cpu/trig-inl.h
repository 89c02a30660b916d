// Sine and cosine: x = k*(pi/2) + r with |r| <= pi/4, then sin(r) or cos(r) by k mod 4. f32 is computed in f64 and
// rounded once. Up to 2^20 pi/2 is taken off in four parts, of which the first three have 33 bits, so that k times a
// part is exact (Cody and Waite 1980); beyond, a lane at a time, by multiplying the significand with the bits of 2/pi
// that matter (Payne and Hanek 1983). Largest error met, in ULP: f32 0.50 (every 29th float), f64 0.78 (3e6 numbers),
// without FMA 0.80.
#if defined(LOGITAPE_BACKENDS_CPU_TRIG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_TRIG_INL_H_
#undef LOGITAPE_BACKENDS_CPU_TRIG_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_TRIG_INL_H_
#endif

#include <bit>
#include <cstdint>
#include <limits>

#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

inline constexpr double trig_exact_up_to = 1048576;

// The bits of 2/pi behind 64 zeros: bit j after the point is bit 63 + j of the table.
inline constexpr std::uint64_t two_over_pi[] = {0,
                                                0xa2f9836e4e441529,
                                                0xfc2757d1f534ddc0,
                                                0xdb6295993c439041,
                                                0xfe5163abdebbc561,
                                                0xb7246e3a424dd2e0,
                                                0x06492eea09d1921c,
                                                0xfe1deb1cb129a73e,
                                                0xe88235f52ebb4484,
                                                0xe99c7026b45f7e41,
                                                0x3991d639835339f4,
                                                0x9c845f8bbdf9283b,
                                                0x1ff897ffde05980f,
                                                0xef2f118b5a0a6d1f,
                                                0x6d367ecf27cb09b7,
                                                0x4f463f669e5fea2d,
                                                0x7527bac7ebe5f17b,
                                                0x3d0739f78a5292ea,
                                                0x6bfb5fb11f8d5d08,
                                                0x56033046fc7b6bab};

// x = k*(pi/2) + high + low; the two low bits of `quadrant` are those of k.
struct TrigReducedLane {
  double high, low;
  std::uint64_t quadrant;
};

// For finite x >= 2^20 = m * 2^e: x * 2/pi mod 4 is m times the 192 bits of 2/pi from the one of weight 2^(1-e) on,
// because bits before those give multiples of 4. In units of 2^-190 it is a number of 192 bits: two for k mod 4, the
// rest a fraction, whose first 64 significant bits times pi/2 are r. No double comes nearer to a multiple of pi/2 than
// 2^-61, so they are there.
HWY_INLINE TrigReducedLane ReduceHuge(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t m = (bits & ((std::uint64_t{1} << 52) - 1)) | std::uint64_t{1} << 52;
  const auto first = static_cast<std::size_t>((bits >> 52) - 1075 + 62);  // e + 62, the table's bit of weight 2^(1-e)
  const std::size_t word = first / 64, shift = first % 64;
  std::uint64_t w[3];
  for (std::size_t i = 0; i < 3; ++i)
    w[i] =
        shift == 0 ? two_over_pi[word + i] : two_over_pi[word + i] << shift | two_over_pi[word + i + 1] >> (64 - shift);

  std::uint64_t carry = 0, middle_high = 0;
  std::uint64_t low = hwy::Mul128(m, w[2], &carry);
  std::uint64_t middle = hwy::Mul128(m, w[1], &middle_high) + carry;
  std::uint64_t high = m * w[0] + middle_high + (middle < carry ? 1 : 0);

  std::uint64_t quadrant = high >> 62;
  high = high << 2 | middle >> 62;  // now the fraction, from its first bit on
  middle = middle << 2 | low >> 62;
  low <<= 2;
  const bool negative = high >> 63 != 0;  // nearer to the next multiple: fraction - 1
  if (negative) {
    ++quadrant;
    high = ~high;  // of 192 bits 1 - fraction is this to the last one, which is far below r's digits
    middle = ~middle;
    low = ~low;
  }
  const int zeros = high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(middle);
  const std::uint64_t top[] = {high, middle, low};
  const auto skip = static_cast<std::size_t>(zeros) / 64, part = static_cast<std::size_t>(zeros) % 64;
  const std::uint64_t significant = part == 0 ? top[skip] : top[skip] << part | top[skip + 1] >> (64 - part);

  std::uint64_t product = 0;
  hwy::Mul128(significant, 0xc90fdaa22168c235, &product);  // by pi/2 in units of 2^-63
  const auto scale = std::bit_cast<double>(static_cast<std::uint64_t>(1023 - 63 - zeros) << 52);
  const double unit = negative ? -scale : scale;
  constexpr std::uint64_t last_bits = 0x7ff;  // 53 bits in `high`, 11 in `low`: both exact
  return {static_cast<double>(static_cast<std::int64_t>((product & ~last_bits) >> 1)) * 2 * unit,
          static_cast<double>(static_cast<std::int64_t>(product & last_bits)) * unit, quadrant};
}

template <class D, class V = hn::Vec<D>, class U = hn::Vec<hn::RebindToUnsigned<D>>>
struct TrigReduced {
  V high, low;
  U quadrant;
};

// x >= 0; infinity and NaN give anything
template <class D, class V>
HWY_INLINE TrigReduced<D> ReduceForTrig(D d, V x) {
  constexpr hn::RebindToUnsigned<D> du;
  const V magic = hn::Set(d, static_cast<double>(3LL << 51));  // adding it rounds to an integer, in the low bits
  const V shifted = hn::MulAdd(x, hn::Set(d, 0.63661977236758134308), magic);
  const V k = hn::Sub(shifted, magic);
  const V first = hn::NegMulAdd(k, hn::Set(d, 1.5707963267341256), x);  // exact
  const auto second = TwoSumAnyOrder(first, hn::Mul(k, hn::Set(d, -6.077100506303966e-11)));
  const auto third = TwoSumAnyOrder(second.high, hn::Mul(k, hn::Set(d, -2.0222662487111665e-21)));
  const V rest = hn::NegMulAdd(k, hn::Set(d, 8.4784276603689e-32), hn::Add(second.low, third.low));
  const auto r = TwoSum(third.high, rest);
  TrigReduced<D> reduced{r.high, r.low, hn::BitCast(du, shifted)};

  const auto huge = hn::Gt(x, hn::Set(d, trig_exact_up_to));
  if (HWY_LIKELY(hn::AllFalse(d, huge))) return reduced;
  constexpr std::size_t lanes = hn::MaxLanes(D());
  HWY_ALIGN double value[lanes], high[lanes], low[lanes];
  HWY_ALIGN std::uint64_t quadrant[lanes];
  hn::Store(x, d, value);
  hn::Store(reduced.high, d, high);
  hn::Store(reduced.low, d, low);
  hn::Store(reduced.quadrant, du, quadrant);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    if (!(value[i] > trig_exact_up_to && value[i] <= std::numeric_limits<double>::max())) continue;
    const TrigReducedLane lane = ReduceHuge(value[i]);
    high[i] = lane.high;
    low[i] = lane.low;
    quadrant[i] = lane.quadrant;
  }
  return {hn::Load(d, high), hn::Load(d, low), hn::Load(du, quadrant)};
}

// (sin(r) - r) / r^3 and (cos(r) - 1 + r^2/2) / r^4 in z = r^2, minimax in the error relative to sin and cos: 2^-58 and
// 2^-64.
template <class D, class V>
HWY_INLINE V SinOfReduced(D d, V r, V low) {
  const V z = hn::Mul(r, r);
  const V p = Polynomial(d, z, 1.5896230041821546e-10, -2.5050747761029876e-08, 2.7557313621375406e-06,
                         -0.00019841269829589514, 0.008333333333322118, -0.1666666666666663);
  const V slope = hn::NegMulAdd(z, hn::Set(d, 0.5), hn::Set(d, 1));  // cos(r), which low needs few digits of
  return hn::Add(r, hn::MulAdd(hn::Mul(z, r), p, hn::Mul(low, slope)));
}

template <class D, class V>
HWY_INLINE V CosOfReduced(D d, V r, V low) {
  const V z = hn::Mul(r, r);
  const V p = Polynomial(d, z, -1.1358536449256114e-11, 2.0875700840885854e-09, -2.755731417929145e-07,
                         2.4801587288851697e-05, -0.0013888888888873056, 0.041666666666666595);
  const auto sum = TwoSum(hn::Set(d, 1), hn::Mul(z, hn::Set(d, -0.5)));
  return hn::Add(sum.high, hn::MulAdd(hn::Mul(z, z), p, hn::NegMulAdd(r, low, sum.low)));
}

// sin(x + shift*pi/2) for x >= 0; infinity gives NaN.
template <class D, class V>
HWY_INLINE V SinShifted(D d, V x, std::uint64_t shift) {
  constexpr hn::RebindToUnsigned<D> du;
  const auto e = ReduceForTrig(d, x);
  const auto quadrant = hn::Add(e.quadrant, hn::Set(du, shift));
  const auto odd = hn::RebindMask(d, hn::TestBit(quadrant, hn::Set(du, 1)));
  const V y = hn::IfThenElse(odd, CosOfReduced(d, e.high, e.low), SinOfReduced(d, e.high, e.low));
  const auto sign = hn::ShiftLeft<62>(hn::And(quadrant, hn::Set(du, 2)));
  const V nan = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, std::numeric_limits<double>::infinity())),
                        hn::Xor(y, hn::BitCast(d, sign)), nan);
}

// sin(-x) = -sin(x), down to -0
struct SinInDouble {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Xor(SinShifted(d, hn::Abs(x), 0), hn::And(x, hn::SignBit(d)));
  }
};

struct CosInDouble {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return SinShifted(d, hn::Abs(x), 1);
  }
};

template <class F, class D, class V>
HWY_INLINE V InDouble(D d, V x, F f) {
  return narrow(d, each_part<D>(
                       d, [f](auto part) HWY_ATTR { return f(WideTag<D>(), part); }, widen(d, x)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Sin(D d, V x) {
  return InDouble(d, x, SinInDouble());
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Cos(D d, V x) {
  return InDouble(d, x, CosInDouble());
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#endif
