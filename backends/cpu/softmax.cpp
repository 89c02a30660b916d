// softmax: y = e^x / sum(e^x);  log_softmax: y = (x - max) - log(sum(e^(x - max)));  label_gradient: y = -g * the
// latter, g one per row. Of probabilities p: centred: y = v - sum(p*v);  softmax_vjp: y = p*(v - sum(p*v)). x and y are
// [outer, classes, inner], the sum runs over the classes. A row with a NaN, a +inf, or -inf alone, is NaN all over, and
// no other row is.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/softmax.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/row_passes-inl.h"
#include "logitape/backends/cpu/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void softmax_row(const T* x, std::int64_t n, T* y) {
  RowSurvey<T> survey;
  survey.take(x, n);
  if (!std::isfinite(survey.max)) {
    std::fill(y, y + n, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  LargestElements largest;
  const Row row = sum_row<true>(survey, y, largest);
  write_probabilities(row, survey, largest, y, y);
}

template <class T>
void softmax_columns(const T* x, std::int64_t axis, std::int64_t inner, std::int64_t count, T* y) {
  using D = LaneTag<T>;
  const D d;
  const Probability<D> probability = sum_columns<true>(d, x, axis, inner, count, y).probability();
  for (std::int64_t a = 0; a < axis; ++a) {
    T* at = y + a * inner;
    store_first(d, probability(d, load_filled(d, at, count, T{0})), at, count);
  }
}

// What becomes of log p: nothing, or LabelGradient.
struct Plain {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> log_p) const {
    return log_p;
  }
};
template <class T, class Finish>
void log_softmax_row(const T* x, std::int64_t n, T* y, Finish finish) {
  using D = LaneTag<T>;
  const D d;
  RowSurvey<T> survey;
  survey.take(x, n);
  const T max = survey.max;
  if (!std::isfinite(max)) {
    std::fill(y, y + n, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  LargestElements largest;
  const Row row = sum_row<false>(survey, y, largest);
  const Wide<D> wide_max = widen(d, hn::Set(d, max));
  const double row_log_sum = hn::GetLane(log_sum_of(RowTag(), row));
  const Wide<D> log_sum = each_part(
      d, [&](auto) HWY_ATTR { return hn::Set(WideTag<D>(), row_log_sum); }, wide_max);
  for (std::int64_t i = 0; i < n; i += lanes_of<D>)
    store_first(d, finish(d, log_probability(d, load_filled(d, x + i, n - i, max), wide_max, log_sum)), y + i, n - i);
}

template <class T, class Finish>
void log_softmax_columns(const T* x, std::int64_t axis, std::int64_t inner, std::int64_t count, T* y, Finish finish) {
  using D = LaneTag<T>;
  const D d;
  const Columns<D> columns = sum_columns<false>(d, x, axis, inner, count, y);
  const Wide<D> max = widen(d, hn::IfThenElse(columns.usable, columns.max, hn::NaN(d)));
  Wide<D> log_sum;
  for (int i = 0; i < wide_parts<D>; ++i) log_sum.part[i] = log_sum_of(WideTag<D>(), columns.sum[i]);
  for (std::int64_t a = 0; a < axis; ++a) {
    const auto log_p = log_probability(d, load_filled(d, x + a * inner, count, T{0}), max, log_sum);
    store_first(d, finish(d, log_p), y + a * inner, count);
  }
}

// Calls row(r, x, classes, y) where the classes are the last axis and many, otherwise columns(r, rows, x, classes,
// inner, count, y) for a vector of columns at a time. r: the row, or the first of those rows, counted through outer and
// inner.
template <class T, class RowKernel, class ColumnKernel>
void over_classes(const backends::SoftmaxArgs& a, RowKernel row, ColumnKernel columns) {
  const T* x = static_cast<const T*>(a.x);
  T* y = static_cast<T*>(a.y);
  if (a.inner == 1 && a.classes <= narrow_classes) {
    for_each_tile<T>(a.outer, a.classes, [=](std::int64_t r, std::int64_t count) HWY_ATTR {
      Tile<T> in{}, out;  // filled, or g++ 12 fears a tile of no classes
      in.load(x + r * a.classes, a.classes, count);
      columns(r, count, in.at, a.classes, Tile<T>::rows, Tile<T>::rows, out.at);
      out.store(y + r * a.classes, a.classes, count);
    });
    return;
  }
  if (a.inner == 1) {
    for_each_row(a.outer, a.classes,
                 [=](std::int64_t r) HWY_ATTR { row(r, x + r * a.classes, a.classes, y + r * a.classes); });
    return;
  }
  for_each_column_group(a.outer, a.classes, a.inner, lanes_of<LaneTag<T>>,
                        [=](std::int64_t o, std::int64_t i, std::int64_t count) HWY_ATTR {
                          const std::int64_t at = o * a.classes * a.inner + i;
                          columns(o * a.inner + i, count, x + at, a.classes, a.inner, count, y + at);
                        });
}

void softmax(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    over_classes<T>(
        a, [](std::int64_t, auto... row) HWY_ATTR { softmax_row<T>(row...); },
        [](std::int64_t, std::int64_t, auto... columns) HWY_ATTR { softmax_columns<T>(columns...); });
  });
}

