// What softmax, log_softmax, logsumexp and cross entropy share: the maximum, e^x over a power of two, their sum without
// the largest elements, and its logarithm; and the passes that make them for several columns at once. Those over one
// row: row_passes-inl.h.
//
// e^x is made from x itself: N = rint(x*log2 e), r = x - N*ln2, and the power of two is 2^(N-k) with k = rint(max*log2
// e), so that nothing overflows and no rounding of x - max is paid for (up to 60 ULP at scaled logits). In fact
// 2^(N-k+headroom): the small elements of a confident row are its loss, and must not be lost before they are divided by
// the sum. Elements equal to the maximum are counted, not summed. With n of them, each `top`, and `others` the sum of
// the rest:
//   sum = n*top + others,  log(sum of e^(x - max)) = log n + log1p(others / (n*top)),
// which keeps its digits where others/top is below one ULP of 1.
#if defined(LOGITAPE_BACKENDS_CPU_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_SOFTMAX_INL_H_
#undef LOGITAPE_BACKENDS_CPU_SOFTMAX_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_SOFTMAX_INL_H_
#endif

#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/cpu/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// log2 e, ln 2, and ln 2 in two parts so that N times the first is exact (Cephes, fdlibm).
template <class T>
struct ExpConstants {
  static constexpr bool is_float = sizeof(T) == 4;
  static constexpr int mantissa_bits = is_float ? 23 : 52;
  static constexpr int bias = is_float ? 127 : 1023;
  static constexpr T log2_e = static_cast<T>(1.44269504088896340736);
  static constexpr T ln2 = static_cast<T>(0.69314718055994530942);
  static constexpr T ln2_high = static_cast<T>(is_float ? 0.693359375 : 6.93147180369123816490e-01);
  static constexpr T ln2_low = static_cast<T>(is_float ? -2.12194440e-4 : 1.90821492927058770002e-10);
};

// |max| above this: the maximum is subtracted first. That is exact for every element whose exponential is not 0: within
// 104 (f32; 745 in f64) of such a maximum all numbers are multiples of one ULP that is small enough for the difference
// to fit. Below it N has at most 10 (12) bits and N*ln2_high is exact, with or without a fused multiply-add.
template <class T>
inline constexpr T direct_limit = sizeof(T) == 4 ? 256 : 2048;

// The exponentials are e^x * 2^(headroom - k): at most 1.5 * 2^headroom, and 0 below the smallest subnormal share of
// it.
template <class T>
inline constexpr int headroom = sizeof(T) == 4 ? 32 : 64;
template <class T>
inline constexpr double two_to_headroom = sizeof(T) == 4 ? 0x1p32 : 0x1p64;

// e^x * 2^(headroom - k) for x <= max, lane by lane: at most 1 ULP wrong; 0 where the exponent is too small, -inf
// included. max must be finite; other lanes give numbers without meaning.
template <class D>
struct ScaledExp {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using C = ExpConstants<T>;
  using Integers = hn::RebindToSigned<D>;

  V shift;  // 0, or the maximum
  V k;
  V lowest;  // where N - k + headroom = -bias: below, the exponent would wrap
  hn::Vec<Integers> exponent_offset;

  static HWY_INLINE V rounder() {
    return hn::Set(D(), static_cast<T>(3LL << (C::mantissa_bits - 1)));
  }  // adding it rounds to integers
  static HWY_INLINE V times_log2_e(V z) { return hn::MulAdd(z, hn::Set(D(), C::log2_e), rounder()); }

  // e^(z - n*ln2), n the integer nearest to z*log2(e)
  static HWY_INLINE V remaining_exp(V z, V n) {
    const D d;
    const V r = hn::NegMulAdd(n, hn::Set(d, C::ln2_low), hn::NegMulAdd(n, hn::Set(d, C::ln2_high), z));
    const V one = hn::Set(d, 1);
    return hn::MulAdd(hn::MulAdd(ExpPolynomial(d, r), r, one), r, one);
  }

  ScaledExp() = default;
  explicit HWY_INLINE ScaledExp(V max) {
    const D d;
    const Integers di;
    shift = hn::IfThenElse(hn::Le(hn::Abs(max), hn::Set(d, direct_limit<T>)), hn::Zero(d), max);
    const V with_k = times_log2_e(hn::Sub(max, shift));
    k = hn::Sub(with_k, rounder());
    const int zero_exponent = C::bias + headroom<T>;
    lowest = hn::Mul(hn::Sub(k, hn::Set(d, static_cast<T>(zero_exponent))), hn::Set(d, C::ln2));
    exponent_offset = hn::Sub(hn::Set(di, zero_exponent), hn::BitCast(di, with_k));
  }

