// Softmax cross entropy and its gradient, for rows of logits x[classes] and labels t of any mass S = sum(t):
//   loss = S*lse(x) - sum(t*x) = sum(t*(max - x)) + S*log(sum(e^(x - max)))
//   gradient = scale*(S*p - t), or scale*(p - t) with unit_mass;  p = e^x / sum(e^x)
// A team keeps its row in shared memory where it can: logits are read once, the results written once. f16 and bf16 are
// converted at the edges and computed in f32. log(p) is never formed, and at the largest logits S*p - t does not
// cancel: see Slope. A row whose keep is 0 is not read; one whose class is none is NaN. Bits of a row depend on nothing
// but that row and the device's kind; a class index has the bits of its dense labels.
#include "logitape/backends/cuda/softmax.cuh"

namespace logitape_cuda {
namespace {

// ---- labels: of(row) gives those of one row; of it near<n>(c) those of the n classes from c on, none<n>(c) whether it
// is known that all of these are 0
template <class M>
struct DenseLabels {
  using T = Arithmetic<M>;
  const M* labels;

  struct Of {
    const M* t;
    int64_t step;
    __device__ bool valid() const { return true; }
    template <int n>
    __device__ bool none(int64_t) const {
      return false;
    }
    template <int n>
    __device__ Pack<T, n> near(int64_t c) const {
      return load<n>(t + c * step);
    }
  };
  __device__ Of of(const Row& row) const { return {labels + row.first, row.step}; }
};

// The class's place among the n from c on; -1 for none of them.
template <int n>
__device__ inline int place_of(int64_t index, int64_t c) {
  const int64_t place = index - c;
  return place >= 0 && place < n ? static_cast<int>(place) : -1;
}

// All labels but the class's own are 0, whatever the other weights are.
template <class M>
struct IndexLabel {
  using T = Arithmetic<M>;
  const void* indices;
  const M* weights;
  T on;
  lt_dtype dtype;

  struct Of {
    int64_t index;
    T label;
    __device__ bool valid() const { return index >= 0; }
    template <int n>
    __device__ bool none(int64_t c) const {
      return place_of<n>(index, c) < 0;
    }
    template <int n>
    __device__ Pack<T, n> near(int64_t c) const {
      const int place = place_of<n>(index, c);
      Pack<T, n> t;
#pragma unroll
      for (int j = 0; j < n; ++j) t.v[j] = j == place ? label : T(0);
      return t;
    }
  };
  __device__ Of of(const Row& row) const {
    const int64_t index = index_at(dtype, indices, row.index);
    if (index < 0 || index >= row.size) return {-1, 0};
    return {index, weights ? up(weights[index]) * on : on};
  }
};

// weights * (c = y ? on : off)
template <class M>
struct CodedLabels {
  using T = Arithmetic<M>;
  const void* indices;
  const M* weights;
  T on, off;
  lt_dtype dtype;

  struct Of {
    int64_t index;
    const M* weights;
    T on, off;
    __device__ bool valid() const { return index >= 0; }
    template <int n>
    __device__ bool none(int64_t) const {
      return false;
    }
    template <int n>
    __device__ Pack<T, n> near(int64_t c) const {
      const int place = place_of<n>(index, c);
      Pack<T, n> t;
#pragma unroll
      for (int j = 0; j < n; ++j) t.v[j] = j == place ? on : off;
      if (!weights) return t;
      const Pack<T, n> w = load<n>(weights + c);
#pragma unroll
      for (int j = 0; j < n; ++j) t.v[j] *= w.v[j];
      return t;
    }
  };
  __device__ Of of(const Row& row) const {
    const int64_t index = index_at(dtype, indices, row.index);
    return {index < row.size ? index : -1, weights, on, off};
  }
};

// ---- what a row's labels add up to, in f64
// ---------------------------------------------------------------------------
template <class T>
struct LabelSums {
  Sum<T> at_max, others;  // labels of the largest logits, and of all others
  Sum<T> distance;        // sum of t*(max - x)

