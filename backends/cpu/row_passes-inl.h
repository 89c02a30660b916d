// The passes over one row x[n] that softmax, log_softmax, logsumexp and cross entropy share, where its elements lie
// side by side: RowSurvey reads it, sum_row makes its exponentials and their sum without the largest elements. What
// they compute: softmax-inl.h. Rows go by groups of four vectors of virtual lanes, 256 bytes. Only a span of groups
// that holds a largest element pays for telling it apart: the survey keeps the maximum of every span.
#if defined(LOGITAPE_BACKENDS_CPU_ROW_PASSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_ROW_PASSES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_ROW_PASSES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_ROW_PASSES_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/backends/cpu/halves-inl.h"
#include "logitape/backends/cpu/softmax-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

template <class T>
inline constexpr std::int64_t group = 4 * virtual_lanes<T>;

// The first pass over a row, and then the row itself. M is what memory holds, T what is computed in.
template <class M, class T = M>
class RowSurvey {
  using D = LaneTag<T>;
  using V = hn::Vec<D>;
  static constexpr std::int64_t most_spans = 64, lanes = lanes_of<D>;

 public:
  T max;       // NaN if any element is; never -0
  bool plain;  // PlainExp will do

  HWY_INLINE void take(const M* row, std::int64_t n) {
    const D d;
    row_ = row;
    size_ = n;
    span_bits_ = sizeof(T) == 4 ? 6 : 5;  // one group
    while ((n >> span_bits_) >= most_spans) ++span_bits_;
    constexpr std::int64_t width = virtual_lanes<T>;
    V high = hn::Neg(hn::Inf(d)), low = hn::Inf(d);
    V sum = hn::Zero(d);  // NaN, among other cases, where an element is: cheaper than to ask each
    for (std::int64_t i = 0; i < n;) {
      const std::int64_t end = std::min(n, (i | ((std::int64_t{1} << span_bits_) - 1)) + 1);
      T* const span_max = span_max_ + (i >> span_bits_) * lanes;
      V span_high = hn::Neg(hn::Inf(d));
      for (; i + group<T> <= end; i += group<T>) {
        for (std::int64_t p = 0; p < width; p += lanes) {
          V a, b, c, f;  // in any order
          load_two(i + 2 * p, a, b);
          load_two(i + 2 * p + 2 * width, c, f);
          span_high = hn::Max(span_high, hn::Max(hn::Max(a, b), hn::Max(c, f)));
          low = hn::Min(low, hn::Min(hn::Min(a, b), hn::Min(c, f)));
          sum = hn::Add(sum, hn::Add(hn::Add(a, b), hn::Add(c, f)));
        }
      }
      for (; i < end; i += lanes) {
        const V v = load(i, n - i, (*this)[n - 1]);
        span_high = hn::Max(span_high, v);
        low = hn::Min(low, v);
        sum = hn::Add(sum, v);
      }
      hn::Store(span_high, d, span_max);
      high = hn::Max(high, span_high);
    }
    max = hn::AllFalse(d, hn::IsNaN(sum)) ? extreme_of_lanes<Largest>(d, high) : exact_max();
    plain = std::abs(max) <= direct_limit<T> && max - extreme_of_lanes<Smallest>(d, low) <= PlainExp<D>::reach;
  }

  std::int64_t size() const { return size_; }
  T operator[](std::int64_t i) const { return static_cast<T>(row_[i]); }
  HWY_INLINE V load(std::int64_t i) const {
    const D d;
    if constexpr (is_half<M>) return load_half(d, row_ + i);
    else return hn::LoadU(d, row_ + i);
  }
  // With `fill` in the lanes from `left` on.
  HWY_INLINE V load(std::int64_t i, std::int64_t left, T fill) const {
    const D d;
    if (left >= lanes) return load(i);
    if constexpr (is_half<M>) {
      HWY_ALIGN M part[lanes] = {};
      std::copy(row_ + i, row_ + i + left, part);
      return hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(left)), load_half(d, part), hn::Set(d, fill));
    } else {
      return load_filled(d, row_ + i, left, fill);
    }
  }

  // 2 * lanes elements, which of them are a's and which b's being nobody's business.
  HWY_INLINE void load_two(std::int64_t i, V& a, V& b) const {
    if constexpr (std::is_same_v<M, bf16> && lanes > 1) {
      load_even_odd(D(), row_ + i, a, b);
    } else {
      a = load(i);
      b = load(i + lanes);
    }
  }

  // Whether a largest element may be in the group at i.
  HWY_INLINE bool may_hold_max(std::int64_t i) const {
    const D d;
    return !hn::AllFalse(d, hn::Eq(hn::Load(d, span_max_ + (i >> span_bits_) * lanes), hn::Set(d, max)));
  }

 private:
  T exact_max() const {
    const D d;
    Extreme<D, Largest> extreme;
    for (std::int64_t i = 0; i < size_; i += lanes) extreme.take(load(i, size_ - i, (*this)[i]));
    return hn::AllFalse(d, extreme.nan) ? extreme_of_lanes<Largest>(d, extreme.value) : hn::GetLane(hn::NaN(d));
  }

  const M* row_;
  std::int64_t size_;
  int span_bits_;
  alignas(64) T span_max_[most_spans * lanes];
};

// Where a row has its largest elements: `count` in [first, end).
struct LargestElements {
  std::int64_t count = 0, first = 0, end = 0;

  template <class D>
  HWY_INLINE void take(D d, hn::Mask<D> is_max, std::int64_t i) {
    if (hn::AllFalse(d, is_max)) return;
    const std::int64_t here = i + hn::FindFirstTrue(d, is_max);
    first = count == 0 ? here : std::min(first, here);
    count += static_cast<std::int64_t>(hn::CountTrue(d, is_max));
    end = std::max(end, i + lanes_of<D>);
  }

