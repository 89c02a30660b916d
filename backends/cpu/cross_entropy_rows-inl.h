// Softmax cross entropy of one row at a time, for rows whose classes lie side by side. The labels are anything that has
//   load(d, i, left)  the labels of a vector of classes from i on, 0 from i + left on;   operator[](c)   one label
//   sums(max, x, n)   what they add up to
// A class index is a row of labels like any other: the same formulas, hence the bits of its dense labels.
#if defined(LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_ROWS_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_ROWS_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_ROWS_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/backends/cpu/cross_entropy-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

using RowLabels = LabelSums<hn::Vec<RowTag>>;
using RowGradient = Gradient<RowTag>;

// Adds the labels of the classes [begin, begin + n) to the three sums of a row.
template <class T, class Labels>
HWY_INLINE void add_labels(const Labels& labels, T max, const T* x, std::int64_t begin, std::int64_t n,
                           RowLabels& sums) {
  using D = LaneTag<T>;
  const D d;
  const RowTag row;
  const WideTag<D> wide;
  const auto largest = hn::Set(d, max);
  const auto wide_max = hn::Set(wide, static_cast<double>(max));
  const auto product = [&](auto label, auto logit) HWY_ATTR { return hn::Mul(label, hn::Sub(wide_max, logit)); };
  LaneSum<T> at_max, others, distance;
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto logit = load_filled(d, x + begin + i, n - i, max);
    const auto label = labels.load(d, begin + i, n - i);
    const auto is_max = hn::Eq(logit, largest);
    const std::int64_t lane = i % virtual_lanes<T>;
    const Wide<D> wide_label = widen(d, label);
    if (hn::AllFalse(d, is_max)) {
      others.add(d, lane, wide_label);
    } else {
      at_max.add(d, lane, hn::IfThenElseZero(is_max, label));
      others.add(d, lane, hn::IfThenZeroElse(is_max, label));
    }
    // as label_distance, where a class of label 0 may be masked
    const auto unmasked = hn::IfThenElse(hn::Eq(label, hn::Zero(d)), largest, logit);
    distance.add(d, lane, each_part(d, product, wide_label, widen(d, unmasked)));
  }
  sums.at_max = hn::Add(sums.at_max, hn::Set(row, at_max.total()));
  sums.others = hn::Add(sums.others, hn::Set(row, others.total()));
  sums.distance = hn::Add(sums.distance, hn::Set(row, distance.total()));
}

template <class T, class Labels>
HWY_INLINE RowLabels sum_labels(const Labels& labels, T max, const T* x, std::int64_t n) {
  const auto zero = hn::Zero(RowTag());
  RowLabels sums{zero, zero, zero};
  for (std::int64_t begin = 0; begin < n; begin += sum_block)
    add_labels(labels, max, x, begin, std::min(sum_block, n - begin), sums);
  return sums;
}

template <class T>
struct DenseLabels {
  const T* t;

  HWY_INLINE RowLabels sums(T max, const T* x, std::int64_t n) const { return sum_labels(*this, max, x, n); }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t left) const {
    return load_filled(d, t + i, left, T{0});
  }
  T operator[](std::int64_t c) const { return t[c]; }
};

// All labels but the class's own are 0.
template <class T>
struct IndexLabel {
  std::int64_t index;
  T label;

  HWY_INLINE RowLabels sums(T max, const T* x, std::int64_t) const {
    const RowTag d;
    const double t = label, at_max = x[index] == max ? t : 0;
    const auto distance = label_distance(d, hn::Set(d, t), hn::Set(d, static_cast<double>(max)),
                                         hn::Set(d, static_cast<double>(x[index])));
    return {hn::Set(d, at_max), hn::Set(d, t - at_max), distance};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t) const {
    if (index < i || index >= i + lanes_of<D>) return hn::Zero(d);
    return hn::IfThenElseZero(hn::Eq(hn::Iota(d, 0), hn::Set(d, static_cast<T>(index - i))), hn::Set(d, label));
  }
  T operator[](std::int64_t c) const { return c == index ? label : T{0}; }
};

template <class T>
struct CodedLabels {
  std::int64_t index;
  LabelCode<T> code;

  HWY_INLINE RowLabels sums(T max, const T* x, std::int64_t n) const { return sum_labels(*this, max, x, n); }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t left) const {
    auto t = hn::Set(d, code.off);
    if (index >= i && index < i + lanes_of<D>)
      t = hn::IfThenElse(hn::Eq(hn::Iota(d, 0), hn::Set(d, static_cast<T>(index - i))), hn::Set(d, code.on), t);
    if (code.weights) t = hn::Mul(t, load_filled(d, code.weights + i, left, T{0}));
    return left < lanes_of<D> ? hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(left)), t) : t;
  }
  T operator[](std::int64_t c) const { return code.weight(c) * (c == index ? code.on : code.off); }
};

// g holds the row's exponentials, marked at the largest, and becomes the gradient.
template <class T, class Labels>
HWY_INLINE void write_gradient(const RowGradient& gradient, const Labels& labels, T max, const T* x, std::int64_t n,
                               T* g) {
  using D = LaneTag<T>;
  const D d;
  const RowTag row;
  const auto zero = hn::Zero(d);
  const auto weight = hn::Set(d, static_cast<T>(hn::GetLane(gradient.weight)));
  const auto minus_scale = hn::Set(d, static_cast<T>(-hn::GetLane(gradient.scale)));
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto marked = load_filled(d, g + i, n - i, T{0});
    const auto t = labels.load(d, i, n - i);
    store_first(d, gradient_elsewhere<D>(hn::Max(marked, zero), weight, t, minus_scale), g + i, n - i);
    if (hn::AllFalse(d, hn::Lt(marked, zero))) continue;
    for (std::int64_t j = i; j < std::min(n, i + lanes_of<D>); ++j)
      if (x[j] == max)
        g[j] = static_cast<T>(hn::GetLane(gradient.at_largest(row, hn::Set(row, static_cast<double>(labels[j])))));
  }
}

// One row's results; all but loss may be null.
template <class T>
struct RowResults {
  T* loss;
  T* lse;
  T* gradient;
  T* probabilities;
};

template <class T>
HWY_INLINE void fill_row(const RowResults<T>& r, std::int64_t n, T loss, T lse) {
  *r.loss = loss;
  if (r.lse) *r.lse = lse;
  if (r.gradient) std::fill(r.gradient, r.gradient + n, loss);
  if (r.probabilities) std::fill(r.probabilities, r.probabilities + n, loss);
}

template <class T, class Labels>
void cross_entropy_row(const backends::CrossEntropyArgs& a, const Labels& labels, const T* x, const RowResults<T>& r) {
  const std::int64_t n = a.classes;
  const T max = row_extreme<Largest>(x, n);
  if (!std::isfinite(max)) return fill_row(r, n, std::numeric_limits<T>::quiet_NaN(), max);
  const RowTag d;
  T* const e = r.gradient ? r.gradient : r.probabilities;
  const Row row = e ? sum_row<true>(max, x, n, e) : sum_row<false>(max, x, n, e);
  const RowLabels sums = labels.sums(max, x, n);
  *r.loss = static_cast<T>(hn::GetLane(loss_of(d, row, sums)));
  if (r.lse) *r.lse = static_cast<T>(static_cast<double>(max) + hn::GetLane(row.log_sum));
  if (r.probabilities) write_probabilities(row, e, n, r.probabilities);
  if (r.gradient) write_gradient(RowGradient(d, row, sums, a.scale, a.unit_mass), labels, max, x, n, r.gradient);
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
