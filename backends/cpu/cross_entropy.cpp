// Softmax cross entropy and its gradient, for rows of logits x[classes] and labels t of any mass S = sum(t):
//   loss     = S*lse(x) - sum(t*x)  = sum(t*(max - x)) + S*log(sum(e^(x - max)))
//   gradient = scale*(S*p - t), or scale*(p - t) with unit_mass;  p = e^x / sum(e^x)
// At the largest logits S*p - t would cancel; there the gradient is t_others - S*(what the other classes add to p).
// log(p) is never formed. A class index is a one-hot row of labels: the same formulas, hence the same bits.
// Bits of a row depend on nothing but that row. NaN: a row with a NaN or +inf logit, or -inf alone (loss and all gradients);
// a NaN label (loss, and all gradients of the row; with unit_mass only its own).
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/cross_entropy.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

// What a row's labels add up to, in f64 whatever the dtype; V is one f64 lane (a row) or several.
template <class V>
struct LabelSums {
  V at_max;    // labels of the largest logits
  V others;    // labels of all other logits
  V distance;  // sum of t*(max - x)
};

template <class D, class V>
HWY_INLINE V loss_of(D d, const RowSum<V>& row, const LabelSums<V>& labels) {
  const V mass = hn::Add(labels.at_max, labels.others);
  return hn::Add(hn::Add(labels.distance, hn::Mul(mass, row.log_sum)), hn::Zero(d));  // + 0: never -0
}

// t*(max - x); a class of label 0 may be masked: 0 * (max - -inf) counts as 0.
template <class D, class V>
HWY_INLINE V label_distance(D d, V t, V max, V x) {
  return hn::Mul(t, hn::IfThenZeroElse(hn::Eq(t, hn::Zero(d)), hn::Sub(max, x)));
}

// scale*(mass*p - t) in f64. mass is S, or 1 with unit_mass.
template <class D, class V = hn::Vec<D>>
struct Gradient {
  V count, top_share, others_share;  // of the row
  V mass;
  V mass_at_max, mass_elsewhere;  // mass, what labels of the largest logits make up and what the others do
  V weight;                       // scale*mass*p = weight * exponential
  V scale;

  HWY_INLINE Gradient(D d, const RowSum<V>& row, const LabelSums<V>& labels, double scale_, bool unit_mass)
      : count(row.count), top_share(row.top_share), others_share(row.others_share), mass(hn::Add(labels.at_max, labels.others)),
        mass_at_max(labels.at_max), mass_elsewhere(labels.others), scale(hn::Set(d, scale_)) {
    if (unit_mass) {
      mass = mass_at_max = hn::Set(d, 1);
      mass_elsewhere = hn::Zero(d);
    }
    weight = hn::Div(hn::Mul(scale, mass), row.total);
  }

  // Where the largest have most of the probability, mass*p with p = (1 - others_share)/count: t is taken off while both are
  // whole, so that a confident row keeps its digits. + 0: never -0.
  HWY_INLINE V at_largest(D d, V t) const {
    const V large_parts = hn::Sub(mass_at_max, hn::Mul(count, t));
    const V small_parts = hn::Sub(mass_elsewhere, hn::Mul(mass, others_share));
    const V confident = hn::Div(hn::Add(large_parts, small_parts), count);
    const V direct = hn::Sub(hn::Mul(mass, top_share), t);
    const V g = hn::IfThenElse(hn::Gt(others_share, hn::Set(d, 0.5)), direct, confident);
    return hn::Add(hn::Mul(scale, g), hn::Zero(d));
  }
};

using RowLabels = LabelSums<hn::Vec<RowTag>>;
using RowGradient = Gradient<RowTag>;

template <class T>
struct IndexLabel {
  std::int64_t index;

  HWY_INLINE RowLabels sums(T max, const T* x, std::int64_t) const {
    const RowTag d;
    const double at_max = x[index] == max ? 1 : 0;
    return {hn::Set(d, at_max), hn::Set(d, 1 - at_max), hn::Set(d, static_cast<double>(max) - static_cast<double>(x[index]))};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t) const {
    if (index < i || index >= i + lanes_of<D>) return hn::Zero(d);
    return hn::IfThenElseZero(hn::Eq(hn::Iota(d, 0), hn::Set(d, static_cast<T>(index - i))), hn::Set(d, 1));
  }
  T operator[](std::int64_t i) const { return i == index ? T{1} : T{0}; }
};

