// The formulas of softmax cross entropy, for one row (a lane of f64) or a vector of columns: what labels t add up to,
// the loss
//   S*lse(x) - sum(t*x) = sum(t*(max - x)) + S*log(sum(e^(x - max))),  S = sum(t),
// and the gradient scale*(S*p - t). At the largest logits S*p - t would cancel; there it is t_others - S*(what the
// other classes add to p). log(p) is never formed. Labels of a class y are a*[c = y] + b, times a weight per class.
// Words that come from elsewhere:
//   RowSum, others_share   what a row's exponentials add up to; the part of p that is not at the largest  softmax-inl.h
//   marked exponentials    columns of e^x but for a power of two, with -1 in the place of each largest    softmax-inl.h
//   LaneSum, virtual lane  a sum in 64 bytes of lanes whatever the vector's width, in a fixed order       lanes-inl.h
//   columns, ColumnTile    rows side by side, a row to a lane                                         ..._columns-inl.h
//   tile, TilePlace        where such rows lie in memory                                              ..._tiles-inl.h
#if defined(LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_INL_H_
#endif

#include <cmath>
#include <cstdint>
#include <limits>

#include "logitape/backends/cpu/softmax-inl.h"
#include "logitape/backends/kernels.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// What a row's labels add up to, in f64 whatever the dtype; V is one f64 lane (a row) or several.
template <class V>
struct LabelSums {
  V at_max;    // labels of the largest logits
  V others;    // labels of all other logits
  V distance;  // sum of t*(max - x)
};

template <class D, class V>
HWY_INLINE V loss_of(D d, V log_sum, const LabelSums<V>& labels) {
  const V mass = hn::Add(labels.at_max, labels.others);
  return hn::Add(hn::Add(labels.distance, hn::Mul(mass, log_sum)), hn::Zero(d));  // + 0: never -0
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

  Gradient() = default;
  HWY_INLINE Gradient(D d, const RowSum<V>& row, const LabelSums<V>& labels, double scale_, bool unit_mass)
      : count(row.count), top_share(row.top_share), others_share(row.others_share),
        mass(hn::Add(labels.at_max, labels.others)), mass_at_max(labels.at_max), mass_elsewhere(labels.others),
        scale(hn::Set(d, scale_)) {
    if (unit_mass) {
      mass = mass_at_max = hn::Set(d, 1);
      mass_elsewhere = hn::Zero(d);
    }
    weight = hn::Div(hn::Mul(scale, mass), row.total);
  }

  // Where the largest have most of the probability, mass*p with p = (1 - others_share)/count: t is taken off while both
  // are whole, so that a confident row keeps its digits. Not with an infinite label: all of it would be NaN. + 0: never
  // -0.
  HWY_INLINE V at_largest(D d, V t) const {
    const V large_parts = hn::Sub(mass_at_max, hn::Mul(count, t));
    const V small_parts = hn::Sub(mass_elsewhere, hn::Mul(mass, others_share));
    const V confident = hn::Div(hn::Add(large_parts, small_parts), count);
    const V direct = hn::Sub(hn::Mul(mass, top_share), t);
    const V g = hn::IfThenElse(hn::Or(hn::Gt(others_share, hn::Set(d, 0.5)), hn::IsInf(mass)), direct, confident);
    return hn::Add(hn::Mul(scale, g), hn::Zero(d));
  }
};

// The same away from the largest logits, in T: one fused step.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gradient_elsewhere(V exponential, V weight, V t, V minus_scale) {
  return hn::MulAdd(exponential, weight, hn::Mul(t, minus_scale));
}

// A NaN as the usual one: bf16 is made by a short formula that not every NaN survives.
template <class T>
T as_number(double x) {
  return x == x ? static_cast<T>(x) : std::numeric_limits<T>::quiet_NaN();
}

// The labels of a class y: weights * (c = y ? on : off).
template <class T>
struct LabelCode {
  T on, off;
  const T* weights;  // null for ones

  T weight(std::int64_t c) const { return weights ? weights[c] : T{1}; }
};

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
