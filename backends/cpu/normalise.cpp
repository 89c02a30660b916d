// normalise: along the axis of x[outer, axis, inner], mean 0 and variance 1: y = (x - mean) / sqrt(variance + epsilon).
// Two passes, the second over the differences, which lose no digits where the mean is large; f64 all the way, every
// result rounded once. Where f64 itself overflows, or loses squares that count beside epsilon, both are done again with
// x times a power of two. The sums are those of reduce.cpp: over the last axis virtual lanes in blocks of 8,192, over
// another chains in blocks of 256.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/normalise.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

using backends::NormaliseArgs;

template <class D>
HWY_INLINE Wide<D> all_parts(D, double value) {
  Wide<D> w;
  for (auto& part : w.part) part = hn::Set(WideTag<D>(), value);
  return w;
}

// The powers of two: x times one has squares, and sums of squares, far from either end of f64. Only f64 needs one.
constexpr double shrink = 0x1p-600, grow = 0x1p500, least_variance = 0x1p-900;

// sum over i of f(scale*x[i] - shift), f of f64 vectors.
template <class T, class F>
HWY_INLINE double row_sum(const T* x, std::int64_t n, double scale, double shift, F f) {
  using D = LaneTag<T>;
  const D d;
  const WideTag<D> wide;
  const auto formula = [&](auto v)
                           HWY_ATTR { return f(hn::Sub(hn::Mul(v, hn::Set(wide, scale)), hn::Set(wide, shift))); };
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += sum_block) {
    LaneSum<T> sum;
    const std::int64_t end = std::min(n, begin + sum_block);
    std::int64_t i = begin;
    for (; i + virtual_lanes<T> <= end; i += virtual_lanes<T>)
      for (std::int64_t v = 0; v < virtual_lanes<T>; v += lanes_of<D>)
        sum.add(d, v, each_part(d, formula, widen(d, hn::LoadU(d, x + i + v))));
    for (std::int64_t v = 0; i < end; v += lanes_of<D>, i += lanes_of<D>) {
      Wide<D> w = each_part(d, formula, widen(d, load_filled(d, x + i, end - i, T(0))));
      for (int p = 0; p < wide_parts<D>; ++p) {
        const std::int64_t left = std::clamp<std::int64_t>(end - i - p * lanes_of<WideTag<D>>, 0, lanes_of<WideTag<D>>);
        w.part[p] = hn::IfThenElseZero(hn::FirstN(wide, static_cast<std::size_t>(left)), w.part[p]);
      }
      sum.add(d, v, w);
    }
    total += sum.total();
  }
  return total;
}

template <class T>
void normalise_row(const T* x, std::int64_t n, double epsilon, T* y, T* mean, T* variance, T* deviation) {
  using D = LaneTag<T>;
  const D d;
  const auto count = static_cast<double>(n);
  double scale = 1, m = 0, v = 0;
  const auto moments = [&](double by) HWY_ATTR {
    scale = by;
    m = row_sum(x, n, by, 0, [](auto u) HWY_ATTR { return u; }) / count;
    v = row_sum(x, n, by, m, [](auto u) HWY_ATTR { return hn::Mul(u, u); }) / count;
  };
  moments(1);
  if (sizeof(T) == sizeof(double) && !std::isfinite(v)) moments(shrink);
  else if (sizeof(T) == sizeof(double) && v < least_variance && epsilon < least_variance) moments(grow);
  const double root = std::sqrt(v + epsilon * scale * scale);
  const Wide<D> by = all_parts(d, scale), shift = all_parts(d, m), inverse = all_parts(d, 1 / root);
  const auto formula = [](auto u, auto s, auto less, auto times)
                           HWY_ATTR { return hn::Mul(hn::Sub(hn::Mul(u, s), less), times); };
  for (std::int64_t i = 0; i < n; i += lanes_of<D>)
    store_first(d, narrow(d, each_part(d, formula, widen(d, load_filled(d, x + i, n - i, T(0))), by, shift, inverse)),
                y + i, n - i);
  *mean = static_cast<T>(m / scale);
  *variance = static_cast<T>(v / scale / scale);
  *deviation = static_cast<T>(root / scale);
}