template <class T>
struct DenseLabels {
  const T* t;

  HWY_INLINE RowLabels sums(T max, const T* x, std::int64_t n) const {
    double at_max = 0, others = 0, distance = 0;
    for (std::int64_t begin = 0; begin < n; begin += sum_block)
      add_block(max, x + begin, t + begin, std::min(sum_block, n - begin), at_max, others, distance);
    const RowTag d;
    return {hn::Set(d, at_max), hn::Set(d, others), hn::Set(d, distance)};
  }
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, std::int64_t i, std::int64_t left) const {
    return load_filled(d, t + i, left, T{0});
  }
  T operator[](std::int64_t i) const { return t[i]; }

 private:
  static HWY_INLINE void add_block(T max, const T* x, const T* t, std::int64_t n, double& at_max, double& others, double& distance) {
    using D = LaneTag<T>;
    const D d;
    const WideTag<D> wide;
    const auto largest = hn::Set(d, max);
    const auto wide_max = hn::Set(wide, static_cast<double>(max));
    const auto product = [&](auto label, auto logit) HWY_ATTR { return label_distance(wide, label, wide_max, logit); };
    LaneSum<T> at_max_sum, others_sum, distance_sum;
    for (std::int64_t i = 0; i < n; i += lanes_of<D>) {
      const auto logit = load_filled(d, x + i, n - i, max);
      const auto label = load_filled(d, t + i, n - i, T{0});
      const auto is_max = hn::Eq(logit, largest);
      const std::int64_t lane = i % virtual_lanes<T>;
      at_max_sum.add(d, lane, hn::IfThenElseZero(is_max, label));
      others_sum.add(d, lane, hn::IfThenZeroElse(is_max, label));
      distance_sum.add(d, lane, each_part(d, product, widen(d, label), widen(d, logit)));
    }
    at_max += at_max_sum.total();
    others += others_sum.total();
    distance += distance_sum.total();
  }
};

// Away from the largest logits, in T: one fused step.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gradient_elsewhere(V exponential, V weight, V t, V minus_scale) {
  return hn::MulAdd(exponential, weight, hn::Mul(t, minus_scale));
}

// g holds the row's exponentials, marked at the largest, and becomes the gradient.
template <class T, class Labels>
HWY_INLINE void write_gradient(const RowGradient& gradient, const Labels& labels, T max, const T* x, std::int64_t n, T* g) {
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
      if (x[j] == max) g[j] = static_cast<T>(hn::GetLane(gradient.at_largest(row, hn::Set(row, static_cast<double>(labels[j])))));
  }
}

template <class T, class Labels>
HWY_INLINE void cross_entropy_row(const backends::CrossEntropyArgs& a, const Labels& labels, const T* x, T* loss, T* g) {
  const std::int64_t n = a.classes;
  const T max = row_extreme<Largest>(x, n);
  if (!std::isfinite(max)) {
    *loss = std::numeric_limits<T>::quiet_NaN();
    if (g) std::fill(g, g + n, std::numeric_limits<T>::quiet_NaN());
    return;
  }
  const RowTag d;
  const Row row = g ? sum_row<true>(max, x, n, g) : sum_row<false>(max, x, n, g);
  const RowLabels sums = labels.sums(max, x, n);
  *loss = static_cast<T>(hn::GetLane(loss_of(d, row, sums)));
  if (g) write_gradient(RowGradient(d, row, sums, a.scale, a.unit_mass), labels, max, x, n, g);
}