void log_softmax(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    over_classes<T>(
        a, [](std::int64_t, auto... row) HWY_ATTR { log_softmax_row<T>(row..., Plain()); },
        [](std::int64_t, std::int64_t, auto... columns) HWY_ATTR { log_softmax_columns<T>(columns..., Plain()); });
  });
}

void label_gradient(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    using D = LaneTag<T>;
    const T* g = static_cast<const T*>(a.g);
    over_classes<T>(
        a,
        [=](std::int64_t r, auto... row) HWY_ATTR { log_softmax_row<T>(row..., LabelGradient<D>{hn::Set(D(), g[r])}); },
        [=](std::int64_t r, std::int64_t rows, auto... columns)
            HWY_ATTR { log_softmax_columns<T>(columns..., LabelGradient<D>{load_filled(D(), g + r, rows, T{0})}); });
  });
}

// v - p.v does not change when a number is added to all of v. So a number is taken off first that leaves small
// differences: then what the sum of p lacks to 1 does not count. This number is v at the largest p, and the result
// there is the sum over the other classes alone, with all its digits. f64 has no digits to spare, and takes it only
// where that p is above 1/2, elsewhere p.v: beside many classes of small p the largest may be far from all others. An
// infinite number is not taken off.

// times_p: p*(v - p.v) instead of v - p.v, which is (v - shift) - rest.
template <bool times_p, class D>
HWY_INLINE hn::Vec<D> centred_of(D d, hn::Vec<D> p, hn::Vec<D> v, const Wide<D>& shift, const Wide<D>& rest) {
  const auto difference = [](auto u, auto by, auto mean) HWY_ATTR { return hn::Sub(hn::Sub(u, by), mean); };
  const Wide<D> y = each_part(d, difference, widen(d, v), shift, rest);
  if constexpr (!times_p) return narrow(d, y);
  else
    return narrow(d, each_part(
                         d, [](auto q, auto u) HWY_ATTR { return hn::Mul(q, u); }, widen(d, p), y));
}

// The sum over a row of p*(v - shift).
template <class T>
HWY_INLINE double weighted_sum(const T* p, const T* v, std::int64_t n, double shift) {
  using D = LaneTag<T>;
  const D d;
  const auto term = [=](auto q, auto u) HWY_ATTR { return hn::Mul(q, hn::Sub(u, hn::Set(WideTag<D>(), shift))); };
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += sum_block) {
    LaneSum<T> sum;
    const std::int64_t end = std::min(n, begin + sum_block);
    for (std::int64_t i = begin; i < end; i += lanes_of<D>)
      sum.add(d, (i - begin) % virtual_lanes<T>,
              each_part(d, term, widen(d, load_filled(d, p + i, end - i, T{0})),
                        widen(d, load_filled(d, v + i, end - i, v[i]))));
    total += sum.total();
  }
  return total;
}

template <class T>
inline constexpr T confident = sizeof(T) == sizeof(double) ? T(0.5) : T(0);

// The first element of a row that equals `value`, or the last one.
template <class T>
HWY_INLINE std::int64_t place_of(T value, const T* x, std::int64_t n) {
  using D = LaneTag<T>;
  const D d;
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto found = hn::Eq(load_filled(d, x + i, n - i, x[n - 1]), hn::Set(d, value));
    if (!hn::AllFalse(d, found)) return std::min<std::int64_t>(n - 1, i + hn::FindFirstTrue(d, found));
  }
  return n - 1;
}

