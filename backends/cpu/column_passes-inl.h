// The passes over columns x[classes, 64 bytes], side by side and many classes deep, that cross entropy makes:
// ColumnSurvey reads them, ColumnExponentials makes their exponentials, in place, and their sums without the largest.
// What they compute, and the order of sums: sum_columns of softmax-inl.h, whose bits these have. Classes go by spans of
// eight: as in row_passes-inl.h only a span that holds a largest element pays for telling it apart.
#if defined(LOGITAPE_BACKENDS_CPU_COLUMN_PASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_COLUMN_PASSES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_COLUMN_PASSES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_COLUMN_PASSES_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "logitape/backends/cpu/softmax-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

inline constexpr std::int64_t class_span = 8;
static_assert(chain_block % class_span == 0);

// How many vectors lie side by side in 64 bytes.
template <class T>
inline constexpr std::int64_t vectors_of = virtual_lanes<T> / lanes_of<LaneTag<T>>;

// The largest elements of 64 bytes of columns, and of each span of classes.
template <class T>
class ColumnSurvey {
  using D = LaneTag<T>;
  using V = hn::Vec<D>;
  static constexpr std::int64_t width = virtual_lanes<T>, lanes = lanes_of<D>, vectors = vectors_of<T>;

 public:
  V max[vectors];  // NaN where an element of the column is; never -0
  bool plain;      // PlainExp will do

  // How many T for the spans of so many classes.
  static std::int64_t room(std::int64_t classes) { return (classes + class_span - 1) / class_span * width; }
  // Reads x[classes, 64 bytes], classes `step` apart, into the tile, which may be x itself.
  HWY_INLINE void take(const T* x, std::int64_t step, T* tile, std::int64_t classes, T* span_max) {
    const D d;
    span_max_ = span_max;
    V low[vectors], sum[vectors];  // sum: NaN, among other cases, where an element is: cheaper than to ask each
    for (std::int64_t v = 0; v < vectors; ++v) {
      max[v] = hn::Neg(hn::Inf(d));
      low[v] = hn::Inf(d);
      sum[v] = hn::Zero(d);
    }
    for (std::int64_t begin = 0; begin < classes; begin += class_span) {
      const std::int64_t end = std::min(classes, begin + class_span);
      for (std::int64_t c = end + class_span; c < end + 2 * class_span; ++c) hwy::Prefetch(x + c * step);
      for (std::int64_t v = 0; v < vectors; ++v) {
        V high = hn::Neg(hn::Inf(d)), least = low[v], total = sum[v];
        const auto next = [&](std::int64_t c) HWY_ATTR {
          const V element = hn::LoadU(d, x + c * step + v * lanes);
          hn::Store(element, d, tile + c * width + v * lanes);
          return element;
        };
        std::int64_t c = begin;
        for (; c + 4 <= end; c += 4) {
          const V e = next(c), f = next(c + 1), g = next(c + 2), h = next(c + 3);
          high = hn::Max(high, hn::Max(hn::Max(e, f), hn::Max(g, h)));
          least = hn::Min(least, hn::Min(hn::Min(e, f), hn::Min(g, h)));
          total = hn::Add(total, hn::Add(hn::Add(e, f), hn::Add(g, h)));
        }
        for (; c < end; ++c) {
          const V e = next(c);
          high = hn::Max(high, e);
          least = hn::Min(least, e);
          total = hn::Add(total, e);
        }
        hn::Store(high, d, span_max_ + begin / class_span * width + v * lanes);
        max[v] = hn::Max(max[v], high);
        low[v] = least;
        sum[v] = total;
      }
    }
    plain = true;
    for (std::int64_t v = 0; v < vectors; ++v) {
      Extreme<D, Largest> extreme;
      extreme.value = max[v];
      if (!hn::AllFalse(d, hn::IsNaN(sum[v])))  // a NaN, or infinities of both signs
        for (std::int64_t c = 0; c < classes; ++c) extreme.take(hn::Load(d, tile + c * width + v * lanes));
      max[v] = extreme.result();
      const auto near = hn::Le(hn::Abs(max[v]), hn::Set(d, direct_limit<T>));
      const auto low_enough = hn::Le(hn::Sub(max[v], low[v]), hn::Set(d, PlainExp<D>::reach));
      plain = plain && hn::AllTrue(d, hn::And(near, low_enough));
    }
  }

