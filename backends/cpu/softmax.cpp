// softmax: y = e^x / sum(e^x);  log_softmax: y = (x - max) - log(sum(e^(x - max))). x and y are [outer, classes, inner], the sum
// runs over the classes. A row with a NaN, a +inf, or -inf alone, is NaN all over, and no other row is.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/softmax.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void softmax_row(const T* x, std::int64_t n, T* y) {
  const T max = row_extreme<Largest>(x, n);
  if (!std::isfinite(max)) {
    std::fill(y, y + n, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  write_probabilities(sum_row<true>(max, x, n, y), y, n, y);
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

// (x - max) - log_sum in f64: both terms are at most 0, so nothing cancels, and f32 is rounded once.
template <class D>
HWY_INLINE hn::Vec<D> log_probability(D d, hn::Vec<D> x, const Wide<D>& max, const Wide<D>& log_sum) {
  const auto formula = [](auto v, auto m, auto l) HWY_ATTR { return hn::Sub(hn::Sub(v, m), l); };
  return narrow(d, each_part(d, formula, widen(d, x), max, log_sum));
}

template <class T>
void log_softmax_row(const T* x, std::int64_t n, T* y) {
  using D = LaneTag<T>;
  const D d;
  const T max = row_extreme<Largest>(x, n);
  if (!std::isfinite(max)) {
    std::fill(y, y + n, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  const Row row = sum_row<false>(max, x, n, y);
  const Wide<D> wide_max = widen(d, hn::Set(d, max));
  const Wide<D> log_sum = each_part(
      d, [&](auto) HWY_ATTR { return hn::Set(WideTag<D>(), hn::GetLane(row.log_sum)); }, wide_max);
  for (std::int64_t i = 0; i < n; i += lanes_of<D>)
    store_first(d, log_probability(d, load_filled(d, x + i, n - i, max), wide_max, log_sum), y + i, n - i);
}

template <class T>
void log_softmax_columns(const T* x, std::int64_t axis, std::int64_t inner, std::int64_t count, T* y) {
  using D = LaneTag<T>;
  const D d;
  const Columns<D> columns = sum_columns<false>(d, x, axis, inner, count, y);
  const Wide<D> max = widen(d, hn::IfThenElse(columns.usable, columns.max, hn::NaN(d)));
  Wide<D> log_sum;
  for (int i = 0; i < wide_parts<D>; ++i) log_sum.part[i] = columns.sum[i].log_sum;
  for (std::int64_t a = 0; a < axis; ++a)
    store_first(d, log_probability(d, load_filled(d, x + a * inner, count, T{0}), max, log_sum), y + a * inner, count);
}

// Rows where the classes are the last axis and many, otherwise columns, a vector of them at a time.
template <class T, class RowKernel, class ColumnKernel>
void over_classes(const backends::SoftmaxArgs& a, RowKernel row, ColumnKernel columns) {
  const T* x = static_cast<const T*>(a.x);
  T* y = static_cast<T*>(a.y);
  if (a.inner == 1 && a.classes <= narrow_classes) {
    for_each_tile<T>(a.outer, a.classes, [=](std::int64_t r, std::int64_t count) HWY_ATTR {
      Tile<T> in, out;
      in.load(x + r * a.classes, a.classes, count);
      columns(in.at, a.classes, Tile<T>::rows, Tile<T>::rows, out.at);
      out.store(y + r * a.classes, a.classes, count);
    });
    return;
  }
  if (a.inner == 1) {
    for_each_row(a.outer, a.classes, [=](std::int64_t r) HWY_ATTR { row(x + r * a.classes, a.classes, y + r * a.classes); });
    return;
  }
  for_each_column_group(a.outer, a.classes, a.inner, lanes_of<LaneTag<T>>,
                        [=](std::int64_t o, std::int64_t i, std::int64_t count) HWY_ATTR {
                          const std::int64_t at = o * a.classes * a.inner + i;
                          columns(x + at, a.classes, a.inner, count, y + at);
                        });
}

void softmax(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { over_classes<T>(a, softmax_row<T>, softmax_columns<T>); });
}

void log_softmax(const backends::SoftmaxArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { over_classes<T>(a, log_softmax_row<T>, log_softmax_columns<T>); });
}

}  // namespace

void FillSoftmax(backends::Kernels& k) {
  k.softmax = softmax;
  k.log_softmax = log_softmax;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace logitape::inline v0::cpu {
HWY_EXPORT(FillSoftmax);
void fill_softmax(backends::Kernels& k) { HWY_DYNAMIC_DISPATCH(FillSoftmax)(k); }
}  // namespace logitape::inline v0::cpu
#endif
