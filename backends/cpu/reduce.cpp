// Reductions of x[outer, axis, inner] over the axis: y[o, i] = sum, max, min, argmax or logsumexp over a of x[o, a, i].
// sum: f64 all the way, y = scale * sum rounded once; an empty axis gives 0. Over the last axis 64 bytes of virtual
// lanes, blocks of 8,192 elements added in order; over another axis one chain a column, blocks of 256 added in order.
// An f64 sum that overflows is added again of smaller numbers: what it overflowed on may be scaled down or cancel in
// the end. max, min: NaN if any element is NaN, and +0 for a zero of either sign. argmax: the first largest, the first
// NaN if there is one. Integers and booleans: reduce_integers.h. logsumexp: max + log(sum(e^(x - max))), added in f64;
// -inf if all are, +inf if any is, NaN if any is.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/reduce.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/reduce_integers.h"
#include "logitape/backends/cpu/row_passes-inl.h"
#include "logitape/backends/cpu/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

// An overflowing f64 sum is that of x * shrink, times grow.
constexpr double shrink = 0x1p-64, grow = 0x1p64;

template <class T>
bool overflowed(double sum) {
  return sizeof(T) == sizeof(double) && !std::isfinite(sum);
}

template <class T>
double sum_of_block(const T* x, std::int64_t n, double by) {
  using D = LaneTag<T>;
  const D d;
  const auto scaled = [&](auto v) HWY_ATTR { return hn::Mul(v, hn::Set(WideTag<D>(), by)); };
  LaneSum<T> sum;
  for (std::int64_t i = 0; i < n; i += lanes_of<D>)
    sum.add(d, i % virtual_lanes<T>, each_part(d, scaled, widen(d, load_filled(d, x + i, n - i, T{0}))));
  return sum.total();
}

template <class T>
double sum_of_row(const T* x, std::int64_t n, double by = 1) {
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += sum_block)
    sum += sum_of_block(x + begin, std::min(sum_block, n - begin), by);
  return sum;
}

// The same sum of the same blocks in the same order, the blocks made by all threads.
template <class T>
double sum_of_long_row(const T* x, std::int64_t n, double by = 1) {
  constexpr std::int64_t batch = 512;
  double block_sums[batch];
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += batch * sum_block) {
    const std::int64_t size = std::min(batch * sum_block, n - begin);
    const std::int64_t blocks = (size + sum_block - 1) / sum_block;
    parallel_for(blocks, size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
      for (std::int64_t b = first; b < last; ++b)
        block_sums[b] = sum_of_block(x + begin + b * sum_block, std::min(sum_block, size - b * sum_block), by);
    });
    for (std::int64_t b = 0; b < blocks; ++b) sum += block_sums[b];
  }
  return sum;
}

// scale * the sum of a row, sum_of(by) being that of x * by.
template <class T, class F>
T scaled_sum(double scale, F sum_of) {
  const double sum = sum_of(1.0);
  return static_cast<T>(overflowed<T>(sum) ? scale * sum_of(shrink) * grow : scale * sum);
}

template <class D, class T = hn::TFromD<D>>
void sum_columns_of(D d, const T* x, std::int64_t axis, std::int64_t inner, std::int64_t count, double scale, T* y) {
  const WideTag<D> wide;
  const auto times = [](auto s, auto by) HWY_ATTR { return hn::Mul(s, by); };
  const auto all = [&](double value) HWY_ATTR {
    Wide<D> w;
    for (auto& part : w.part) part = hn::Set(wide, value);
    return w;
  };
  const auto sum_of = [&](const Wide<D>& by) HWY_ATTR {
    ChainSum<D> sum;
    for (std::int64_t begin = 0; begin < axis; begin += chain_block) {
      ChainSum<D> block;
      for (std::int64_t a = begin; a < std::min(axis, begin + chain_block); ++a)
        block.add(each_part(d, times, widen(d, load_filled(d, x + a * inner, count, T{0})), by));
      sum.add(block.total());
    }
    return sum.total();
  };
  Wide<D> result = each_part(d, times, sum_of(all(1)), all(scale));
  if constexpr (sizeof(T) == sizeof(double)) {
    const auto finite = hn::IsFinite(result.part[0]);
    if (!hn::AllTrue(wide, finite)) {
      const Wide<D> again = each_part(d, times, each_part(d, times, sum_of(all(shrink)), all(scale)), all(grow));
      result.part[0] = hn::IfThenElse(finite, result.part[0], again.part[0]);
    }
  }
  store_first(d, narrow(d, result), y, count);
}

// Calls columns(x, y, count) for groups of at most a vector of neighbours along inner.
template <class T, class Y, class F>
void over_columns(const backends::ReduceArgs& a, F columns) {
  const T* x = static_cast<const T*>(a.x);
  Y* y = static_cast<Y*>(a.y);
  for_each_column_group(a.outer, a.axis, a.inner, lanes_of<LaneTag<T>>,
                        [=](std::int64_t o, std::int64_t i, std::int64_t count)
                            HWY_ATTR { columns(x + o * a.axis * a.inner + i, y + o * a.inner + i, count); });
}

// Calls y = row(x) for every row.
template <class T, class Y, class F>
void over_rows(const backends::ReduceArgs& a, F row) {
  const T* x = static_cast<const T*>(a.x);
  Y* y = static_cast<Y*>(a.y);
  for_each_row(a.outer, a.axis, [=](std::int64_t o) HWY_ATTR { y[o] = row(x + o * a.axis); });
}

