// softmax: y = e^x / sum(e^x);  log_softmax: y = (x - max) - log(sum(e^(x - max)));  label_gradient: y = -g * the
// latter, g one per row. Of probabilities p: centred: y = v - sum(p*v);  softmax_vjp: y = p*(v - sum(p*v)). x and y are
// [outer, classes, inner], the sum runs over the classes. A row with a NaN, a +inf, or -inf alone, is NaN all over, and
// no other row is.
#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {
namespace {

Rows rows_of(const lt_softmax_args& a) { return {a.outer, a.classes, a.inner}; }

template <class T>
struct SoftmaxRows {
  const T* x;
  T* y;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const T max = largest_of(team, row, x);
    const Row usable = usable_row(row, max);
    const ScaledExp<T> scaled_exp(max);
    const RowSum sum = sum_exponentials(team, usable, x, max, scaled_exp);
    if (!isfinite(max)) return fill_row(team, row, y, T(NAN));
    const T top = static_cast<T>(sum.top_share), inverse = static_cast<T>(1 / sum.total);
    map(team, row, x, y, [&](int64_t, T v) { return v == max ? top : scaled_exp(v) * inverse; });
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
    const T max = largest_of(team, row, x);
    const Row usable = usable_row(row, max);
    const RowSum sum = sum_exponentials(team, usable, x, max, ScaledExp<T>(max));
    if (!isfinite(max)) return fill_row(team, row, y, T(NAN));
    const T by = g && row.exists ? g[row.index] : T(0);
    map(team, row, x, y, [&](int64_t, T v) {
      // both terms are at most 0, so nothing cancels, and f32 is rounded once
      const T log_p = static_cast<T>((static_cast<double>(v) - static_cast<double>(max)) - sum.log_sum);
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
    const T* const of_v = v + row.first;
    const auto value = [&](int64_t a) { return of_v[a * row.step]; };
    Placed best{sizeof(T) == sizeof(double) ? 0.5 : 0.0, row.size};
    each(team, row, p, [&](int64_t a, T q) { best = q > best.value ? Placed{static_cast<double>(q), a} : best; });
    best = team.join(best, FirstLargest());
    const auto mean_of = [&](T less) {
      return sum_of<T>(team, row, p, [&](int64_t a, T q) {
        return static_cast<double>(q) * (static_cast<double>(value(a)) - static_cast<double>(less));
      });
    };
    T shift = 0;
    if (team.any(best.at == row.size)) shift = static_cast<T>(mean_of(0));
    if (best.at < row.size) shift = value(best.at);
    if (!isfinite(shift)) shift = 0;
    const double mean = mean_of(shift);
    map(team, row, p, y, [&](int64_t a, T q) {
      const double u = (static_cast<double>(value(a)) - static_cast<double>(shift)) - mean;
      return static_cast<T>(times_p ? static_cast<double>(q) * u : u);
    });
  }
};

lt_status softmax(lt_context* context, const lt_softmax_args* a) {
  return visit_floating("softmax", a->dtype, [&]<class T>() {
    return along(context, "softmax", rows_of(*a), SoftmaxRows<T>{static_cast<const T*>(a->x), static_cast<T*>(a->y)});
  });
}

lt_status logarithm(const char* op, lt_context* context, const lt_softmax_args* a, const void* g) {
  return visit_floating(op, a->dtype, [&]<class T>() {
    const LogSoftmaxRows<T> f{static_cast<const T*>(a->x), static_cast<T*>(a->y), static_cast<const T*>(g)};
    return along(context, op, rows_of(*a), f);
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
    return along(context, op, rows_of(*a), f);
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