  __device__ void add(T t, T max, T x) {
    const double label = static_cast<double>(t);
    if (x == max) at_max.add(label);
    else others.add(label);
    // a class of label 0 may be masked: 0 * (max - -inf) counts as 0
    if (t != 0) distance.add(label * (static_cast<double>(max) - static_cast<double>(x)));
  }
  struct Join {
    __device__ LabelSums operator()(const LabelSums& a, const LabelSums& b) const {
      return {Add()(a.at_max, b.at_max), Add()(a.others, b.others), Add()(a.distance, b.distance)};
    }
  };
};

// scale*(mass*p - t); mass is S, or 1 with unit_mass.
struct Slope {
  RowSum row;
  double mass, mass_at_max, mass_elsewhere, scale;

  // Where the largest have most of the probability, mass*p with p = (1 - others_share)/count: t is taken off while both
  // are whole, so that a confident row keeps its digits. Not with an infinite label: all of it would be NaN. + 0: never
  // -0.
  __device__ double at_largest(double t) const {
    const double large_parts = mass_at_max - row.count * t;
    const double small_parts = mass_elsewhere - mass * row.others_share();
    const bool direct = row.others_share() > 0.5 || isinf(mass);
    const double g = direct ? mass * row.top_share() - t : (large_parts + small_parts) / row.count;
    return scale * g + 0.0;
  }
};

template <class M, class Labels>
struct LossRows {
  using T = Arithmetic<M>;
  using Of = typename Labels::Of;
  const M* logits;
  Labels labels;
  const uint8_t* keep;
  M *loss, *gradient, *lse, *probabilities;
  float* wide_loss;
  double given_scale;
  const double* scale_there;
  bool unit_mass;

  __device__ void put_loss(const Row& row, T value) const {
    if (loss) loss[row.index] = down<M>(value);
    if (wide_loss) wide_loss[row.index] = static_cast<float>(value);
  }

  template <class Team>
  __device__ void left_out(const Team& team, const Row& row, T value, T of_lse) const {
    if (leads(team, row)) {
      put_loss(row, value);
      if (lse) lse[row.index] = down<M>(of_lse);
    }
    if (gradient) fill_row(team, row, gradient, value);
    if (probabilities) fill_row(team, row, probabilities, value);
  }

  template <class Team>
  __device__ LabelSums<T> sums_of(const Team& team, const Row& row, const M* x, const Of& t, T max) const {
    LabelSums<T> sums{};
    if constexpr (std::is_same_v<Labels, IndexLabel<M>>) {
      const bool here = t.index >= row.begin && t.index < row.end;  // or another block of the cluster keeps it
      if (isfinite(max) && t.valid()) sums.add(t.label, max, up(*at(here ? x : logits, row, t.index)));
      return sums;
    }
    each_pack(team, usable_row(row, max), x, [&](int64_t c, const auto& p) {
      const auto label = t.template near<p.size>(c);
#pragma unroll
      for (int j = 0; j < p.size; ++j) sums.add(label.v[j], max, p.v[j]);
    });
    return team.join(sums, typename LabelSums<T>::Join());
  }

