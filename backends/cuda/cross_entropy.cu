// Softmax cross entropy and its gradient, for rows of logits x[classes] and labels t of any mass S = sum(t):
//   loss = S*lse(x) - sum(t*x) = sum(t*(max - x)) + S*log(sum(e^(x - max)))
//   gradient = scale*(S*p - t), or scale*(p - t) with unit_mass;  p = e^x / sum(e^x)
// Three walks over a row: its maximum, its sums, its results. A row that a block takes lies in shared memory from the
// first walk on, where it fits: logits are then read once. f16 and bf16 are converted at the edges and computed in f32.
// log(p) is never formed, and at the largest logits S*p - t does not cancel: see Slope. A row whose keep is 0 is not
// read. Bits of a row depend on nothing but that row; a class index has the bits of its dense labels.
#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {
namespace {

// ---- labels: of(row) gives those of one row, by class
// ----------------------------------------------------------------
template <class M>
struct DenseLabels {
  using T = Arithmetic<M>;
  const M* labels;

  struct Of {
    const M* t;
    int64_t step;
    __device__ T operator()(int64_t c) const { return up(t[c * step]); }
  };
  __device__ Of of(const Row& row) const { return {labels + row.first, row.step}; }
};

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
    __device__ T operator()(int64_t c) const { return c == index ? label : T(0); }
  };
  __device__ Of of(const Row& row) const {
    const int64_t index = index_at(dtype, indices, row.index);
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
    __device__ T operator()(int64_t c) const {
      const T t = c == index ? on : off;
      return weights ? up(weights[c]) * t : t;
    }
  };
  __device__ Of of(const Row& row) const { return {index_at(dtype, indices, row.index), weights, on, off}; }
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
    const double small_parts = mass_elsewhere - mass * row.others_share;
    const bool direct = row.others_share > 0.5 || isinf(mass);
    const double g = direct ? mass * row.top_share - t : (large_parts + small_parts) / row.count;
    return scale * g + 0.0;
  }
};

template <class M, class Labels>
struct LossRows {
  using T = Arithmetic<M>;
  const M* logits;
  Labels labels;
  const uint8_t* keep;
  M *loss, *gradient, *lse, *probabilities;
  double scale;
  bool unit_mass;
  bool staged;  // a block's row lies in shared memory

  template <class Team>
  __device__ void left_out(const Team& team, const Row& row, T value, T of_lse) const {
    if (leads(team, row)) {
      loss[row.index] = down<M>(value);
      if (lse) lse[row.index] = down<M>(of_lse);
    }
    if (gradient) fill_row(team, row, gradient, value);
    if (probabilities) fill_row(team, row, probabilities, value);
  }

  // Brings the row into shared memory, where x + row.first is its start. What a thread walks later it has brought
  // itself; the label's logit, which another may have brought, is read behind the barriers of the joins.
  template <class Team>
  __device__ const M* stage(const Team& team, const Row& row) const {
    if constexpr (std::is_same_v<Team, BlockTeam>) {
      if (staged) {
        DYNAMIC_SHARED(dynamic);
        M* const kept = reinterpret_cast<M*>(dynamic);
        map(team, row, logits, kept - row.first, [](int64_t, T v) { return v; });
        return kept - row.first;
      }
    }
    return logits;
  }

  template <class Team>
  __device__ void operator()(const Team& team, Row row) const {
    const bool kept = row.exists && !(keep && keep[row.index] == 0);
    const Row whole = row;
    if (!kept) row.size = 0;
    if (!team.any(kept)) return left_out(team, whole, T(0), T(0));

    const M* const x = stage(team, row);
    const T max = largest_of(team, row, x);
    const Row usable = usable_row(row, max);
    const ScaledExp<T> scaled_exp(max);
    const RowSum sum = sum_exponentials(team, usable, x, max, scaled_exp);
    using Of = typename Labels::Of;
    const Of t = kept ? labels.of(row) : Of{};
    LabelSums<T> sums{};
    if constexpr (std::is_same_v<Labels, IndexLabel<M>>) {
      if (usable.size) sums.add(t.label, max, up(x[row.first + t.index * row.step]));
    } else {
      each(team, usable, x, [&](int64_t c, T v) { sums.add(t(c), max, v); });
      sums = team.join(sums, typename LabelSums<T>::Join());
    }
    if (!kept) return left_out(team, whole, T(0), T(0));
    if (!isfinite(max)) return left_out(team, row, T(NAN), max);

    const double at_max = sums.at_max.total(), others = sums.others.total(), mass = at_max + others;
    if (leads(team, row) || planted == 7) {
      loss[row.index] = down<M>(static_cast<T>(sums.distance.total() + mass * sum.log_sum + 0.0));
      if (lse) lse[row.index] = down<M>(static_cast<T>(static_cast<double>(max) + sum.log_sum));
    }
    if (probabilities) {
      const T top = static_cast<T>(sum.top_share), inverse = static_cast<T>(1 / sum.total);
      map(team, row, x, probabilities, [&](int64_t, T v) { return v == max ? top : scaled_exp(v) * inverse; });
    }
    if (gradient) {
      const Slope slope = unit_mass ? Slope{sum, 1, 1, 0, scale} : Slope{sum, mass, at_max, others, scale};
      const T weight = static_cast<T>(scale * slope.mass / sum.total), minus_scale = static_cast<T>(-scale);
      map(team, row, x, gradient, [&](int64_t c, T v) {
        const T label = t(c);
        if (v == max) return static_cast<T>(slope.at_largest(static_cast<double>(label)));
        return fma(scaled_exp(v), weight, label * minus_scale);
      });
    }
  }
};

// ---- the host's side
// -------------------------------------------------------------------------------------------------
constexpr int64_t most_shared = 96 << 10;  // two blocks a multiprocessor on sm_80 and up, of rows of 24,576 f32

template <class M, class Labels>
lt_status with_labels(lt_context* context, const lt_cross_entropy_args& a, const Labels& labels) {
  const Rows rows{a.outer, a.classes, a.inner};
  const auto out = [](void* array) { return static_cast<M*>(array); };
  LossRows<M, Labels> f{static_cast<const M*>(a.logits),
                        labels,
                        a.keep,
                        out(a.loss),
                        out(a.gradient),
                        out(a.lse),
                        out(a.probabilities),
                        a.scale,
                        a.unit_mass,
                        false};
  constexpr const char* op = "cross_entropy";
  const int64_t bytes = a.classes * static_cast<int64_t>(sizeof(M));
  if (a.inner > 1 || a.classes <= warp_row || bytes > most_shared) return along(context, op, rows, f);
  f.staged = true;
  const auto kernel = along_rows<BlockTeam, LossRows<M, Labels>>;
  const auto shared = static_cast<int>(divide_up(bytes, 16) * 16);
  const lt_status allowed =
      checked(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared), op);
  if (allowed != LT_OK) return allowed;
  return start(context, op, BlockTeam::blocks(rows), static_cast<size_t>(shared), kernel, rows, f);
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