// Up to a vector of narrow rows at once, a row to a lane. x and t are tiles of logits and labels; count is the rows in use.
template <class T>
void cross_entropy_tile(const backends::CrossEntropyArgs& a, const Tile<T>& x, const Tile<T>& t, std::int64_t count, T* loss, T* gradient) {
  using D = LaneTag<T>;
  const D d;
  const WideTag<D> wide;
  constexpr std::int64_t rows = Tile<T>::rows;
  Tile<T> e, g;
  Wide<D> wide_gradient[narrow_classes];
  const Columns<D> columns = sum_columns<true>(d, x.at, a.classes, rows, rows, e.at);
  const Wide<D> max = widen(d, columns.max);
  Wide<D> losses;
  for (int i = 0; i < wide_parts<D>; ++i) {
    const auto part = [&](const Tile<T>& tile, std::int64_t c) HWY_ATTR { return widen(d, hn::Load(d, tile.at + c * rows)).part[i]; };
    LabelSums<WideVec<D>> labels{hn::Zero(wide), hn::Zero(wide), hn::Zero(wide)};
    for (std::int64_t c = 0; c < a.classes; ++c) {
      const auto is_max = hn::Eq(part(x, c), max.part[i]);
      labels.at_max = hn::Add(labels.at_max, hn::IfThenElseZero(is_max, part(t, c)));
      labels.others = hn::Add(labels.others, hn::IfThenZeroElse(is_max, part(t, c)));
      labels.distance = hn::Add(labels.distance, label_distance(wide, part(t, c), max.part[i], part(x, c)));
    }
    losses.part[i] = loss_of(wide, columns.sum[i], labels);
    if (!gradient) continue;
    const Gradient<WideTag<D>> formula(wide, columns.sum[i], labels, a.scale, a.unit_mass);
    for (std::int64_t c = 0; c < a.classes; ++c) {
      const auto elsewhere = hn::Sub(hn::Mul(part(e, c), formula.weight), hn::Mul(part(t, c), formula.scale));
      const auto is_max = hn::Lt(part(e, c), hn::Zero(wide));
      wide_gradient[c].part[i] = hn::IfThenElse(is_max, formula.at_largest(wide, part(t, c)), elsewhere);
    }
  }
  const auto unless_unusable = [&](auto v) HWY_ATTR { return hn::IfThenElse(columns.usable, v, hn::NaN(d)); };
  store_first(d, unless_unusable(narrow(d, losses)), loss, count);
  if (!gradient) return;
  for (std::int64_t c = 0; c < a.classes; ++c) hn::Store(unless_unusable(narrow(d, wide_gradient[c])), d, g.at + c * rows);
  g.store(gradient, a.classes, count);
}

template <class T>
void cross_entropy_rows(const backends::CrossEntropyArgs& a) {
  const T* logits = static_cast<const T*>(a.logits);
  const T* labels = static_cast<const T*>(a.labels);
  T* losses = static_cast<T*>(a.loss);
  T* gradients = static_cast<T*>(a.gradient);
  const auto index_of = [&](std::int64_t r) {
    return visit_index(a.index_dtype, [&]<class I>() -> std::int64_t { return static_cast<const I*>(a.indices)[r]; });
  };

  if (a.classes > narrow_classes) {
    for_each_row(a.rows, a.classes, [&](std::int64_t r) HWY_ATTR {
      const std::int64_t at = r * a.classes;
      T* gradient = gradients ? gradients + at : nullptr;
      if (labels) cross_entropy_row(a, DenseLabels<T>{labels + at}, logits + at, losses + r, gradient);
      else cross_entropy_row(a, IndexLabel<T>{index_of(r)}, logits + at, losses + r, gradient);
    });
    return;
  }
  for_each_tile<T>(a.rows, a.classes, [&](std::int64_t r, std::int64_t count) HWY_ATTR {
    const std::int64_t at = r * a.classes;
    Tile<T> x, t;
    x.load(logits + at, a.classes, count);
    if (labels) {
      t.load(labels + at, a.classes, count);
    } else {
      std::fill(t.at, t.at + a.classes * Tile<T>::rows, T{0});
      for (std::int64_t i = 0; i < count; ++i) t.at[index_of(r + i) * Tile<T>::rows + i] = 1;
    }
    cross_entropy_tile(a, x, t, count, losses + r, gradients ? gradients + at : nullptr);
  });
}

void cross_entropy(const backends::CrossEntropyArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { cross_entropy_rows<T>(a); });
}

}  // namespace

void FillCrossEntropy(backends::Kernels& k) { k.cross_entropy = cross_entropy; }

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace logitape::inline v0::cpu {
HWY_EXPORT(FillCrossEntropy);
void fill_cross_entropy(backends::Kernels& k) { HWY_DYNAMIC_DISPATCH(FillCrossEntropy)(k); }
}  // namespace logitape::inline v0::cpu
#endif
