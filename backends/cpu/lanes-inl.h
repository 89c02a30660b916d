// Sums whose bits do not depend on the vector width: 64 bytes of virtual lanes (16 f32 or 8 f64), each an f64 chain,
// which a fixed tree adds up at the end. Also the edges of rows: loads and stores of less than a vector, widening to
// f64.
#if defined(LOGITAPE_BACKENDS_CPU_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_LANES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_LANES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_LANES_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "logitape/backends/cpu/thread_pool.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
inline constexpr std::int64_t virtual_lanes = 64 / static_cast<std::int64_t>(sizeof(T));

// Rows longer than this are summed as blocks of this length, combined in order.
inline constexpr std::int64_t sum_block = 8192;
// The same for a chain along a non-last axis.
inline constexpr std::int64_t chain_block = 256;

template <class T>
using LaneTag = hn::CappedTag<T, static_cast<std::size_t>(virtual_lanes<T>)>;

template <class D>
inline constexpr std::int64_t lanes_of = static_cast<std::int64_t>(hn::MaxLanes(D()));

// AVX2 and AVX-512 can load and store some lanes and touch no memory beside them.
inline constexpr bool masked_memory = HWY_TARGET <= HWY_AVX2 && !HWY_IS_MSAN;

// Elements [0, count) of a row's end as a whole vector, `fill` in the spare lanes.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_filled(D d, const T* x, std::int64_t count, T fill) {
  if (count >= lanes_of<D>) return hn::LoadU(d, x);
  if constexpr (masked_memory) {
    const auto mask = hn::FirstN(d, static_cast<std::size_t>(count));
    return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, x), hn::Set(d, fill));
  } else {
    HWY_ALIGN T buffer[lanes_of<D>];
    hn::Store(hn::Set(d, fill), d, buffer);
    for (std::int64_t i = 0; i < count; ++i) buffer[i] = x[i];
    return hn::Load(d, buffer);
  }
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_first(D d, hn::Vec<D> v, T* y, std::int64_t count) {
  if (count >= lanes_of<D>) return hn::StoreU(v, d, y);
  if constexpr (masked_memory) {
    hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, y);
  } else {
    HWY_ALIGN T buffer[lanes_of<D>];
    hn::Store(v, d, buffer);
    for (std::int64_t i = 0; i < count; ++i) y[i] = buffer[i];
  }
}

// The f64 vectors that hold one vector of T: one for f64, two halves for f32 (one on the scalar target, which has no
// halves).
template <class D>
inline constexpr int wide_parts = sizeof(hn::TFromD<D>) == 8 || HWY_TARGET == HWY_SCALAR ? 1 : 2;
template <class D>
using WideTag =
    std::conditional_t<HWY_TARGET == HWY_SCALAR, hn::CappedTag<double, 1>, hn::CappedTag<double, 64 / sizeof(double)>>;
template <class D>
using WideVec = hn::Vec<WideTag<D>>;

template <class D>
struct Wide {
  WideVec<D> part[wide_parts<D>];
};

template <class D>
HWY_INLINE Wide<D> widen(D, hn::Vec<D> v) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return {{v}};
  } else {
    const WideTag<D> wide;
#if HWY_TARGET == HWY_SCALAR
    return {{hn::PromoteTo(wide, v)}};
#else
    const hn::Half<D> half;
    return {{hn::PromoteTo(wide, hn::LowerHalf(half, v)), hn::PromoteTo(wide, hn::UpperHalf(half, v))}};
#endif
  }
}

template <class D>
HWY_INLINE hn::Vec<D> narrow(D d, const Wide<D>& w) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    return w.part[0];
  } else {
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(
        d, static_cast<float>(hn::GetLane(w.part[0])));  // this target's DemoteTo makes infinity the largest number
#else
    const hn::Half<D> half;
    if constexpr (HWY_TARGET == HWY_EMU128) {  // the same here
      HWY_ALIGN double wide[lanes_of<D>];
      HWY_ALIGN float lanes[lanes_of<D>];
      for (int i = 0; i < wide_parts<D>; ++i) hn::Store(w.part[i], WideTag<D>(), wide + i * lanes_of<WideTag<D>>);
      for (std::int64_t i = 0; i < lanes_of<D>; ++i) lanes[i] = static_cast<float>(wide[i]);
      return hn::Load(d, lanes);
    }
    return hn::Combine(d, hn::DemoteTo(half, w.part[1]), hn::DemoteTo(half, w.part[0]));
#endif
  }
}

