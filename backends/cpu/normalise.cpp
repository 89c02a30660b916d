// normalise: along the axis of x[outer, axis, inner], mean 0 and variance 1: y = (x - mean) / sqrt(variance + epsilon).
// Two passes, the second over the differences, which lose no digits where the mean is large; f64 all the way, every
// result rounded once. Where f64 itself overflows, or loses squares that count beside epsilon, both are done again with
// x times a power of two. The sums are those of reduce.cpp: over the last axis virtual lanes in blocks of 8,192, over
// another chains in blocks of 256.
// normalise_vjp: cotangents g of y become factor * (g - mean(g) - y * mean(g*y)). Its two sums, alike, come first.
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
#include "logitape/backends/cpu/scratch.h"
#include "logitape/backends/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

using backends::NormaliseArgs;
using backends::NormaliseVjpArgs;

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

template <class D>
struct VjpFormula {
  Wide<D> mean, slope, factor;  // of g; of g*y; 1/deviation, say

  HWY_INLINE VjpFormula(D d, const Wide<D>& total, const Wide<D>& product, const Wide<D>& by, std::int64_t axis)
      : factor(by) {
    const Wide<D> count = all_parts(d, static_cast<double>(axis));
    const auto over = [](auto sum, auto n) HWY_ATTR { return hn::Div(sum, n); };
    mean = each_part(d, over, total, count);
    slope = each_part(d, over, product, count);
  }
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> y, hn::Vec<D> g) const {
    const auto formula = [](auto u, auto v, auto less, auto by, auto times)
                             HWY_ATTR { return hn::Mul(times, hn::NegMulAdd(v, by, hn::Sub(u, less))); };
    return narrow(d, each_part(d, formula, widen(d, g), widen(d, y), mean, slope, factor));
  }
};

// The sums of g and of g*y over a row.
template <class T>
struct RowSums {
  double total = 0, product = 0;

  HWY_INLINE RowSums(const T* y, const T* g, std::int64_t n) {
    using D = LaneTag<T>;
    const D d;
    const auto times = [](auto u, auto v) HWY_ATTR { return hn::Mul(u, v); };
    for (std::int64_t begin = 0; begin < n; begin += sum_block) {
      LaneSum<T> of_g, of_products;
      const std::int64_t end = std::min(n, begin + sum_block);
      const auto add = [&](std::int64_t i, std::int64_t lane) HWY_ATTR {
        const Wide<D> u = widen(d, load_filled(d, g + i, end - i, T(0)));
        of_g.add(d, lane, u);
        of_products.add(d, lane, each_part(d, times, u, widen(d, load_filled(d, y + i, end - i, T(0)))));
      };
      for (std::int64_t i = begin; i < end; i += virtual_lanes<T>)
        for (std::int64_t v = 0; v < std::min(virtual_lanes<T>, end - i); v += lanes_of<D>) add(i + v, v);
      total += of_g.total();
      product += of_products.total();
    }
  }
};

template <class T>
void vjp_row(const NormaliseVjpArgs& a, std::int64_t o) {
  using D = LaneTag<T>;
  const D d;
  const T *y = static_cast<const T*>(a.y) + o * a.axis, *g = static_cast<const T*>(a.g) + o * a.axis;
  const RowSums<T> sums(y, g, a.axis);
  static_cast<T*>(a.total)[o] = static_cast<T>(sums.total);
  static_cast<T*>(a.product)[o] = static_cast<T>(sums.product);
  if (!a.x) return;
  const VjpFormula<D> formula(d, all_parts(d, sums.total), all_parts(d, sums.product),
                              all_parts(d, static_cast<double>(static_cast<const T*>(a.factor)[o])), a.axis);
  T* x = static_cast<T*>(a.x) + o * a.axis;
  for (std::int64_t i = 0; i < a.axis; i += lanes_of<D>) {
    const std::int64_t left = a.axis - i;
    store_first(d, formula(d, load_filled(d, y + i, left, T(0)), load_filled(d, g + i, left, T(0))), x + i, left);
  }
}

// f64 sums of g and of g*y, a number for each column: of each block of rows, then of all of them.
template <class T>
class ColumnSums {
 public:
  using D = LaneTag<T>;
  static constexpr std::int64_t width = lanes_of<D>;

  explicit ColumnSums(const NormaliseVjpArgs& a)
      : blocks((a.axis + chain_block - 1) / chain_block), groups_((a.inner + width - 1) / width),
        sums_(a.outer * blocks * 2 * groups_ * width) {}

