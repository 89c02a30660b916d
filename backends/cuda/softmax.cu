// softmax: y = e^x / sum(e^x);  log_softmax: y = (x - max) - log(sum(e^(x - max)));  label_gradient: y = -g * the
// latter, g one per row. Of probabilities p: centred: y = v - sum(p*v);  softmax_vjp: y = p*(v - sum(p*v)). x and y are
// [outer, classes, inner], the sum runs over the classes. A row with a NaN, a +inf, or -inf alone, is NaN all over, and
// no other row is.
#include "logitape/backends/cuda/softmax.cuh"

namespace logitape_cuda {
namespace {

Rows rows_of(const lt_softmax_args& a) { return {a.outer, a.classes, a.inner}; }

template <class T>
struct SoftmaxRows {
  const T* x;
  T* y;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto kept = keep_row(team, row, x);
    const Seen<T> seen = look(team, row, kept);
    const T max = seen.max;
    const Row usable = usable_row(row, max);
    const auto powers = make_powers(team, usable, kept, max);
    const RowSum sum = sum_of_powers(team, usable, kept, powers, seen);
    if (!isfinite(max)) return fill_row(team, row, y, T(NAN));
    const T top = static_cast<T>(sum.top_share()), inverse = static_cast<T>(1 / sum.total);
    map(team, row, kept, y, [&](int64_t, T v) {
      const T e = powers(v);
      return powers.largest(v) ? top : e * inverse;
    });
  }
};

// g null: log p; else -g * log p, where 0 * inf counts as 0.
template <class T>
struct LogSoftmaxRows {
  const T* x;
  T* y;
  const T* g;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto kept = keep_row(team, row, x);
    const Seen<T> seen = look(team, row, kept);
    const T max = seen.max;
    const double log_sum = sum_of_powers(team, usable_row(row, max), kept, Powers<T, false>(max), seen).log_sum();
    if (!isfinite(max)) return fill_row(team, row, y, T(NAN));
    const T by = g && row.exists ? g[row.index] : T(0);
    map(team, row, kept, y, [&](int64_t, T v) {
      // both terms are at most 0, so nothing cancels, and f32 is rounded once
      const T log_p = static_cast<T>((static_cast<double>(v) - static_cast<double>(max)) - log_sum);
      if (!g) return log_p;
      return by == 0 && isinf(log_p) ? T(0) : -(by * log_p);
    });
  }
};

// v - p.v does not change when a number is added to all of v. So a number is taken off first that leaves small
// differences: v at the largest p. f64 has no digits to spare, and takes it only where that p is above 1/2, elsewhere
// p.v: beside many classes of small p the largest may be far from all others. An infinite number is not taken off.
template <class T, bool times_p>
struct CentredRows {
  const T* p;
  const T* v;
  T* y;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto kept_p = keep_row(team, row, p, 0), kept_v = keep_row(team, row, v, 1);
    Placed best{sizeof(T) == sizeof(double) ? 0.5 : 0.0, row.size};
    each(team, row, kept_p, [&](int64_t a, T q) { best = q > best.value ? Placed{static_cast<double>(q), a} : best; });
    best = team.join(best, FirstLargest());
    const auto mean_of = [&](T less) {
      Sum<T> sum{};
      each_pack(team, row, kept_p, [&](int64_t a, const auto& q) {
        const auto u = load<q.size>(at(kept_v, row, a));
#pragma unroll
        for (int j = 0; j < q.size; ++j)
          sum.add(static_cast<double>(q.v[j]) * (static_cast<double>(u.v[j]) - static_cast<double>(less)));
      });
      return team.join(sum, Add()).total();
    };
    T shift = 0;
    if (team.any(best.at == row.size)) shift = static_cast<T>(mean_of(0));
    if (best.at < row.size) shift = *at(v, row, best.at);
    if (!isfinite(shift)) shift = 0;
    const double mean = mean_of(shift);
    map_pack(team, row, kept_p, y, [&](int64_t a, auto q) {
      const auto u = load<q.size>(at(kept_v, row, a));
#pragma unroll
      for (int j = 0; j < q.size; ++j) {
        const double off = (static_cast<double>(u.v[j]) - static_cast<double>(shift)) - mean;
        q.v[j] = static_cast<T>(times_p ? static_cast<double>(q.v[j]) * off : off);
      }
      return q;
    });
  }
};

lt_status softmax(lt_context* context, const lt_softmax_args* a) {
  return visit_floating("softmax", a->dtype, [&]<class T>() {
    const SoftmaxRows<T> f{static_cast<const T*>(a->x), static_cast<T*>(a->y)};
    return along_kept<T>(context, "softmax", rows_of(*a), f);
  });
}

lt_status logarithm(const char* op, lt_context* context, const lt_softmax_args* a, const void* g) {
  return visit_floating(op, a->dtype, [&]<class T>() {
    const LogSoftmaxRows<T> f{static_cast<const T*>(a->x), static_cast<T*>(a->y), static_cast<const T*>(g)};
    return along_kept<T>(context, op, rows_of(*a), f);
  });
}
lt_status log_softmax(lt_context* context, const lt_softmax_args* a) {
  return logarithm("log_softmax", context, a, nullptr);
}
lt_status label_gradient(lt_context* context, const lt_softmax_args* a) {
  return logarithm("label_gradient", context, a, a->g);
}

template <bool times_p>
lt_status centre(const char* op, lt_context* context, const lt_softmax_args* a) {
  return visit_floating(op, a->dtype, [&]<class T>() {
    const CentredRows<T, times_p> f{static_cast<const T*>(a->x), static_cast<const T*>(a->g), static_cast<T*>(a->y)};
    return along_kept<T>(context, op, rows_of(*a), f, 2);
  });
}
lt_status centred(lt_context* context, const lt_softmax_args* a) { return centre<false>("centred", context, a); }
lt_status softmax_vjp(lt_context* context, const lt_softmax_args* a) { return centre<true>("softmax_vjp", context, a); }

}  // namespace

void fill_softmax(lt_kernels& k) {
  k.softmax = softmax;
  k.log_softmax = log_softmax;
  k.label_gradient = label_gradient;
  k.centred = centred;
  k.softmax_vjp = softmax_vjp;
}

}  // namespace logitape_cuda