// Calls f for each f64 part of the operands: w = f(a, b, ...).
template <class D, class F, class... A>
HWY_INLINE Wide<D> each_part(D, F f, const A&... operands) {
  Wide<D> result;
  for (int i = 0; i < wide_parts<D>; ++i) result.part[i] = f(operands.part[i]...);
  return result;
}

// sum += b. For f64 data `lost` collects what the additions round away (Knuth's two-sum), because the result has no
// digits to spare; for f32 data, whose sums are f64 too, it stays 0.
template <class T, class D, class V>
HWY_INLINE void add_to(D, V& sum, V& lost, V b) {
  const V a = sum;
  sum = hn::Add(a, b);
  if constexpr (sizeof(T) == sizeof(double)) {
    const V b_in_sum = hn::Sub(sum, a);
    lost = hn::Add(lost, hn::Add(hn::Sub(a, hn::Sub(sum, b_in_sum)), hn::Sub(b, b_in_sum)));
  }
}

template <class T, class V>
HWY_INLINE V with_lost(V sum, V lost) {
  if constexpr (sizeof(T) != sizeof(double)) return sum;
  else return hn::IfThenElse(hn::IsNaN(lost), sum, hn::Add(sum, lost));  // an infinite sum loses NaN
}

// The virtual lanes of a row's sum.
template <class T>
struct LaneSum {
  alignas(64) double lane[virtual_lanes<T>] = {};
  alignas(64) double lost[sizeof(T) == sizeof(double) ? virtual_lanes<T> : 1] = {};

  // Adds a vector to the virtual lanes that start at `first`.
  template <class D>
  HWY_INLINE void add(D, std::int64_t first, const Wide<D>& w) {
    const WideTag<D> wide;
    for (int i = 0; i < wide_parts<D>; ++i) {
      const std::int64_t at = first + i * lanes_of<WideTag<D>>;
      auto sum = hn::Load(wide, lane + at);
      if constexpr (sizeof(T) == sizeof(double)) {
        auto sum_lost = hn::Load(wide, lost + at);
        add_to<T>(wide, sum, sum_lost, w.part[i]);
        hn::Store(sum_lost, wide, lost + at);
      } else {
        sum = hn::Add(sum, w.part[i]);
      }
      hn::Store(sum, wide, lane + at);
    }
  }
  template <class D>
  HWY_INLINE void add(D d, std::int64_t first, hn::Vec<D> v) {
    add(d, first, widen(d, v));
  }

  HWY_INLINE double total() const {
    double sum[virtual_lanes<T>];
    std::copy(lane, lane + virtual_lanes<T>, sum);
    if constexpr (sizeof(T) == sizeof(double))
      for (std::int64_t i = 0; i < virtual_lanes<T>; ++i) sum[i] += std::isnan(lost[i]) ? 0 : lost[i];
    for (std::int64_t width = virtual_lanes<T> / 2; width >= 1; width /= 2)
      for (std::int64_t i = 0; i < width; ++i) sum[i] += sum[i + width];
    return sum[0];
  }
};

// The chains of a vector of columns, a lane each.
template <class D>
struct ChainSum {
  Wide<D> sum, lost;

  HWY_INLINE ChainSum() : sum(widen(D(), hn::Zero(D()))), lost(sum) {}
  HWY_INLINE void add(const Wide<D>& w) {
    for (int i = 0; i < wide_parts<D>; ++i) add_to<hn::TFromD<D>>(WideTag<D>(), sum.part[i], lost.part[i], w.part[i]);
  }
  HWY_INLINE Wide<D> total() const {
    Wide<D> result;
    for (int i = 0; i < wide_parts<D>; ++i) result.part[i] = with_lost<hn::TFromD<D>>(sum.part[i], lost.part[i]);
    return result;
  }
};