  HWY_INLINE V operator()(V x) const {
    const D d;
    const Integers di;
    const V z = hn::Max(hn::Sub(x, shift), lowest);
    const V with_n = times_log2_e(z);
    const V n = hn::Sub(with_n, rounder());
    const V e = remaining_exp(z, n);
    const auto exponent = hn::Add(hn::BitCast(di, with_n), exponent_offset);  // 0 at `lowest`
    return hn::Mul(e, hn::BitCast(d, hn::ShiftLeft<C::mantissa_bits>(exponent)));
  }
};

// The same where no exponential of a row is subnormal and nothing is subtracted first: nothing is clamped then, and the
// power of two is added to the exponent's bits. The same bits in three operations less.
template <class D>
struct PlainExp {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  using C = ExpConstants<T>;
  using Integers = hn::RebindToSigned<D>;

  // the largest max - x that leaves two times the smallest normal number
  static constexpr T reach = sizeof(T) == 4 ? 105 : 740;

  V rounder;  // adding it rounds to integers, N, and leaves N - k + headroom in the lowest bits

  explicit HWY_INLINE PlainExp(const ScaledExp<D>& scaled)
      : rounder(hn::Add(ScaledExp<D>::rounder(), hn::Sub(hn::Set(D(), static_cast<T>(headroom<T>)), scaled.k))) {}

  HWY_INLINE V operator()(V x) const {
    const D d;
    const Integers di;
    const V with_n = hn::MulAdd(x, hn::Set(d, C::log2_e), rounder);
    const V n = hn::Sub(with_n, rounder);
    const V e = ScaledExp<D>::remaining_exp(x, n);
    const auto exponent = hn::ShiftLeft<C::mantissa_bits>(hn::BitCast(di, with_n));
    return hn::BitCast(d, hn::Add(hn::BitCast(di, e), exponent));
  }
};

// What a row adds up to, in f64; V is one f64 lane (a row) or several (columns).
template <class V>
struct RowSum {
  V count;         // n, how many elements equal the maximum
  V total;         // n*top + others
  V top_share;     // the probability of one largest element
  V others_share;  // the probability of all the others together
  V ratio;         // others / (n*top)
};

// log(sum of e^(x - max))
template <class D, class V>
HWY_INLINE V log_sum_of(D d, const RowSum<V>& row) {
  V log_sum = Log1p(d, row.ratio);
  if (!hn::AllTrue(d, hn::Eq(row.count, hn::Set(d, 1)))) log_sum = hn::Add(log_sum, Log(d, row.count));
  return log_sum;
}

template <class T, class D, class V>
HWY_INLINE RowSum<V> finish_row(D d, V max_less_shift, V k, V count, V others) {
  using C = ExpConstants<double>;
  const V one = hn::Set(d, 1);
  // top = 2^headroom * e^r, r = max - k*ln2, as 1 + r and a small rest: every element is divided by it, so it is right
  // to 0.52 ULP
  const V ln2_low = hn::Set(d, C::ln2_low);
  const V high = hn::NegMulAdd(k, hn::Set(d, C::ln2_high), max_less_shift);
  const V r = hn::NegMulAdd(k, ln2_low, high);
  const V r_low = hn::NegMulAdd(k, ln2_low, hn::Sub(high, r));
  const V start = hn::Add(one, r);
  const V rest = hn::MulAdd(hn::Mul(r, r), ExpPolynomial(d, r), hn::Add(hn::Sub(r, hn::Sub(start, one)), r_low));
  const V top = hn::Mul(hn::Add(start, rest), hn::Set(d, two_to_headroom<T>));
  const V tops = hn::Mul(count, top);
  const V total = hn::Add(tops, others);
  return {count, total, hn::Div(top, total), hn::Div(others, total), hn::Div(others, tops)};
}

template <class T>
HWY_INLINE T largest_marker() {
  return T{-1};
}

// Marked exponentials become probabilities.
template <class D>
struct Probability {
  hn::Vec<D> top_share, one_over_total;

  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> marked) const {
    return hn::IfThenElse(hn::Lt(marked, hn::Zero(d)), top_share, hn::Mul(marked, one_over_total));
  }
};

// The columns [0, count) of x[axis, inner], a lane each. Where the maximum is not finite the results have no meaning.
template <class D>
struct Columns {
  hn::Vec<D> max;
  hn::Mask<D> usable;  // the maximum is finite
  RowSum<WideVec<D>> sum[wide_parts<D>];

  HWY_INLINE Probability<D> probability() const {
    const D d;
    Wide<D> top, inverse;
    for (int i = 0; i < wide_parts<D>; ++i) {
      top.part[i] = sum[i].top_share;
      inverse.part[i] = hn::Div(hn::Set(WideTag<D>(), 1), sum[i].total);
    }
    return {hn::IfThenElse(usable, narrow(d, top), hn::NaN(d)), hn::IfThenElse(usable, narrow(d, inverse), hn::NaN(d))};
  }
};