  template <class Team>
  __device__ void operator()(const Team& team, Row row) const {
    const Row whole = row;
    const bool asked = row.exists && !(keep && keep[row.index] == 0);
    const Of t = asked ? labels.of(row) : Of{};
    const bool usable = asked && t.valid();
    const T instead = asked ? T(NAN) : T(0);
    if (!usable) row.end = row.begin;
    if (!team.any(usable)) return left_out(team, whole, instead, instead);

    const auto x = keep_row(team, row, logits);
    const Seen<M> seen = look(team, row, x);
    const T max = seen.max;
    const LabelSums<T> sums = sums_of(team, row, x, t, max);
    const auto powers = make_powers(team, usable_row(row, max), x, max);
    const RowSum sum = sum_of_powers(team, usable_row(row, max), x, powers, seen);
    if (!usable) return left_out(team, whole, instead, instead);
    if (!isfinite(max)) return left_out(team, row, T(NAN), max);

    const double at_max = sums.at_max.total(), others = sums.others.total(), mass = at_max + others;
    if (leads(team, row) || planted == 7) {
      const double log_sum = sum.log_sum();
      put_loss(row, static_cast<T>(sums.distance.total() + mass * log_sum + 0.0));
      if (lse) lse[row.index] = down<M>(static_cast<T>(static_cast<double>(max) + log_sum));
    }
    if (probabilities) {
      const T top = static_cast<T>(sum.top_share()), inverse = static_cast<T>(1 / sum.total);
      map(team, row, x, probabilities, [&](int64_t, T v) {
        const T e = powers(v);
        return powers.largest(v) ? top : e * inverse;
      });
    }
    if (gradient) {
      const double scale = scale_there ? given_scale * *scale_there : given_scale;
      const Slope slope = unit_mass ? Slope{sum, 1, 1, 0, scale} : Slope{sum, mass, at_max, others, scale};
      const T weight = static_cast<T>(scale * slope.mass / sum.total), minus_scale = static_cast<T>(-scale);
      map_pack(team, row, x, gradient, [&](int64_t c, auto p) {
        const bool largest = powers.has_largest(p);
        auto g = p;
#pragma unroll
        for (int j = 0; j < p.size; ++j) g.v[j] = fma(powers(p.v[j]), weight, minus_scale * T(0));
        if (t.template none<p.size>(c) && !largest) return g;
        auto label = t.template near<p.size>(c);
#pragma unroll
        for (int j = 0; j < p.size; ++j) g.v[j] = fma(powers(p.v[j]), weight, label.v[j] * minus_scale);
        if (!largest) return g;
#pragma unroll 1
        for (int i = 0; i < p.size; ++i) {  // long code for few: all go round once, and it stands here once
          const bool top = powers.largest(p.v[0]);
          const T first = top ? static_cast<T>(slope.at_largest(static_cast<double>(label.v[0]))) : g.v[0];
          const T next = p.v[0], next_label = label.v[0];
#pragma unroll
          for (int j = 1; j < p.size; ++j) p.v[j - 1] = p.v[j], label.v[j - 1] = label.v[j], g.v[j - 1] = g.v[j];
          p.v[p.size - 1] = next, label.v[p.size - 1] = next_label, g.v[p.size - 1] = first;
        }
        return g;
      });
    }
  }
};

// ---- the host's side
// -------------------------------------------------------------------------------------------------
template <class M, class Labels>
lt_status with_labels(lt_context* context, const lt_cross_entropy_args& a, const Labels& labels) {
  const Rows rows{a.outer, a.classes, a.inner};
  const auto out = [](void* array) { return static_cast<M*>(array); };
  const LossRows<M, Labels> f{static_cast<const M*>(a.logits),
                              labels,
                              a.keep,
                              out(a.loss),
                              out(a.gradient),
                              out(a.lse),
                              out(a.probabilities),
                              sizeof(M) == 2 ? a.wide_loss : nullptr,
                              a.scale,
                              a.scale_there,
                              a.unit_mass};
  return along_kept<M>(context, "cross_entropy", rows, f);
}

template <class M>
lt_status of_dtype(lt_context* context, const lt_cross_entropy_args& a) {
  using T = Arithmetic<M>;
  if (a.labels) return with_labels<M>(context, a, DenseLabels<M>{static_cast<const M*>(a.labels)});
  const auto* weights = static_cast<const M*>(a.weights);
  const T on = static_cast<T>(a.a + a.b), off = static_cast<T>(a.b);
  if (off == 0) return with_labels<M>(context, a, IndexLabel<M>{a.indices, weights, on, a.index_dtype});
  return with_labels<M>(context, a, CodedLabels<M>{a.indices, weights, on, off, a.index_dtype});
}

lt_status cross_entropy(lt_context* context, const lt_cross_entropy_args* a) {
  if (a->outer * a->inner == 0) return LT_OK;
  switch (a->dtype) {
    case LT_F16: return of_dtype<f16>(context, *a);
    case LT_BF16: return of_dtype<bf16>(context, *a);
    case LT_F32: return of_dtype<float>(context, *a);
    case LT_F64: return of_dtype<double>(context, *a);
    default: return unsupported("cross_entropy", a->dtype);
  }
}

}  // namespace

void fill_cross_entropy(lt_kernels& k) { k.cross_entropy = cross_entropy; }

}  // namespace logitape_cuda