template <class T>
void sum_of(const backends::ReduceArgs& a) {
  if (a.inner != 1) {
    over_columns<T, T>(a, [=](const T* x, T* y, std::int64_t count)
                              HWY_ATTR { sum_columns_of(LaneTag<T>(), x, a.axis, a.inner, count, a.scale, y); });
  } else if (a.outer < 8 && a.axis > sum_block) {  // too few rows to keep the threads busy
    for (std::int64_t o = 0; o < a.outer; ++o)
      static_cast<T*>(a.y)[o] = scaled_sum<T>(a.scale, [&](double by) HWY_ATTR {
        return sum_of_long_row(static_cast<const T*>(a.x) + o * a.axis, a.axis, by);
      });
  } else {
    over_rows<T, T>(a, [=](const T* x) HWY_ATTR {
      return scaled_sum<T>(a.scale, [&](double by) HWY_ATTR { return sum_of_row(x, a.axis, by); });
    });
  }
}

template <class Which, class T>
void extreme_of(const backends::ReduceArgs& a) {
  if (a.inner == 1) {
    over_rows<T, T>(a, [=](const T* x) HWY_ATTR { return row_extreme<Which>(x, a.axis); });
    return;
  }
  over_columns<T, T>(a, [=](const T* x, T* y, std::int64_t count) HWY_ATTR {
    using D = LaneTag<T>;
    const D d;
    Extreme<D, Which> extreme;
    for (std::int64_t i = 0; i < a.axis; ++i) extreme.take(load_filled(d, x + i * a.inner, count, T{0}));
    store_first(d, extreme.result(), y, count);
  });
}

// Two passes: the second stops at the first element that equals the maximum, or is a NaN if the maximum is one.
template <class T>
std::int64_t row_argmax(const T* x, std::int64_t n) {
  using D = LaneTag<T>;
  const D d;
  const T max = row_extreme<Largest>(x, n);
  const auto largest = hn::Set(d, max);
  const bool nan = std::isnan(max);
  for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
    const auto v = load_filled(d, x + i, n - i, x[n - 1]);
    const auto found = nan ? hn::IsNaN(v) : hn::Eq(v, largest);
    if (!hn::AllFalse(d, found)) return i + hn::FindFirstTrue(d, found);
  }
  return 0;
}

template <class T>
void argmax_of(const backends::ReduceArgs& a) {
  if (a.inner == 1) {
    over_rows<T, std::int64_t>(a, [=](const T* x) HWY_ATTR { return row_argmax(x, a.axis); });
    return;
  }
  over_columns<T, std::int64_t>(a, [=](const T* x, std::int64_t* y, std::int64_t count) HWY_ATTR {
    T best[lanes_of<LaneTag<T>>];
    std::copy(x, x + count, best);
    std::fill(y, y + count, 0);
    for (std::int64_t j = 1; j < a.axis; ++j) {
      for (std::int64_t i = 0; i < count; ++i) {
        const T v = x[j * a.inner + i];
        if (!(v > best[i]) && !(std::isnan(v) && !std::isnan(best[i]))) continue;
        best[i] = v;
        y[i] = j;
      }
    }
  });
}

template <class T>
void logsumexp_of(const backends::ReduceArgs& a) {
  if (a.inner == 1) {
    over_rows<T, T>(a, [=](const T* x) HWY_ATTR {
      RowSurvey<T> survey;
      survey.take(x, a.axis);
      if (!std::isfinite(survey.max)) return survey.max;
      LargestElements largest;
      const Row row = sum_row<false>(survey, static_cast<T*>(nullptr), largest);
      return static_cast<T>(static_cast<double>(survey.max) + hn::GetLane(log_sum_of(RowTag(), row)));
    });
    return;
  }
  over_columns<T, T>(a, [=](const T* x, T* y, std::int64_t count) HWY_ATTR {
    using D = LaneTag<T>;
    const D d;
    const Columns<D> columns = sum_columns<false>(d, x, a.axis, a.inner, count, y);
    Wide<D> result = widen(d, columns.max);
    for (int i = 0; i < wide_parts<D>; ++i)
      result.part[i] = hn::Add(result.part[i], log_sum_of(WideTag<D>(), columns.sum[i]));
    store_first(d, hn::IfThenElse(columns.usable, narrow(d, result), columns.max), y, count);
  });
}

void sum(const backends::ReduceArgs& a) {
  if (!is_floating(a.dtype)) return sum_integers(a);
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { sum_of<T>(a); });
}
void max(const backends::ReduceArgs& a) {
  if (!is_floating(a.dtype)) return max_integers(a);
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { extreme_of<Largest, T>(a); });
}
void min(const backends::ReduceArgs& a) {
  if (!is_floating(a.dtype)) return min_integers(a);
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { extreme_of<Smallest, T>(a); });
}
void argmax(const backends::ReduceArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { argmax_of<T>(a); });
}
void logsumexp(const backends::ReduceArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { logsumexp_of<T>(a); });
}

}  // namespace

void FillReduce(backends::Kernels& k) {
  k.sum = sum;
  k.max = max;
  k.min = min;
  k.argmax = argmax;
  k.logsumexp = logsumexp;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_reduce, FillReduce)
#endif