  // Those of block b of o, for the columns from i on: [0] of g, [1] of g*y.
  double* at(std::int64_t o, std::int64_t b, int which, std::int64_t i) const {
    return sums_ + ((o * blocks + b) * 2 + which) * groups_ * width + i;
  }
  // The sum of all blocks takes the place of block 0's.
  void join(std::int64_t o, std::int64_t i) const {
    for (const int which : {0, 1}) {
      ChainSum<D> sum;
      for (std::int64_t b = 0; b < blocks; ++b) sum.add(read(at(o, b, which, i)));
      write(sum.total(), at(o, 0, which, i));
    }
  }
  HWY_INLINE static Wide<D> read(const double* from) {
    Wide<D> w;
    for (int p = 0; p < wide_parts<D>; ++p) w.part[p] = hn::LoadU(WideTag<D>(), from + p * lanes_of<WideTag<D>>);
    return w;
  }
  HWY_INLINE static void write(const Wide<D>& w, double* to) {
    for (int p = 0; p < wide_parts<D>; ++p) hn::StoreU(w.part[p], WideTag<D>(), to + p * lanes_of<WideTag<D>>);
  }

  const std::int64_t blocks;

 private:
  const std::int64_t groups_;
  const Scratch<double> sums_;
};

template <class T>
void vjp_columns(const NormaliseVjpArgs& a) {
  using D = LaneTag<T>;
  const D d;
  const std::int64_t all = a.outer * a.axis * a.inner;
  const ColumnSums<T> sums(a);
  const auto each_block = [&](auto f) HWY_ATTR {  // f(o, block, columns from i on, how many)
    parallel_for(a.outer * sums.blocks, all, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
      for (std::int64_t b = first; b < last; ++b)
        for (std::int64_t i = 0; i < a.inner; i += lanes_of<D>)
          f(b / sums.blocks, b % sums.blocks, i, std::min(lanes_of<D>, a.inner - i));
    });
  };
  const auto each_row = [&](std::int64_t o, std::int64_t block, std::int64_t i, auto f) HWY_ATTR {
    for (std::int64_t r = block * chain_block; r < std::min(a.axis, (block + 1) * chain_block); ++r)
      f((o * a.axis + r) * a.inner + i);
  };
  const T *y = static_cast<const T*>(a.y), *g = static_cast<const T*>(a.g), *factor = static_cast<const T*>(a.factor);
  T *x = static_cast<T*>(a.x), *total = static_cast<T*>(a.total), *product = static_cast<T*>(a.product);
  const auto times = [](auto u, auto v) HWY_ATTR { return hn::Mul(u, v); };

  each_block([&](std::int64_t o, std::int64_t b, std::int64_t i, std::int64_t count) HWY_ATTR {
    ChainSum<D> of_g, of_products;
    each_row(o, b, i, [&](std::int64_t at) HWY_ATTR {
      const Wide<D> u = widen(d, load_filled(d, g + at, count, T(0)));
      of_g.add(u);
      of_products.add(each_part(d, times, u, widen(d, load_filled(d, y + at, count, T(0)))));
    });
    sums.write(of_g.total(), sums.at(o, b, 0, i));
    sums.write(of_products.total(), sums.at(o, b, 1, i));
  });
  for_each_column_group(a.outer, 2 * sums.blocks, a.inner, lanes_of<D>,
                        [&](std::int64_t o, std::int64_t i, std::int64_t count) HWY_ATTR {
                          sums.join(o, i);
                          store_first(d, narrow(d, sums.read(sums.at(o, 0, 0, i))), total + o * a.inner + i, count);
                          store_first(d, narrow(d, sums.read(sums.at(o, 0, 1, i))), product + o * a.inner + i, count);
                        });
  if (!x) return;
  each_block([&](std::int64_t o, std::int64_t b, std::int64_t i, std::int64_t count) HWY_ATTR {
    const VjpFormula<D> formula(d, sums.read(sums.at(o, 0, 0, i)), sums.read(sums.at(o, 0, 1, i)),
                                widen(d, load_filled(d, factor + o * a.inner + i, count, T(0))), a.axis);
    each_row(o, b, i, [&](std::int64_t at) HWY_ATTR {
      store_first(d, formula(d, load_filled(d, y + at, count, T(0)), load_filled(d, g + at, count, T(0))), x + at,
                  count);
    });
  });
}

void normalise_vjp(const NormaliseVjpArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    if (a.inner == 1) for_each_row(a.outer, a.axis, [&](std::int64_t o) HWY_ATTR { vjp_row<T>(a, o); });
    else vjp_columns<T>(a);
  });
}

}  // namespace

void FillNormalise(backends::Kernels& k) {
  k.normalise = normalise;
  k.normalise_vjp = normalise_vjp;
}

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_normalise, FillNormalise)
#endif