// equal counts the largest elements, others adds up the exponentials of the rest.
template <class D>
HWY_INLINE Columns<D> finish_columns(hn::Vec<D> max, const ScaledExp<D>& scaled_exp, const ChainSum<D>& equal,
                                     const ChainSum<D>& others) {
  const D d;
  Columns<D> columns;
  columns.max = max;
  columns.usable = hn::IsFinite(max);
  const Wide<D> max_less_shift = widen(d, hn::Sub(max, scaled_exp.shift));
  const Wide<D> k = widen(d, scaled_exp.k);
  const Wide<D> counts = equal.total();
  const Wide<D> other_sums = others.total();
  for (int i = 0; i < wide_parts<D>; ++i)
    columns.sum[i] =
        finish_row<hn::TFromD<D>>(WideTag<D>(), max_less_shift.part[i], k.part[i], counts.part[i], other_sums.part[i]);
  return columns;
}

template <bool store, class D, class T = hn::TFromD<D>>
HWY_INLINE Columns<D> sum_columns(D d, const T* x, std::int64_t axis, std::int64_t inner, std::int64_t count, T* e) {
  const auto load = [=](std::int64_t a) HWY_ATTR { return load_filled(d, x + a * inner, count, T{0}); };
  Extreme<D, Largest> extreme;
  for (std::int64_t a = 0; a < axis; ++a) extreme.take(load(a));
  const auto max = extreme.result();
  const ScaledExp<D> scaled_exp(max);
  const auto zero = hn::Zero(d);
  const auto one = hn::Set(d, 1);
  const auto marker = hn::Set(d, largest_marker<T>());
  ChainSum<D> others, equal;
  for (std::int64_t begin = 0; begin < axis; begin += chain_block) {
    ChainSum<D> block;
    auto block_equal = zero;
    for (std::int64_t a = begin; a < std::min(axis, begin + chain_block); ++a) {
      const auto v = load(a);
      const auto is_max = hn::Eq(v, max);
      const auto marked = hn::IfThenElse(is_max, marker, scaled_exp(v));
      block_equal = hn::Add(block_equal, hn::IfThenElseZero(is_max, one));
      block.add(widen(d, hn::Max(marked, zero)));
      if constexpr (store) store_first(d, marked, e + a * inner, count);
    }
    others.add(block.total());
    equal.add(widen(d, block_equal));
  }

  return finish_columns(max, scaled_exp, equal, others);
}

// (x - max) - log_sum in f64: both terms are at most 0, so nothing cancels, and f32 is rounded once.
template <class D>
HWY_INLINE hn::Vec<D> log_probability(D d, hn::Vec<D> x, const Wide<D>& max, const Wide<D>& log_sum) {
  const auto formula = [](auto v, auto m, auto l) HWY_ATTR { return hn::Sub(hn::Sub(v, m), l); };
  return narrow(d, each_part(d, formula, widen(d, x), max, log_sum));
}

// -g*log p, where 0*inf counts as 0.
template <class D>
struct LabelGradient {
  hn::Vec<D> g;

  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> log_p) const {
    const auto counts_as_0 = hn::And(hn::Eq(g, hn::Zero(d)), hn::IsInf(log_p));
    return hn::Neg(hn::Mul(g, hn::IfThenZeroElse(counts_as_0, log_p)));
  }
};

// Rows of few classes would fill a vector badly and wait for one logarithm after the other: they are turned on their
// side, a row to a lane, and treated as columns.
inline constexpr std::int64_t narrow_classes = 16;

template <class T>
struct Tile {
  static constexpr std::int64_t rows = lanes_of<LaneTag<T>>;
  alignas(64) T at[narrow_classes * rows];  // [classes, rows]

  // x is [count, classes]; spare lanes repeat the last row.
  HWY_INLINE void load(const T* x, std::int64_t classes, std::int64_t count) {
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < classes; ++c) at[c * rows + r] = x[std::min(r, count - 1) * classes + c];
  }
  HWY_INLINE void store(T* y, std::int64_t classes, std::int64_t count) const {
    for (std::int64_t r = 0; r < count; ++r)
      for (std::int64_t c = 0; c < classes; ++c) y[r * classes + c] = at[c * rows + r];
  }
};

// Calls f(first row, count) for tiles of rows.
template <class T, class F>
void for_each_tile(std::int64_t rows, std::int64_t classes, F f) {
  constexpr std::int64_t size = Tile<T>::rows;
  for_each_row((rows + size - 1) / size, size * classes,
               [&](std::int64_t tile) HWY_ATTR { f(tile * size, std::min(size, rows - tile * size)); });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
