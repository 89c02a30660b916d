// Scalar twin of normalise: mean, variance, sqrt(variance + epsilon) and (x - mean) / the latter over a of x[o, a, i].
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
    const S count = static_cast<S>(a.axis), mean = careful_sum(x) / count;
    std::vector<S> squares;
    squares.reserve(x.size());
    for (const S v : x) squares.push_back((v - mean) * (v - mean));
    const S variance = careful_sum(squares) / count;
    store<S>(a.dtype, a.mean, at, mean);
    const S deviation = sqrt(variance + static_cast<S>(a.epsilon));
    store<S>(a.dtype, a.variance, at, variance);
    store<S>(a.dtype, a.deviation, at, deviation);
    for (std::int64_t k = 0; k < a.axis; ++k)
      store<S>(a.dtype, a.y, (at / a.inner * a.axis + k) * a.inner + at % a.inner, (x[static_cast<std::size_t>(k)] - mean) / deviation);
  });
}

template <class S>
void fill_normalise(backends::Kernels& k) {
  k.normalise = normalise<S>;
}

}  // namespace logitape::inline v0::oracle
