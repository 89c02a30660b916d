// Scalar twins of softmax, p = e^(x - max) / sum(e^(x - max)), of its logarithm, and of -g*log p, over the classes of
// [outer, classes, inner]; of v - sum(p*v), and that times p.
#pragma once
#include <cmath>
#include <limits>
#include <vector>

#include "logitape/backends/oracle/oracle.h"
#include "logitape/backends/oracle/reduce.h"

namespace logitape::inline v0::oracle {

template <class S>
std::vector<S> log_softmax(const std::vector<S>& x) {
  const S max = largest(x);
  std::vector<S> y(x.size(), S(std::numeric_limits<double>::quiet_NaN()));
  if (!isfinite(real_of(max))) return y;
  const S log_sum = log_sum_above_max(x);
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - max) - log_sum;
  return y;
}

template <class S>
std::vector<S> softmax(const std::vector<S>& x) {
  const S max = largest(x);
  std::vector<S> y(x.size(), S(std::numeric_limits<double>::quiet_NaN()));
  if (!isfinite(real_of(max))) return y;
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = exp(x[i] - max);
  const S sum = careful_sum(y);
  for (S& p : y) p /= sum;
  return y;
}

// formula(logits of a row, the row's number) gives its results.
template <class S, class F>
void over_classes(const backends::SoftmaxArgs& a, F formula) {
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t i = 0; i < a.inner; ++i) {
      const auto at = [&](std::size_t c) { return (o * a.classes + static_cast<std::int64_t>(c)) * a.inner + i; };
      std::vector<S> x(static_cast<std::size_t>(a.classes));
      for (std::size_t c = 0; c < x.size(); ++c) x[c] = load<S>(a.dtype, a.x, at(c));
      const std::vector<S> y = formula(x, o * a.inner + i);
      for (std::size_t c = 0; c < x.size(); ++c) store(a.dtype, a.y, at(c), y[c]);
    }
}

// 0 * inf counts as 0: a masked class has log p = -inf.
template <class S>
std::vector<S> label_gradient(const std::vector<S>& x, S g) {
  std::vector<S> y = log_softmax(x);
  for (S& log_p : y) log_p = g == 0 && isinf(log_p) ? S(0) : -g * log_p;
  return y;
}

// v - p.v. Taken off first: v at the largest p that is above `confident`, or else p.v.
template <class S>
std::vector<S> centred(const std::vector<S>& p, std::vector<S> v, double confident) {
  const auto mean = [&] {
    S sum(0);
    for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] * v[i];
    return sum;
  };
  S shift = mean();
  double largest = confident;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (real_of(p[i]) > largest) {
      largest = static_cast<double>(real_of(p[i]));
      shift = v[i];
    }
  for (S& u : v) u -= shift;
  const S rest = mean();
  for (S& u : v) u -= rest;
  return v;
}

template <class S, bool times_p>
void centre(const backends::SoftmaxArgs& a) {
  over_classes<S>(a, [&](const std::vector<S>& p, std::int64_t row) {
    std::vector<S> v;
    for (std::int64_t c = 0; c < a.classes; ++c)
      v.push_back(load<S>(a.dtype, a.g, (row / a.inner * a.classes + c) * a.inner + row % a.inner));
    v = centred(p, v, a.dtype == DType::f64 ? 0.5 : 0);
    for (std::size_t i = 0; times_p && i < p.size(); ++i) v[i] = p[i] * v[i];
    return v;
  });
}

template <class S>
void fill_softmax(backends::Kernels& k) {
  using Row = std::vector<S>;
  k.softmax = [](const backends::SoftmaxArgs& a) {
    over_classes<S>(a, [](const Row& x, std::int64_t) { return softmax(x); });
  };
  k.log_softmax = [](const backends::SoftmaxArgs& a) {
    over_classes<S>(a, [](const Row& x, std::int64_t) { return log_softmax(x); });
  };
  k.label_gradient = [](const backends::SoftmaxArgs& a) {
    over_classes<S>(a, [&](const Row& x, std::int64_t row) { return label_gradient(x, load<S>(a.dtype, a.g, row)); });
  };
  k.centred = centre<S, false>;
  k.softmax_vjp = centre<S, true>;
}

}  // namespace logitape::inline v0::oracle
