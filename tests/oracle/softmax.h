// Scalar twins of softmax, p = e^(x - max) / sum(e^(x - max)), and of its logarithm, over the classes of [outer, classes, inner].
#pragma once
#include <cmath>
#include <limits>
#include <vector>

#include "oracle.h"
#include "reduce.h"

namespace logitape::oracle {

template <class S>
std::vector<S> log_softmax(const std::vector<S>& x) {
  const S max = largest(x);
  std::vector<S> y(x.size(), std::numeric_limits<S>::quiet_NaN());
  if (!std::isfinite(max)) return y;
  const S log_sum = log_sum_above_max(x);
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - max) - log_sum;
  return y;
}

template <class S>
std::vector<S> softmax(const std::vector<S>& x) {
  const S max = largest(x);
  std::vector<S> y(x.size(), std::numeric_limits<S>::quiet_NaN());
  if (!std::isfinite(max)) return y;
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::exp(x[i] - max);
  const S sum = careful_sum(y);
  for (S& p : y) p /= sum;
  return y;
}

template <class S, std::vector<S> (*formula)(const std::vector<S>&)>
void over_classes(const backends::SoftmaxArgs& a) {
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t i = 0; i < a.inner; ++i) {
      const auto at = [&](std::size_t c) { return (o * a.classes + static_cast<std::int64_t>(c)) * a.inner + i; };
      std::vector<S> x(static_cast<std::size_t>(a.classes));
      for (std::size_t c = 0; c < x.size(); ++c) x[c] = load<S>(a.dtype, a.x, at(c));
      const std::vector<S> y = formula(x);
      for (std::size_t c = 0; c < x.size(); ++c) store(a.dtype, a.y, at(c), y[c]);
    }
}

template <class S>
void fill_softmax(backends::Kernels& k) {
  k.softmax = over_classes<S, softmax<S>>;
  k.log_softmax = over_classes<S, log_softmax<S>>;
}

}  // namespace logitape::oracle
