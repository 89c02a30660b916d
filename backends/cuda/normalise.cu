// normalise: along the axis of x[outer, axis, inner], mean 0 and variance 1: y = (x - mean) / sqrt(variance + epsilon).
// Two walks for the sums, the second over the differences, which lose no digits where the mean is large; f64 all the
// way, every result rounded once. Where f64 itself overflows, or loses squares that count beside epsilon, both are done
// again with x times a power of two. normalise_vjp: what cotangents of y become, from two sums of one walk.
#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {
namespace {

constexpr double shrink = 0x1p-600, grow = 0x1p500, least_variance = 0x1p-900;

template <class T>
struct NormaliseRows {
  const T* x;
  T *y, *mean, *variance, *deviation;
  double epsilon;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto count = static_cast<double>(row.size);
    double scale = 1, m = 0, v = 0;
    const auto moments = [&] {
      m = sum_of<T>(team, row, x, [&](int64_t, T u) { return static_cast<double>(u) * scale; }) / count;
      v = sum_of<T>(team, row, x,
                    [&](int64_t, T u) {
                      const double off = static_cast<double>(u) * scale - m;
                      return off * off;
                    }) /
          count;
    };
    moments();
    if constexpr (sizeof(T) == sizeof(double)) {
      if (!isfinite(v)) scale = shrink;
      else if (v < least_variance && epsilon < least_variance) scale = grow;
      if (team.any(row.exists && scale != 1)) moments();
    }
    const double root = sqrt(v + epsilon * scale * scale), inverse = 1 / root;
    map(team, row, x, y, [&](int64_t, T u) { return static_cast<T>((static_cast<double>(u) * scale - m) * inverse); });
    if (!leads(team, row)) return;
    mean[row.index] = static_cast<T>(m / scale);
    variance[row.index] = static_cast<T>(v / scale / scale);
    deviation[row.index] = static_cast<T>(root / scale);
  }
};

lt_status normalise(lt_context* context, const lt_normalise_args* a) {
  return visit_floating("normalise", a->dtype, [&]<class T>() {
    const auto out = [](void* array) { return static_cast<T*>(array); };
    const NormaliseRows<T> f{static_cast<const T*>(a->x), out(a->y), out(a->mean), out(a->variance),
                             out(a->deviation),           a->epsilon};
    return along(context, "normalise", Rows{a->outer, a->axis, a->inner}, f);
  });
}

template <class T>
struct NormaliseVjpRows {
  const T *y, *g, *factor;
  T *total, *product, *x;

  template <class Team>
  __device__ void operator()(const Team& team, const Row& row) const {
    const auto kept_y = keep_row(team, row, y, 0), kept_g = keep_row(team, row, g, 1);
    Sum<T> of_g{}, of_products{};
    each_pack(team, row, kept_y, [&](int64_t a, const auto& q) {
      const auto u = load<q.size>(at(kept_g, row, a));
#pragma unroll
      for (int j = 0; j < q.size; ++j) {
        of_g.add(static_cast<double>(u.v[j]));
        of_products.add(static_cast<double>(q.v[j]) * static_cast<double>(u.v[j]));
      }
    });
    const double sum = team.join(of_g, Add()).total(), dot = team.join(of_products, Add()).total();
    if (leads(team, row)) {
      total[row.index] = static_cast<T>(sum);
      product[row.index] = static_cast<T>(dot);
    }
    if (!x) return;
    const auto count = static_cast<double>(row.size);
    const double mean = sum / count, slope = dot / count,
                 times = row.exists ? static_cast<double>(factor[row.index]) : 0;
    map_pack(team, row, kept_y, x, [&](int64_t a, auto q) {
      const auto u = load<q.size>(at(kept_g, row, a));
#pragma unroll
      for (int j = 0; j < q.size; ++j)
        q.v[j] = static_cast<T>(
            times * ((static_cast<double>(u.v[j]) - mean) - static_cast<double>(q.v[j]) * slope));
      return q;
    });
  }
};

lt_status normalise_vjp(lt_context* context, const lt_normalise_vjp_args* a) {
  return visit_floating("normalise_vjp", a->dtype, [&]<class T>() {
    const auto in = [](const void* array) { return static_cast<const T*>(array); };
    const auto out = [](void* array) { return static_cast<T*>(array); };
    const NormaliseVjpRows<T> f{in(a->y), in(a->g), in(a->factor), out(a->total), out(a->product), out(a->x)};
    return along_kept<T>(context, "normalise_vjp", Rows{a->outer, a->axis, a->inner}, f, 2);
  });
}

}  // namespace

void fill_normalise(lt_kernels& k) {
  k.normalise = normalise;
  k.normalise_vjp = normalise_vjp;
}

}  // namespace logitape_cuda