struct Largest {
  template <class V>
  HWY_INLINE static V of(V a, V b) {
    return hn::Max(a, b);
  }
  template <class D>
  HWY_INLINE static hn::Vec<D> of_lanes(D d, hn::Vec<D> v) {
    return hn::MaxOfLanes(d, v);
  }
  template <class D>
  HWY_INLINE static hn::Vec<D> identity(D d) {
    return hn::Neg(hn::Inf(d));
  }
};

struct Smallest {
  template <class V>
  HWY_INLINE static V of(V a, V b) {
    return hn::Min(a, b);
  }
  template <class D>
  HWY_INLINE static hn::Vec<D> of_lanes(D d, hn::Vec<D> v) {
    return hn::MinOfLanes(d, v);
  }
  template <class D>
  HWY_INLINE static hn::Vec<D> identity(D d) {
    return hn::Inf(d);
  }
};

// The largest or smallest so far, of vectors in any order. Max and Min lose a NaN on some machines, so it is kept
// apart. Which zero comes out of -0 and +0 would depend on the order too: a zero result is +0.
template <class D, class Which>
struct Extreme {
  using V = hn::Vec<D>;
  V value;
  hn::Mask<D> nan;

  HWY_INLINE Extreme() : value(Which::identity(D())), nan(hn::IsNaN(value)) {}
  HWY_INLINE void take(V x) {
    value = Which::of(value, x);
    nan = hn::Or(nan, hn::IsNaN(x));
  }
  HWY_INLINE V result() const {
    const D d;
    return hn::IfThenElse(nan, hn::NaN(d), hn::Add(value, hn::Zero(d)));
  }
};

// The largest or smallest of the lanes of v, which holds no NaN; never -0.
template <class Which, class D, class T = hn::TFromD<D>>
HWY_INLINE T extreme_of_lanes(D d, hn::Vec<D> v) {
  if constexpr (HWY_TARGET != HWY_EMU128) return hn::GetLane(Which::of_lanes(d, v)) + T{0};
  // the emulated target's MaxOfLanes starts at the lowest finite number, which is above -inf
  HWY_ALIGN T left[lanes_of<D>];
  hn::Store(v, d, left);
  const hn::CappedTag<T, 1> one;
  auto result = hn::Set(one, left[0]);
  for (std::int64_t j = 1; j < lanes_of<D>; ++j) result = Which::of(result, hn::Set(one, left[j]));
  return hn::GetLane(result) + T{0};
}

// The largest or smallest of n >= 1 elements; NaN if any element is NaN.
template <class Which, class T>
HWY_INLINE T row_extreme(const T* x, std::int64_t n) {
  using D = LaneTag<T>;
  const D d;
  constexpr std::int64_t lanes = lanes_of<D>;
  Extreme<D, Which> a, b;
  std::int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    a.take(hn::LoadU(d, x + i));
    b.take(hn::LoadU(d, x + i + lanes));
  }
  for (; i < n; i += lanes) a.take(load_filled(d, x + i, n - i, x[i]));
  a.value = Which::of(a.value, b.value);
  a.nan = hn::Or(a.nan, b.nan);
  if (!hn::AllFalse(d, a.nan)) return hn::GetLane(hn::NaN(d));
  return extreme_of_lanes<Which>(d, a.value);
}

// Calls f(row) for every row; threads claim blocks of rows that hold about 16k elements.
template <class F>
void for_each_row(std::int64_t rows, std::int64_t row_size, F f) {
  const std::int64_t block = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, row_size));
  parallel_for((rows + block - 1) / block, rows * row_size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    for (std::int64_t r = first * block; r < std::min(rows, last * block); ++r) f(r);
  });
}

// For an array [outer, axis, inner]: calls f(o, i, count) for groups of count <= `width` neighbours along inner.
// A group never depends on the threads; threads claim blocks of groups that hold about 16k elements.
template <class F>
void for_each_column_group(std::int64_t outer, std::int64_t axis, std::int64_t inner, std::int64_t width, F f) {
  const std::int64_t groups = (inner + width - 1) / width;
  const std::int64_t group_size = std::max<std::int64_t>(1, axis * std::min(inner, width));
  for_each_row(outer * groups, group_size, [&](std::int64_t g) HWY_ATTR {
    const std::int64_t first = g % groups * width;
    f(g / groups, first, std::min(width, inner - first));
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
