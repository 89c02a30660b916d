// Reductions of x[outer, axis, inner] over the axis: y[o, i] = sum, max, min, argmax or logsumexp over a of x[o, a, i].
// sum: in f64, y = scale * sum rounded once; a sum of f64 that overflows is added again of smaller numbers. max, min:
// NaN if any element is NaN, +0 for a zero of either sign. argmax: the first largest, the first NaN if there is one.
// Integers and booleans: sums modulo 2^64 in i64. logsumexp: -inf if all are, +inf if any is, NaN if any is.
#include "logitape/backends/cuda/softmax.cuh"

namespace logitape_cuda {
namespace {

Rows rows_of(const lt_reduce_args& a) { return {a.outer, a.axis, a.inner}; }

template <class T>
struct SumRows {
  const T* x;
  T* y;
  double scale;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto sum_times = [&](double by) {
      return sum_of<T>(team, row, x, [=](int64_t, T v) { return static_cast<double>(v) * by; });
    };
    double result = scale * sum_times(1);
    if constexpr (sizeof(T) == sizeof(double)) {
      if (team.any(!isfinite(result))) {
        const double again = scale * sum_times(0x1p-64) * 0x1p64;
        if (!isfinite(result)) result = again;
      }
    }
    if (leads(team, row)) y[row.index] = static_cast<T>(result);
  }
};

// Joins x[a] as they are, from `first` on; f is exact, or finds an extreme.
template <class M, class V, class F>
struct FoldRows {
  const M* x;
  V* y;
  V start;
  F f;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    V found = start;
    const M* const at = x + row.first;
    for (int64_t a = team.rank(); a < row.end; a += team.width()) found = f(found, static_cast<V>(at[a * row.step]));
    if constexpr (sizeof(V) < 4) {
      const F& join = f;
      found = static_cast<V>(
          team.join(static_cast<int>(found), [&](int a, int b) { return static_cast<int>(join(V(a), V(b))); }));
    } else {
      found = team.join(found, f);
    }
    if (leads(team, row)) y[row.index] = found + V(0);  // never -0
  }
};
struct AddWhole {
  __device__ uint64_t operator()(uint64_t a, uint64_t b) const { return a + b; }
};

struct Best {
  double value;
  int64_t at;  // -1: none
};
struct BestOf {
  __device__ Best operator()(Best a, Best b) const {
    if (a.at < 0 || b.at < 0) return a.at < 0 ? b : a;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan != b_nan) return a_nan ? a : b;
    if (!a_nan && a.value != b.value) return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
  }
};

template <class T>
struct ArgmaxRows {
  const T* x;
  int64_t* y;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    Best best{0, -1};
    each(team, row, x, [&](int64_t a, T v) { best = BestOf()(best, Best{static_cast<double>(v), a}); });
    best = team.join(best, BestOf());
    if (leads(team, row)) y[row.index] = best.at;
  }
};

template <class T>
struct LogsumexpRows {
  const T* x;
  T* y;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const Seen<T> seen = look(team, row, x);
    const T max = seen.max;
    const RowSum sum = sum_of_powers(team, usable_row(row, max), x, Powers<T, false>(max), seen);
    if (leads(team, row)) y[row.index] = isfinite(max) ? static_cast<T>(static_cast<double>(max) + sum.log_sum()) : max;
  }
};

lt_status sum(lt_context* context, const lt_reduce_args* a) {
  if (a->dtype > LT_F64)
    return visit_integer("sum", a->dtype, [&]<class M>() {
      const FoldRows<M, uint64_t, AddWhole> f{static_cast<const M*>(a->x), static_cast<uint64_t*>(a->y), 0, {}};
      return along(context, "sum", rows_of(*a), f);
    });
  return visit_floating("sum", a->dtype, [&]<class T>() {
    return along(context, "sum", rows_of(*a), SumRows<T>{static_cast<const T*>(a->x), static_cast<T*>(a->y), a->scale});
  });
}

template <class F>
lt_status extreme(const char* op, lt_context* context, const lt_reduce_args* a, bool largest) {
  const auto fold = [&]<class T>(T start) {
    const FoldRows<T, T, F> f{static_cast<const T*>(a->x), static_cast<T*>(a->y), start, {}};
    return along(context, op, rows_of(*a), f);
  };
  if (a->dtype > LT_F64)
    return visit_integer(op, a->dtype, [&]<class M>() {
      return fold(largest ? std::numeric_limits<M>::min() : std::numeric_limits<M>::max());
    });
  return visit_floating(op, a->dtype, [&]<class T>() {
    return fold(largest ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity());
  });
}

lt_status max_of(lt_context* context, const lt_reduce_args* a) { return extreme<Larger>("max", context, a, true); }
lt_status min_of(lt_context* context, const lt_reduce_args* a) { return extreme<Smaller>("min", context, a, false); }

lt_status argmax(lt_context* context, const lt_reduce_args* a) {
  return visit_floating("argmax", a->dtype, [&]<class T>() {
    const ArgmaxRows<T> f{static_cast<const T*>(a->x), static_cast<int64_t*>(a->y)};
    return along(context, "argmax", rows_of(*a), f);
  });
}

lt_status logsumexp(lt_context* context, const lt_reduce_args* a) {
  return visit_floating("logsumexp", a->dtype, [&]<class T>() {
    const LogsumexpRows<T> f{static_cast<const T*>(a->x), static_cast<T*>(a->y)};
    return along(context, "logsumexp", rows_of(*a), f);
  });
}

}  // namespace

void fill_reduce(lt_kernels& k) {
  k.sum = sum;
  k.max = max_of;
  k.min = min_of;
  k.argmax = argmax;
  k.logsumexp = logsumexp;
}

}  // namespace logitape_cuda