// The same sum of a vector of columns, `inner` apart from one row to the next.
template <class D, class F, class T = hn::TFromD<D>>
HWY_INLINE Wide<D> column_sums(D d, const T* x, std::int64_t axis, std::int64_t inner, std::int64_t columns,
                               Wide<D> scale, Wide<D> shift, F f) {
  ChainSum<D> sum;
  for (std::int64_t begin = 0; begin < axis; begin += chain_block) {
    ChainSum<D> block;
    for (std::int64_t a = begin; a < std::min(axis, begin + chain_block); ++a)
      block.add(each_part(d, f, widen(d, load_filled(d, x + a * inner, columns, T(0))), scale, shift));
    sum.add(block.total());
  }
  return sum.total();
}

template <class T>
void normalise_columns(const NormaliseArgs& a, std::int64_t o, std::int64_t i, std::int64_t columns) {
  using D = LaneTag<T>;
  const D d;
  const WideTag<D> wide;
  const auto per = [&](auto sum) HWY_ATTR { return hn::Div(sum, hn::Set(wide, static_cast<double>(a.axis))); };
  const T* x = static_cast<const T*>(a.x) + o * a.axis * a.inner + i;
  T* y = static_cast<T*>(a.y) + o * a.axis * a.inner + i;
  const auto difference = [](auto u, auto by, auto less) HWY_ATTR { return hn::Sub(hn::Mul(u, by), less); };
  const auto square = [&](auto u, auto by, auto less) HWY_ATTR {
    const auto v = difference(u, by, less);
    return hn::Mul(v, v);
  };
  Wide<D> scale = all_parts(d, 1), mean, variance;
  const auto moments = [&]() HWY_ATTR {
    mean = each_part(d, per, column_sums(d, x, a.axis, a.inner, columns, scale, all_parts(d, 0), difference));
    variance = each_part(d, per, column_sums(d, x, a.axis, a.inner, columns, scale, mean, square));
  };
  moments();
  if constexpr (sizeof(T) == sizeof(double)) {
    const auto huge = hn::Not(hn::IsFinite(variance.part[0]));
    const auto one = hn::Set(wide, 1), least = hn::Set(wide, least_variance);
    const auto tiny = hn::Lt(hn::Max(variance.part[0], hn::Set(wide, a.epsilon)), least);
    scale.part[0] = hn::IfThenElse(huge, hn::Set(wide, shrink), hn::IfThenElse(tiny, hn::Set(wide, grow), one));
    if (!hn::AllTrue(wide, hn::Eq(scale.part[0], one))) moments();
  }
  const auto root = [&](auto v, auto by)
                        HWY_ATTR { return hn::Sqrt(hn::Add(v, hn::Mul(hn::Mul(hn::Set(wide, a.epsilon), by), by))); };
  const auto over = [&](auto v, auto by) HWY_ATTR { return hn::Div(v, by); };
  const Wide<D> deviation = each_part(d, root, variance, scale),
                inverse = each_part(d, over, all_parts(d, 1), deviation);
  const auto formula = [&](auto u, auto by, auto less, auto times)
                           HWY_ATTR { return hn::Mul(difference(u, by, less), times); };
  for (std::int64_t r = 0; r < a.axis; ++r) {
    const Wide<D> row = widen(d, load_filled(d, x + r * a.inner, columns, T(0)));
    store_first(d, narrow(d, each_part(d, formula, row, scale, mean, inverse)), y + r * a.inner, columns);
  }
  const auto store = [&](void* to, const Wide<D>& w)
                         HWY_ATTR { store_first(d, narrow(d, w), static_cast<T*>(to) + o * a.inner + i, columns); };
  store(a.mean, each_part(d, over, mean, scale));
  store(a.variance, each_part(d, over, each_part(d, over, variance, scale), scale));
  store(a.deviation, each_part(d, over, deviation, scale));
}

template <class T>
void run(const NormaliseArgs& a) {
  if (a.inner == 1) {
    for_each_row(a.outer, a.axis, [&](std::int64_t o) HWY_ATTR {
      normalise_row(static_cast<const T*>(a.x) + o * a.axis, a.axis, a.epsilon, static_cast<T*>(a.y) + o * a.axis,
                    static_cast<T*>(a.mean) + o, static_cast<T*>(a.variance) + o, static_cast<T*>(a.deviation) + o);
    });
  } else {
    for_each_column_group(a.outer, a.axis, a.inner, lanes_of<LaneTag<T>>,
                          [&](std::int64_t o, std::int64_t i, std::int64_t count)
                              HWY_ATTR { normalise_columns<T>(a, o, i, count); });
  }
}

void normalise(const NormaliseArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { run<T>(a); });
}

}  // namespace

void FillNormalise(backends::Kernels& k) { k.normalise = normalise; }

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_normalise, FillNormalise)
#endif
