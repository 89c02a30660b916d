// f16 and bf16 to f32 and back, exactly and rounded once to nearest even: integer operations in 32-bit lanes. Targets'
// own conversions differ in how they round and flush; the loss uses one that does neither, f16's on AVX2 and AVX-512.
#if defined(LOGITAPE_BACKENDS_CPU_HALVES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_HALVES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_HALVES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_HALVES_INL_H_
#endif

#include <cstdint>
#include <type_traits>

#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/cpu/scratch.h"
#include "logitape/core/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

template <class T>
inline constexpr bool is_half = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

// The bits of a half, zero-extended, to the bits of the f32 of that value.
template <class Half, class D>
hn::Vec<D> f32_bits(D d, hn::Vec<D> half) {
  if constexpr (std::is_same_v<Half, bf16>) return hn::ShiftLeft<16>(half);
  const hn::RebindToFloat<D> df;
  const auto sign = hn::ShiftLeft<16>(hn::And(half, hn::Set(d, 0x8000u)));
  const auto magnitude = hn::ShiftLeft<13>(hn::And(half, hn::Set(d, 0x7fffu)));
  const auto normal = hn::Add(magnitude, hn::Set(d, 112u << 23));  // the bias goes from 15 to 127
  const auto infinite = hn::Add(magnitude, hn::Set(d, 224u << 23));
  // a subnormal m * 2^-24 is (1.m * 2^-14) - 2^-14
  const auto smallest = hn::Set(d, 113u << 23);
  const auto subnormal =
      hn::BitCast(d, hn::Sub(hn::BitCast(df, hn::Add(magnitude, smallest)), hn::BitCast(df, smallest)));
  const auto is_finite = hn::Lt(magnitude, hn::Set(d, 0x0f800000u));
  const auto is_subnormal = hn::Lt(magnitude, hn::Set(d, 0x00800000u));
  return hn::Or(sign, hn::IfThenElse(is_subnormal, subnormal, hn::IfThenElse(is_finite, normal, infinite)));
}

// The bits of an f32 to those of the nearest half, ties to even.
template <class Half, class D>
hn::Vec<D> half_bits(D d, hn::Vec<D> x) {
  constexpr bool brain = std::is_same_v<Half, bf16>;
  constexpr int drop = brain ? 16 : 13;  // mantissa bits that go
  const hn::RebindToFloat<D> df;
  const auto magnitude = hn::And(x, hn::Set(d, 0x7fffffffu));
  const auto sign = hn::ShiftRight<16>(hn::Xor(x, magnitude));
  const auto is_nan = hn::Gt(magnitude, hn::Set(d, 0x7f800000u));
  const auto odd = hn::And(hn::ShiftRight<drop>(magnitude), hn::Set(d, 1u));
  const auto rounded =
      hn::Add(hn::Add(magnitude, hn::Set(d, (1u << (drop - 1)) - 1)), odd);  // carries into the exponent
  if constexpr (brain) return hn::Or(sign, hn::IfThenElse(is_nan, hn::Set(d, 0x7fc0u), hn::ShiftRight<drop>(rounded)));
  const auto normal = hn::ShiftRight<drop>(hn::Sub(rounded, hn::Set(d, 112u << 23)));
  // below 2^-14 the addition of 0.5, whose last place is 2^-24, does the rounding
  const auto half = hn::Set(d, 126u << 23);
  const auto subnormal = hn::Sub(hn::BitCast(d, hn::Add(hn::BitCast(df, magnitude), hn::BitCast(df, half))), half);
  const auto is_subnormal = hn::Lt(magnitude, hn::Set(d, 113u << 23));
  const auto is_large = hn::Gt(magnitude, hn::Set(d, 0x477fffffu));  // 2^16 and more
  const auto finite = hn::IfThenElse(is_subnormal, subnormal, normal);
  const auto large = hn::IfThenElse(is_nan, hn::Set(d, 0x7e00u), hn::Set(d, 0x7c00u));
  return hn::Or(sign, hn::IfThenElse(is_large, large, finite));
}

// vcvtph2ps and vcvtps2ph: exact, to nearest even whatever MXCSR says, and with subnormals. Only a NaN keeps more of
// its bits than half_bits leaves it.
template <class Half>
inline constexpr bool converts = std::is_same_v<Half, f16>&& HWY_TARGET <= HWY_AVX2;

// A vector of halves as f32, and back. D: a tag of f32.
template <class Half, class D>
HWY_INLINE hn::Vec<D> load_half(D d, const Half* x) {
  if constexpr (converts<Half>) {
    const hn::Rebind<hwy::float16_t, D> dh;
    return hn::PromoteTo(d, hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(x)));
  } else {
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<std::uint16_t, D> dh;
    return hn::BitCast(d,
                       f32_bits<Half>(du, hn::PromoteTo(du, hn::LoadU(dh, reinterpret_cast<const std::uint16_t*>(x)))));
  }
}
template <class Half, class D>
HWY_INLINE auto narrowed(D, hn::Vec<D> v) {
  const hn::Rebind<std::uint16_t, D> dh;
  if constexpr (converts<Half>) {
    return hn::BitCast(dh, hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), v));
  } else {
    const hn::RebindToSigned<D> di;
    const hn::RebindToUnsigned<D> du;
    return hn::DemoteTo(dh, hn::BitCast(di, half_bits<Half>(du, hn::BitCast(du, v))));
  }
}

