// Scalar twins of normalise, mean, variance, sqrt(variance + epsilon) and (x - mean) / the latter over a of x[o, a, i],
// and of what its cotangents become.
#pragma once
#include <cmath>
#include <vector>

#include "logitape/backends/oracle/oracle.h"
#include "logitape/backends/oracle/reduce.h"

namespace logitape::inline v0::oracle {

template <class S>
void normalise(const backends::NormaliseArgs& a) {
  const backends::ReduceArgs along{a.dtype, a.outer, a.axis, a.inner, 1, a.x, nullptr};
  each_reduced<S>(along, [&](std::int64_t at, const std::vector<S>& x) {
    // in parts of a power of two, so that a Scalar of two doubles overflows no earlier than a kernel; scaled(v, -n) is
    // exact
    double largest = a.epsilon;
    for (const S v : x) largest = std::fmax(largest, std::fabs(static_cast<double>(real_of(v))));
    const int power = std::isfinite(largest) ? std::ilogb(largest) : 0;
    const auto times = [](S v, int n) { return v * S(std::ldexp(1.0, n / 2)) * S(std::ldexp(1.0, n - n / 2)); };
    std::vector<S> parts, squares;
    for (const S v : x) parts.push_back(times(v, -power));
    const S count = static_cast<S>(a.axis), mean = careful_sum(parts) / count;
    for (const S v : parts) squares.push_back((v - mean) * (v - mean));
    const S variance = careful_sum(squares) / count;
    const S whole = times(times(variance, power), power);
    const bool fits = isfinite(whole);
    const S deviation = fits ? sqrt(whole + static_cast<S>(a.epsilon)) : times(sqrt(variance), power);
    store<S>(a.dtype, a.mean, at, times(mean, power));
    store<S>(a.dtype, a.variance, at, whole);
    store<S>(a.dtype, a.deviation, at, deviation);
    for (std::int64_t k = 0; k < a.axis; ++k) {
      const S off = parts[static_cast<std::size_t>(k)] - mean;
      store<S>(a.dtype, a.y, (at / a.inner * a.axis + k) * a.inner + at % a.inner,
               fits ? times(off, power) / deviation : off / sqrt(variance));
    }
  });
}

template <class S>
void normalise_vjp(const backends::NormaliseVjpArgs& a) {
  const backends::ReduceArgs along{a.dtype, a.outer, a.axis, a.inner, 1, a.g, nullptr};
  each_reduced<S>(along, [&](std::int64_t at, const std::vector<S>& g) {
    const auto place = [&](std::size_t k) {
      return (at / a.inner * a.axis + static_cast<std::int64_t>(k)) * a.inner + at % a.inner;
    };
    std::vector<S> y, products;
    for (std::size_t k = 0; k < g.size(); ++k) {
      y.push_back(load<S>(a.dtype, a.y, place(k)));
      products.push_back(g[k] * y[k]);
    }
    const S count = static_cast<S>(a.axis), total = careful_sum(g), product = careful_sum(products);
    store<S>(a.dtype, a.total, at, total);
    store<S>(a.dtype, a.product, at, product);
    for (std::size_t k = 0; a.x && k < g.size(); ++k)
      store<S>(a.dtype, a.x, place(k),
               load<S>(a.dtype, a.factor, at) * (g[k] - total / count - y[k] * (product / count)));
  });
}

template <class S>
void fill_normalise(backends::Kernels& k) {
  k.normalise = normalise<S>;
  k.normalise_vjp = normalise_vjp<S>;
}

}  // namespace logitape::inline v0::oracle