template <bool times_p, class T>
void centred_row(const T* p, const T* v, std::int64_t n, T* y) {
  using D = LaneTag<T>;
  const D d;
  const T largest = row_extreme<Largest>(p, n);
  T shift = largest > confident<T> ? v[place_of(largest, p, n)] : static_cast<T>(weighted_sum(p, v, n, 0));
  if (!std::isfinite(shift)) shift = 0;
  const double mean = weighted_sum(p, v, n, shift);
  Wide<D> rest;
  for (auto& part : rest.part) part = hn::Set(WideTag<D>(), mean);
  const Wide<D> by = widen(d, hn::Set(d, shift));
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto wide_y =
        centred_of<times_p>(d, load_filled(d, p + i, n - i, T{0}), load_filled(d, v + i, n - i, v[i]), by, rest);
    store_first(d, wide_y, y + i, n - i);
  }
}

template <bool times_p, class T>
void centred_columns(const T* p, const T* v, std::int64_t axis, std::int64_t inner, std::int64_t count, T* y) {
  using D = LaneTag<T>;
  const D d;
  const auto load = [=](const T* x, std::int64_t a) HWY_ATTR { return load_filled(d, x + a * inner, count, T{0}); };
  const auto weighted = [](auto q, auto u, auto by) HWY_ATTR { return hn::Mul(q, hn::Sub(u, by)); };
  const auto weighted_sums = [&](const Wide<D>& by) HWY_ATTR {
    ChainSum<D> sum;
    for (std::int64_t begin = 0; begin < axis; begin += chain_block) {
      ChainSum<D> block;
      for (std::int64_t a = begin; a < std::min(axis, begin + chain_block); ++a)
        block.add(each_part(d, weighted, widen(d, load(p, a)), widen(d, load(v, a)), by));
      sum.add(block.total());
    }
    return sum.total();
  };
  auto shift = hn::Zero(d), largest = hn::Set(d, confident<T>);
  if constexpr (sizeof(T) == sizeof(double)) shift = narrow(d, weighted_sums(widen(d, shift)));
  for (std::int64_t a = 0; a < axis; ++a) {
    const auto larger = hn::Gt(load(p, a), largest);
    largest = hn::IfThenElse(larger, load(p, a), largest);
    shift = hn::IfThenElse(larger, load(v, a), shift);
  }
  const Wide<D> by = widen(d, hn::IfThenElseZero(hn::IsFinite(shift), shift)), rest = weighted_sums(by);
  for (std::int64_t a = 0; a < axis; ++a)
    store_first(d, centred_of<times_p>(d, load(p, a), load(v, a), by, rest), y + a * inner, count);
}

template <bool times_p>
void centre(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    const T *p = static_cast<const T*>(a.x), *v = static_cast<const T*>(a.g);
    T* y = static_cast<T*>(a.y);
    if (a.inner == 1 && a.classes <= narrow_classes) {
      for_each_tile<T>(a.outer, a.classes, [=](std::int64_t r, std::int64_t count) HWY_ATTR {
        Tile<T> of_p{}, of_v{}, out;
        of_p.load(p + r * a.classes, a.classes, count);
        of_v.load(v + r * a.classes, a.classes, count);
        centred_columns<times_p>(of_p.at, of_v.at, a.classes, Tile<T>::rows, Tile<T>::rows, out.at);
        out.store(y + r * a.classes, a.classes, count);
      });
      return;
    }
    if (a.inner == 1) {
      for_each_row(a.outer, a.classes, [=](std::int64_t r) HWY_ATTR {
        centred_row<times_p>(p + r * a.classes, v + r * a.classes, a.classes, y + r * a.classes);
      });
      return;
    }
    for_each_column_group(a.outer, a.classes, a.inner, lanes_of<LaneTag<T>>,
                          [=](std::int64_t o, std::int64_t i, std::int64_t count) HWY_ATTR {
                            const std::int64_t at = o * a.classes * a.inner + i;
                            centred_columns<times_p>(p + at, v + at, a.classes, a.inner, count, y + at);
                          });
  });
}

void centred(const backends::SoftmaxArgs& a) { centre<false>(a); }
void softmax_vjp(const backends::SoftmaxArgs& a) { centre<true>(a); }

}  // namespace

void FillSoftmax(backends::Kernels& k) {
  k.softmax = softmax;
  k.log_softmax = log_softmax;
  k.label_gradient = label_gradient;
  k.centred = centred;
  k.softmax_vjp = softmax_vjp;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_softmax, FillSoftmax)
#endif