// Two vectors of bf16 that lie side by side, as two of f32: a has the even elements, b the odd ones.
template <class D>
HWY_INLINE void load_even_odd(D d, const bf16* x, hn::Vec<D>& a, hn::Vec<D>& b) {
  const hn::RebindToUnsigned<D> du;
  const auto both =
      hn::BitCast(du, hn::LoadU(hn::Repartition<std::uint16_t, D>(), reinterpret_cast<const std::uint16_t*>(x)));
  a = hn::BitCast(d, hn::ShiftLeft<16>(both));
  b = hn::BitCast(d, hn::And(both, hn::Set(du, 0xffff0000u)));
}

// The nearest bf16, ties to even, in the upper half of each lane; the lower half has no meaning. Half the operations of
// half_bits, for numbers that are no NaN, or one whose lower half is 0: another might round to 0.
template <class D>
HWY_INLINE hn::Vec<D> upper_bf16(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
  return hn::BitCast(d, hn::Add(hn::Add(bits, hn::Set(du, 0x7fffu)), odd));
}

// Elements [0, left) of a vector, as M. past_cache: y is aligned to a vector and left a whole one.
template <bool past_cache, class M, class D>
HWY_INLINE void store_converted(D d, hn::Vec<D> v, M* y, std::int64_t left) {
  if constexpr (is_half<M>) {
    const hn::Rebind<std::uint16_t, D> dh;
    auto* const bits = reinterpret_cast<std::uint16_t*>(y);
    const auto half = narrowed<M>(d, v);
    if constexpr (past_cache) hn::Stream(half, dh, bits);
    else if (left >= lanes_of<D>) hn::StoreU(half, dh, bits);
    else store_part(half, dh, bits, left);
  } else if constexpr (past_cache) {
    hn::Stream(v, d, y);
  } else {
    store_first(d, v, y, left);
  }
}

// Two whole vectors that lie side by side, without NaN but for such as upper_bf16 takes.
template <bool past_cache, class M, class D>
HWY_INLINE void store_two(D d, hn::Vec<D> a, hn::Vec<D> b, M* y) {
#if HWY_TARGET != HWY_SCALAR  // one lane; it has no ConcatOdd
  if constexpr (std::is_same_v<M, bf16>) {
    const hn::Repartition<std::uint16_t, D> dh;
    const auto both = hn::ConcatOdd(dh, hn::BitCast(dh, upper_bf16(d, b)), hn::BitCast(dh, upper_bf16(d, a)));
    if constexpr (past_cache) hn::Stream(both, dh, reinterpret_cast<std::uint16_t*>(y));
    else hn::StoreU(both, dh, reinterpret_cast<std::uint16_t*>(y));
    return;
  }
#endif
  store_converted<past_cache>(d, a, y, lanes_of<D>);
  store_converted<past_cache>(d, b, y + lanes_of<D>, lanes_of<D>);
}

template <class M, class T>
HWY_INLINE M converted(T value) {
  if constexpr (is_half<M>) return M(static_cast<double>(value));
  else return value;
}

template <class Half>
void widen_row(std::int64_t count, const Half* x, float* y) {
  const hn::ScalableTag<std::uint32_t> d;
  const hn::Rebind<std::uint16_t, decltype(d)> dh;
  const hn::RebindToFloat<decltype(d)> df;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto* bits = reinterpret_cast<const std::uint16_t*>(x);
  const auto f = [&](auto half) HWY_ATTR { return hn::BitCast(df, f32_bits<Half>(d, hn::PromoteTo(d, half))); };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(hn::LoadU(dh, bits + i)), df, y + i);
  if (i < count) store_part(f(load_part(dh, bits + i, count - i)), df, y + i, count - i);
}

template <class Half>
void narrow_row(std::int64_t count, const float* x, Half* y) {
  const hn::ScalableTag<std::uint32_t> d;
  const hn::Rebind<std::uint16_t, decltype(d)> dh;
  const hn::RebindToFloat<decltype(d)> df;
  const hn::RebindToSigned<decltype(d)> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto* bits = reinterpret_cast<std::uint16_t*>(y);
  const auto f = [&](auto v)
                     HWY_ATTR { return hn::DemoteTo(dh, hn::BitCast(di, half_bits<Half>(d, hn::BitCast(d, v)))); };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(hn::LoadU(df, x + i)), dh, bits + i);
  if (i < count) store_part(f(load_part(df, x + i, count - i)), dh, bits + i, count - i);
}

// An f32 array as the bits of the nearest bf16; threads share the work.
struct Rounded : Scratch<std::uint16_t> {
  Rounded(const void* array, std::int64_t size) : Scratch(size) {
    const float* const x = static_cast<const float*>(array);
    bf16* const y = reinterpret_cast<bf16*>(at);
    for_each_block(size, [=](std::int64_t begin, std::int64_t count) { narrow_row(count, x + begin, y + begin); });
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