  // Calls f(i) for each.
  template <class Survey, class F>
  HWY_INLINE void for_each(const Survey& survey, F f) const {
    if (count == 1) return f(first);
    using T = std::remove_cvref_t<decltype(survey.max)>;
    const LaneTag<T> d;
    constexpr std::int64_t lanes = lanes_of<LaneTag<T>>;
    const std::int64_t last = std::min(end, survey.size());
    for (std::int64_t i = first / group<T> * group<T>; i < last; i += lanes) {
      if (i % group<T> == 0 && !survey.may_hold_max(i)) {
        i += group<T> - lanes;
        continue;
      }
      HWY_ALIGN T x[lanes];
      hn::Store(survey.load(i, last - i, survey.max), d, x);
      for (std::int64_t j = std::max(i, first); j < std::min(last, i + lanes); ++j)
        if (x[j - i] == survey.max) f(j);
    }
  }
};

// A row's exponentials as far as they go into `others`, e. Elements equal to the maximum count as 0 here.
template <bool store, class Exp, class Survey, class T, class Along>
HWY_INLINE double sum_block_of(const Exp& exp, const Survey& survey, std::int64_t begin, std::int64_t end, T* e,
                               LargestElements& largest, const Along& along) {
  using D = LaneTag<T>;
  const D d;
  constexpr std::int64_t lanes = lanes_of<D>;
  constexpr std::int64_t width = virtual_lanes<T>;
  const auto max = hn::Set(d, survey.max);
  LaneSum<T> sum;

  const auto each = [&](std::int64_t i, std::int64_t) HWY_ATTR {
    const auto y = exp(survey.load(i));
    if constexpr (store) hn::StoreU(y, d, e + i);
    return y;
  };
  const auto each_other = [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    const auto v = survey.load(i, left, -std::numeric_limits<T>::infinity());
    const auto is_max = hn::Eq(v, max);
    largest.take(d, is_max, i);
    auto y = hn::IfThenZeroElse(is_max, exp(v));
    if (left < lanes) y = hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(left)), y);
    if constexpr (store) store_first(d, y, e + i, left);
    return y;
  };
  const auto take_group = [&](std::int64_t i, auto one) HWY_ATTR {
    for (std::int64_t p = 0; p < width; p += lanes) {  // four vectors in lockstep, whatever their width
      const auto a = one(i + p, lanes);
      const auto b = one(i + p + width, lanes);
      const auto c = one(i + p + 2 * width, lanes);
      const auto f = one(i + p + 3 * width, lanes);
      sum.add(d, p, hn::Add(hn::Add(a, b), hn::Add(c, f)));
    }
  };

  std::int64_t i = begin;
  for (; i + group<T> <= end; i += group<T>) {
    along(i);
    if (survey.may_hold_max(i)) take_group(i, each_other);
    else take_group(i, each);
  }
  if (i < end && !survey.may_hold_max(i))
    for (; i + lanes <= end; i += lanes) sum.add(d, (i - begin) % width, each(i, lanes));
  for (; i < end; i += lanes) sum.add(d, (i - begin) % width, each_other(i, end - i));
  return sum.total();
}

using RowTag = hn::CappedTag<double, 1>;

using Row = RowSum<hn::Vec<RowTag>>;

struct Alone {
  HWY_INLINE void operator()(std::int64_t) const {}
};

// One row with a finite maximum. With `store`, e[n] receives the exponentials, 0 for each largest element. along(i) is
// called for each group.
template <bool store, class Survey, class T, class Along = Alone>
HWY_INLINE Row sum_row(const Survey& survey, T* e, LargestElements& largest, const Along& along = Alone()) {
  const LaneTag<T> d;
  const ScaledExp<LaneTag<T>> scaled_exp(hn::Set(d, survey.max));
  const PlainExp<LaneTag<T>> plain_exp(scaled_exp);
  const std::int64_t n = survey.size();
  double others = 0;
  for (std::int64_t begin = 0; begin < n; begin += sum_block) {
    const std::int64_t end = std::min(n, begin + sum_block);
    others += survey.plain ? sum_block_of<store>(plain_exp, survey, begin, end, e, largest, along)
                           : sum_block_of<store>(scaled_exp, survey, begin, end, e, largest, along);
  }
  const RowTag row;
  const T max_less_shift = survey.max - hn::GetLane(scaled_exp.shift);
  return finish_row<T>(row, hn::Set(row, max_less_shift), hn::Set(row, hn::GetLane(scaled_exp.k)),
                       hn::Set(row, static_cast<double>(largest.count)), hn::Set(row, others));
}

// e[n] holds the exponentials of a row, 0 for the largest elements; p may be e.
template <class Survey, class T, class M>
HWY_INLINE void write_probabilities(const Row& row, const Survey& survey, const LargestElements& largest, const T* e,
                                    M* p) {
  using D = LaneTag<T>;
  const D d;
  const std::int64_t n = survey.size();
  const auto one_over_total = hn::Set(d, static_cast<T>(1 / hn::GetLane(row.total)));
  for (std::int64_t i = 0; i < n; i += lanes_of<D>)
    store_converted<false>(d, hn::Mul(load_filled(d, e + i, n - i, T{0}), one_over_total), p + i, n - i);
  const M top_share = converted<M>(static_cast<T>(hn::GetLane(row.top_share)));
  largest.for_each(survey, [=](std::int64_t i) { p[i] = top_share; });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
