// Scalar twins of the reductions: y[o, i] over a of x[o, a, i], one loop each.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "logitape/backends/oracle/oracle.h"
#include "logitape/backends/oracle/transcendental.h"

namespace logitape::inline v0::oracle {

// Sums with Kahan's correction: exact to the last digit or two of S however long the row is. An infinite sum has no
// correction.
template <class S>
S careful_sum(const std::vector<S>& values) {
  S sum = 0, lost = 0;
  for (const S v : values) {
    const S next = v - lost;
    const S t = sum + next;
    lost = isfinite(real_of(t)) ? (t - sum) - next : S(0);
    sum = t;
  }
  return sum;
}

template <class S>
S largest(const std::vector<S>& x) {
  S best = x[0];
  for (const S v : x)
    if (real_of(v) > real_of(best) || isnan(real_of(v))) best = v;
  for (const S v : x)
    if (isnan(real_of(v))) return v;
  return best;
}

template <class S>
S smallest(const std::vector<S>& x) {
  S best = x[0];
  for (const S v : x)
    if (real_of(v) < real_of(best)) best = v;
  for (const S v : x)
    if (isnan(real_of(v))) return v;
  return best;
}

// The first largest element; a NaN is larger than everything.
template <class S>
std::int64_t first_largest(const std::vector<S>& x) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < x.size(); ++i)
    if (x[i] > x[best] || (isnan(x[i]) && !isnan(x[best]))) best = i;
  return static_cast<std::int64_t>(best);
}

// log(sum(e^(x - max))) of a row with a finite maximum: the n largest elements contribute exactly n.
template <class S>
S log_sum_above_max(const std::vector<S>& x) {
  const S max = largest(x);
  S count = 0;
  std::vector<S> others;
  for (const S v : x) {
    if (v == max) count += 1;
    else others.push_back(exp(v - max));
  }
  return log(count) + log1p(careful_sum(others) / count);
}

template <class S>
S logsumexp(const std::vector<S>& x) {
  const S max = largest(x);
  return isfinite(real_of(max)) ? max + log_sum_above_max(x) : max;
}

// Calls f(position in y, the elements it reduces).
template <class S, class F>
void each_reduced(const backends::ReduceArgs& a, F f) {
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t i = 0; i < a.inner; ++i) {
      std::vector<S> elements;
      for (std::int64_t k = 0; k < a.axis; ++k)
        elements.push_back(load<S>(a.dtype, a.x, (o * a.axis + k) * a.inner + i));
      f(o * a.inner + i, elements);
    }
}

template <class S, S (*formula)(const std::vector<S>&)>
void reduce(const backends::ReduceArgs& a) {
  each_reduced<S>(a, [&](std::int64_t at, const std::vector<S>& x) { store(a.dtype, a.y, at, formula(x)); });
}

// Integers and booleans, each read as i64; the result is of the dtype `into`.
template <class F>
void reduce_integers(const backends::ReduceArgs& a, DType into, F formula) {
  each_reduced<std::int64_t>(a, [&](std::int64_t at, const std::vector<std::int64_t>& x) {
    visit_any(into, [&]<class T>() {
      if constexpr (std::is_integral_v<T>) static_cast<T*>(a.y)[at] = static_cast<T>(formula(x));
    });
  });
}

template <class S>
void sum(const backends::ReduceArgs& a) {
  if (!is_floating(a.dtype))
    return reduce_integers(a, DType::i64, [](const std::vector<std::int64_t>& x) {
      std::uint64_t total = 0;  // whose overflow wraps
      for (const std::int64_t v : x) total += static_cast<std::uint64_t>(v);
      return total;
    });
  each_reduced<S>(a, [&](std::int64_t at, const std::vector<S>& x) {
    store(a.dtype, a.y, at, scale_of<S>(a.scale) * careful_sum(x));
  });
}

template <class S>
void max(const backends::ReduceArgs& a) {
  if (is_floating(a.dtype)) return reduce<S, largest<S>>(a);
  reduce_integers(a, a.dtype, [](const std::vector<std::int64_t>& x) { return *std::ranges::max_element(x); });
}

template <class S>
void min(const backends::ReduceArgs& a) {
  if (is_floating(a.dtype)) return reduce<S, smallest<S>>(a);
  reduce_integers(a, a.dtype, [](const std::vector<std::int64_t>& x) { return *std::ranges::min_element(x); });
}

template <class S>
void argmax(const backends::ReduceArgs& a) {
  each_reduced<S>(
      a, [&](std::int64_t at, const std::vector<S>& x) { static_cast<std::int64_t*>(a.y)[at] = first_largest(x); });
}

template <class S>
void fill_reduce(backends::Kernels& k) {
  k.sum = sum<S>;
  k.max = max<S>;
  k.min = min<S>;
  k.argmax = argmax<S>;
  k.logsumexp = reduce<S, logsumexp<S>>;
}

}  // namespace logitape::inline v0::oracle
