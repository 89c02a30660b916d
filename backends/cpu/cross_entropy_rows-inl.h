// Softmax cross entropy of one row at a time, for rows whose classes lie side by side. The labels are anything that has
//   load(d, i, left)  the labels of a vector of classes from i on, 0 from i + left on;   operator[](c)   one label
//   sums(survey)      what they add up to
//   all_but_own(d, i, left), own()   as load, but for the label of one class, the row's own, if own() is not negative:
//                                    the gradient there is mended afterwards, and no vector has to ask where it is
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
#include "logitape/backends/cpu/row_passes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

using RowLabels = LabelSums<hn::Vec<RowTag>>;
using RowGradient = Gradient<RowTag>;

// Adds the labels of the classes [begin, begin + n) to the three sums of a row.
template <class T, class Labels, class Survey>
HWY_INLINE void add_labels(const Labels& labels, const Survey& survey, std::int64_t begin, std::int64_t n,
                           RowLabels& sums) {
  using D = LaneTag<T>;
  const T max = survey.max;
  const D d;
  const RowTag row;
  const WideTag<D> wide;
  const auto largest = hn::Set(d, max);
  const auto wide_max = hn::Set(wide, static_cast<double>(max));
  const auto product = [&](auto label, auto logit) HWY_ATTR { return hn::Mul(label, hn::Sub(wide_max, logit)); };
  LaneSum<T> at_max, others, distance;
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto logit = survey.load(begin + i, n - i, max);
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

template <class T, class Labels, class Survey>
HWY_INLINE RowLabels sum_labels(const Labels& labels, const Survey& survey) {
  const std::int64_t n = survey.size();
  const auto zero = hn::Zero(RowTag());
  RowLabels sums{zero, zero, zero};
  for (std::int64_t begin = 0; begin < n; begin += sum_block)
    add_labels<T>(labels, survey, begin, std::min(sum_block, n - begin), sums);
  return sums;
}

template <class T>
struct DenseLabels {
  const T* t;

  template <class Survey>
  HWY_INLINE RowLabels sums(const Survey& survey) const {
    return sum_labels<T>(*this, survey);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t left) const {
    return load_filled(d, t + i, left, T{0});
  }
  template <class D>
  HWY_INLINE hn::Vec<D> all_but_own(D d, std::int64_t i, std::int64_t left) const {
    return load(d, i, left);
  }
  std::int64_t own() const { return -1; }
  T operator[](std::int64_t c) const { return t[c]; }
};

// All labels but the class's own are 0.
template <class T>
struct IndexLabel {
  std::int64_t index;
  T label;

  template <class Survey>
  HWY_INLINE RowLabels sums(const Survey& survey) const {
    const RowTag d;
    const T x = survey[index];
    const double t = label, at_max = x == survey.max ? t : 0;
    const auto distance = label_distance(d, hn::Set(d, t), hn::Set(d, static_cast<double>(survey.max)),
                                         hn::Set(d, static_cast<double>(x)));
    return {hn::Set(d, at_max), hn::Set(d, t - at_max), distance};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> all_but_own(D d, std::int64_t, std::int64_t) const {
    return hn::Zero(d);
  }
  std::int64_t own() const { return index; }
  T operator[](std::int64_t c) const { return c == index ? label : T{0}; }
};

template <class T>
struct CodedLabels {
  std::int64_t index;
  LabelCode<T> code;

  template <class Survey>
  HWY_INLINE RowLabels sums(const Survey& survey) const {
    return sum_labels<T>(*this, survey);
  }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t left) const {
    auto t = hn::Set(d, code.off);
    if (index >= i && index < i + lanes_of<D>)
      t = hn::IfThenElse(hn::Eq(hn::Iota(d, 0), hn::Set(d, static_cast<T>(index - i))), hn::Set(d, code.on), t);
    if (code.weights) t = hn::Mul(t, load_filled(d, code.weights + i, left, T{0}));
    return left < lanes_of<D> ? hn::IfThenElseZero(hn::FirstN(d, static_cast<std::size_t>(left)), t) : t;
  }
  template <class D>
  HWY_INLINE hn::Vec<D> all_but_own(D d, std::int64_t i, std::int64_t left) const {
    const auto t = hn::Set(d, code.off);
    return code.weights ? hn::Mul(t, load_filled(d, code.weights + i, left, T{0})) : t;
  }
  std::int64_t own() const { return index; }
  T operator[](std::int64_t c) const { return code.weight(c) * (c == index ? code.on : code.off); }
};

// A row's gradient: one formula for all classes, mended at the row's own class and at the largest logits. e holds the
// exponentials, 0 at the largest, and some vectors more.
template <class M, class T, class Labels, class Survey>
class GradientWriter {
  using D = LaneTag<T>;
  static constexpr std::int64_t lanes = lanes_of<D>, step = is_half<M> ? 2 * lanes : lanes;
  static constexpr std::int64_t line = 64 / static_cast<std::int64_t>(sizeof(M));

 public:
  HWY_INLINE GradientWriter(const RowGradient& gradient, const Labels& labels, const Survey& survey,
                            const LargestElements& largest, const T* e, M* g)
      : gradient_(gradient), labels_(labels), survey_(survey), largest_(largest), e_(e), g_(g),
        weight_(as_number<T>(hn::GetLane(gradient.weight))), minus_scale_(as_number<T>(-hn::GetLane(gradient.scale))) {}

  HWY_INLINE void write() const {
    write_formula(0, survey_.size());
    if (labels_.own() >= 0) g_[labels_.own()] = at_own();
    largest_.for_each(survey_, [&](std::int64_t c) HWY_ATTR { g_[c] = at_largest(c); });
  }

  // Past the caches, by whole lines: spares reading what is replaced. A line is mended before it leaves, since it would
  // have to come back.
  HWY_INLINE void write_past_cache() const {
    const std::int64_t n = survey_.size();
    const auto ahead = static_cast<std::int64_t>(-reinterpret_cast<std::uintptr_t>(g_) % 64 / sizeof(M));
    const std::int64_t begin = std::min(n, ahead), end = begin + (n - begin) / line * line;
    write_formula(0, begin);
    write_formula(end, n);
    std::int64_t mended[] = {labels_.own(), largest_.count == 1 ? largest_.first : -1};
    for (std::int64_t i = begin; i < end; i += line) {
      const auto here = [&](std::int64_t c) { return static_cast<std::uint64_t>(c - i) < std::uint64_t{line}; };
      if (here(mended[0]) || here(mended[1])) {
        HWY_ALIGN M copy[line];
        for (std::int64_t p = 0; p < line; p += step) store_step<false>(i + p, copy + p);
        if (here(mended[0])) copy[mended[0] - i] = at_own();
        if (here(mended[1])) copy[mended[1] - i] = at_largest(mended[1]);
        stream_line(copy, g_ + i);
      } else {
        for (std::int64_t p = 0; p < line; p += step) store_step<true>(i + p, g_ + i + p);
      }
    }
    const auto left = [&](std::int64_t c) { return c >= 0 && (c < begin || c >= end); };
    if (left(mended[0])) g_[mended[0]] = at_own();
    if (largest_.count > 1 || left(mended[1]))
      largest_.for_each(survey_, [&](std::int64_t c) HWY_ATTR { g_[c] = at_largest(c); });
  }

 private:
  HWY_INLINE hn::Vec<D> formula(std::int64_t i, std::int64_t left) const {
    const D d;
    return gradient_elsewhere<D>(hn::LoadU(d, e_ + i), hn::Set(d, weight_), labels_.all_but_own(d, i, left),
                                 hn::Set(d, minus_scale_));
  }
  template <bool past_cache>
  HWY_INLINE void store_step(std::int64_t i, M* to) const {
    if constexpr (is_half<M>) store_two<past_cache>(D(), formula(i, lanes), formula(i + lanes, lanes), to);
    else store_converted<past_cache>(D(), formula(i, lanes), to, lanes);
  }
  HWY_INLINE void write_formula(std::int64_t i, std::int64_t end) const {
    for (; i + 2 * virtual_lanes<T> <= end; i += 2 * virtual_lanes<T>)
      for (std::int64_t p = 0; p < 2 * virtual_lanes<T>; p += step) store_step<false>(i + p, g_ + i + p);
    for (; i < end; i += lanes) store_converted<false>(D(), formula(i, end - i), g_ + i, end - i);
  }
  HWY_INLINE M at_own() const {
    const hn::CappedTag<T, 1> d;
    const std::int64_t c = labels_.own();
    return converted<M>(hn::GetLane(gradient_elsewhere<decltype(d)>(hn::Set(d, e_[c]), hn::Set(d, weight_),
                                                                    hn::Set(d, labels_[c]), hn::Set(d, minus_scale_))));
  }
  HWY_INLINE M at_largest(std::int64_t c) const {
    const RowTag d;
    const auto label = hn::Set(d, static_cast<double>(labels_[c]));
    return converted<M>(static_cast<T>(hn::GetLane(gradient_.at_largest(d, label))));
  }
  static HWY_INLINE void stream_line(const M* from, M* to) {
    const hn::CappedTag<std::uint8_t, 64> d;
    for (std::size_t i = 0; i < 64; i += hn::Lanes(d))
      hn::Stream(hn::Load(d, reinterpret_cast<const std::uint8_t*>(from) + i), d,
                 reinterpret_cast<std::uint8_t*>(to) + i);
  }

  const RowGradient& gradient_;
  const Labels& labels_;
  const Survey& survey_;
  const LargestElements& largest_;
  const T* e_;
  M* g_;
  T weight_, minus_scale_;
};

// -scale*log p. Past the caches by whole lines, as the gradient.
template <class T, class Survey, class M>
HWY_INLINE void write_label_gradient(double scale, const Survey& survey, double row_log_sum, bool past_cache, M* y) {
  using D = LaneTag<T>;
  const D d;
  const WideTag<D> wide;
  constexpr std::int64_t lanes = lanes_of<D>, line = 64 / static_cast<std::int64_t>(sizeof(M));
  const std::int64_t n = survey.size();
  const LabelGradient<D> label_gradient{hn::Set(d, static_cast<T>(scale))};
  const Wide<D> max = widen(d, hn::Set(d, survey.max));
  const Wide<D> log_sum = each_part(
      d, [=](auto) HWY_ATTR { return hn::Set(wide, row_log_sum); }, max);
  const auto formula = [&](std::int64_t i, std::int64_t left) HWY_ATTR {
    return label_gradient(d, log_probability(d, survey.load(i, left, survey.max), max, log_sum));
  };
  const auto ahead = static_cast<std::int64_t>(-reinterpret_cast<std::uintptr_t>(y) % 64 / sizeof(M));
  const std::int64_t begin = past_cache ? std::min(n, ahead) : n, end = begin + (n - begin) / line * line;
  std::int64_t i = 0;
  for (; i < begin; i += lanes) store_converted<false>(d, formula(i, begin - i), y + i, begin - i);
  for (i = begin; i < end; i += lanes) store_converted<true>(d, formula(i, lanes), y + i, lanes);
  for (; i < n; i += lanes) store_converted<false>(d, formula(i, n - i), y + i, n - i);
}

// One row's results; all but loss and lse may be null.
template <class M, class T>
struct RowResults {
  T* loss;
  T* lse;
  M* gradient;
  M* probabilities;
  M* label_gradient;
};

template <class M, class T>
HWY_INLINE void fill_row(const RowResults<M, T>& r, std::int64_t n, T loss, T lse) {
  *r.loss = loss;
  *r.lse = lse;
  if (r.gradient) std::fill(r.gradient, r.gradient + n, converted<M>(loss));
  for (M* const array : {r.probabilities, r.label_gradient})
    if (array) std::fill(array, array + n, converted<M>(loss));
}

// Asks memory for the next row's logits and for what of the gradient goes through the cache, while exponentials are
// made.
template <class M>
struct AskAhead {
  const M *logits, *gradient;  // the latter may be null
  std::int64_t group_size;

  HWY_INLINE void operator()(std::int64_t i) const {
    for (std::int64_t line = 0; line < group_size; line += 64 / static_cast<std::int64_t>(sizeof(M))) {
      hwy::Prefetch(logits + i + line);
    }
  }
};

// One row that has been surveyed; e is scratch. survey_next() is called where it hides the time that the sum takes.
template <class M, class T, class Labels, class Survey, class Next>
HWY_INLINE void cross_entropy_row(const backends::CrossEntropyArgs& a, const Labels& labels, const Survey& survey, T* e,
                                  const AskAhead<M>& ask, bool past_cache, const RowResults<M, T>& r,
                                  Next survey_next) {
  const T max = survey.max;
  if (!std::isfinite(max)) {
    survey_next();
    return fill_row(r, a.classes, std::numeric_limits<T>::quiet_NaN(), max);
  }
  const RowTag d;
  LargestElements largest;
  const Row row =
      r.gradient || r.probabilities ? sum_row<true>(survey, e, largest, ask) : sum_row<false>(survey, e, largest, ask);
  survey_next();
  const RowLabels sums = labels.sums(survey);
  if (r.gradient) {
    const RowGradient gradient(d, row, sums, a.scale, a.unit_mass);
    const GradientWriter<M, T, Labels, Survey> writer(gradient, labels, survey, largest, e, r.gradient);
    if (past_cache) writer.write_past_cache();
    else writer.write();
  }
  if (r.probabilities) write_probabilities(row, survey, largest, e, r.probabilities);
  const auto log_sum = log_sum_of(d, row);
  if (r.label_gradient) write_label_gradient<T>(a.scale, survey, hn::GetLane(log_sum), past_cache, r.label_gradient);
  *r.loss = static_cast<T>(hn::GetLane(loss_of(d, log_sum, sums)));
  *r.lse = static_cast<T>(static_cast<double>(max) + hn::GetLane(log_sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