  // Whether a largest element of the v-th vector may be in the span of class c.
  HWY_INLINE bool may_hold_max(std::int64_t c, std::int64_t v) const {
    const D d;
    return !hn::AllFalse(d, hn::Eq(hn::Load(d, span_max_ + c / class_span * width + v * lanes), max[v]));
  }

 private:
  T* span_max_;
};

// x[classes, 64 bytes] become marked exponentials. holds_max[c] is set where the class has a largest element. along(c)
// is called for each span.
template <class Exp, class T, class Along>
HWY_INLINE void sum_column_spans(const ColumnSurvey<T>& survey, const ScaledExp<LaneTag<T>>* scaled, T* x,
                                 std::int64_t classes, std::uint8_t* holds_max, const Along& along,
                                 ChainSum<LaneTag<T>>* others, ChainSum<LaneTag<T>>* equal) {
  using D = LaneTag<T>;
  const D d;
  constexpr std::int64_t width = virtual_lanes<T>, lanes = lanes_of<D>, vectors = vectors_of<T>;
  const auto zero = hn::Zero(d), one = hn::Set(d, 1), marker = hn::Set(d, largest_marker<T>());
  for (std::int64_t begin = 0; begin < classes; begin += chain_block) {
    const std::int64_t block_end = std::min(classes, begin + chain_block);
    ChainSum<D> block[vectors];
    for (std::int64_t first = begin; first < block_end; first += class_span) {
      along(first);
      const std::int64_t end = std::min(block_end, first + class_span);
      for (std::int64_t v = 0; v < vectors; ++v) {
        const Exp exp(scaled[v]);
        ChainSum<D> sum = block[v];
        T* const at = x + v * lanes;
        if (!survey.may_hold_max(first, v)) {
          for (std::int64_t c = first; c < end; ++c) {
            const auto e = exp(hn::Load(d, at + c * width));
            sum.add(widen(d, e));
            hn::Store(e, d, at + c * width);
          }
        } else {
          for (std::int64_t c = first; c < end; ++c) {
            const auto element = hn::Load(d, at + c * width);
            const auto is_max = hn::Eq(element, survey.max[v]);
            const auto marked = hn::IfThenElse(is_max, marker, exp(element));
            if (!hn::AllFalse(d, is_max)) holds_max[c] = 1;
            equal[v].add(widen(d, hn::IfThenElseZero(is_max, one)));
            sum.add(widen(d, hn::Max(marked, zero)));
            hn::Store(marked, d, at + c * width);
          }
        }
        block[v] = sum;
      }
    }
    for (std::int64_t v = 0; v < vectors; ++v) others[v].add(block[v].total());
  }
}

template <class T, class Along>
HWY_INLINE void sum_surveyed_columns(const ColumnSurvey<T>& survey, T* x, std::int64_t classes, std::uint8_t* holds_max,
                                     const Along& along, Columns<LaneTag<T>>* columns) {
  using D = LaneTag<T>;
  constexpr std::int64_t vectors = vectors_of<T>;
  ScaledExp<D> scaled[vectors];
  ChainSum<D> others[vectors], equal[vectors];
  for (std::int64_t v = 0; v < vectors; ++v) scaled[v] = ScaledExp<D>(survey.max[v]);
  if (survey.plain) sum_column_spans<PlainExp<D>>(survey, scaled, x, classes, holds_max, along, others, equal);
  else sum_column_spans<ScaledExp<D>>(survey, scaled, x, classes, holds_max, along, others, equal);
  for (std::int64_t v = 0; v < vectors; ++v) columns[v] = finish_columns(survey.max[v], scaled[v], equal[v], others[v]);
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
