// Scalar twins of the elementwise kernels: fill, cast, arithmetic, comparison, selection.
// Comparison, where and cast do not compute, so they answer in the element's own type and Scalar plays no part.
#pragma once
#include <cmath>
#include <cstring>
#include <limits>

#include "logitape/backends/kernels.h"
#include "oracle.h"

// A table: one row a line.
// clang-format off

namespace logitape::oracle {

template <class S> S add(S a, S b) { return a + b; }
template <class S> S sub(S a, S b) { return a - b; }
template <class S> S mul(S a, S b) { return a * b; }
template <class S> S div(S a, S b) { return a / b; }
template <class S> S maximum(S a, S b) { return std::isnan(real_of(a)) ? a : std::isnan(real_of(b)) ? b : real_of(a) > real_of(b) ? a : b; }
template <class S> S minimum(S a, S b) { return std::isnan(real_of(a)) ? a : std::isnan(real_of(b)) ? b : real_of(a) < real_of(b) ? a : b; }
template <class S> S where_positive(S a, S b) { return real_of(a) > 0 ? b : S(0); }

template <class S> S neg(S x) { return -x; }
template <class S> S abs(S x) { return std::signbit(real_of(x)) ? -x : x; }
template <class S> S sqrt(S x) { using std::sqrt; return sqrt(x); }
template <class S> S relu(S x) { return std::isnan(real_of(x)) ? x : real_of(x) > 0 ? x : S(0); }
template <class S> S sign(S x) { return std::isnan(real_of(x)) ? x : S((real_of(x) > 0) - (real_of(x) < 0)); }
template <class S> S clamp(S x, S low, S high) { return minimum(maximum(x, low), high); }

template <class S, S (*f)(S)>
void unary(const backends::UnaryArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i) store<S>(a.dtype, a.y, i, f(load<S>(a.dtype, a.x, i)));
}

template <class S, S (*f)(S, S)>
void binary(const backends::BinaryArgs& a) {
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    store<S>(a.dtype, a.y, y, f(load<S>(a.dtype, a.a, at[0]), load<S>(a.dtype, a.b, at[1])));
  });
}

template <class S>
void clamp(const backends::ClampArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    store<S>(a.dtype, a.y, i, clamp<S>(load<S>(a.dtype, a.x, i), static_cast<S>(a.low), static_cast<S>(a.high)));
}

// Every dtype's values are exact in long double.
template <class F>
void compare(const backends::CompareArgs& a, F f) {
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    a.y[y] = f(load<long double>(a.dtype, a.a, at[0]), load<long double>(a.dtype, a.b, at[1]));
  });
}

inline void equal(const backends::CompareArgs& a) { compare(a, [](long double x, long double y) { return x == y; }); }
inline void not_equal(const backends::CompareArgs& a) { compare(a, [](long double x, long double y) { return x != y; }); }
inline void less(const backends::CompareArgs& a) { compare(a, [](long double x, long double y) { return x < y; }); }
inline void less_equal(const backends::CompareArgs& a) { compare(a, [](long double x, long double y) { return x <= y; }); }

inline void where(const backends::WhereArgs& a) {
  const std::size_t bytes = byte_size(a.dtype);
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    const bool first = a.condition[at[0]] != 0;
    const char* from = static_cast<const char*>(first ? a.a : a.b) + static_cast<std::size_t>(at[first ? 1 : 2]) * bytes;
    std::memcpy(static_cast<char*>(a.y) + static_cast<std::size_t>(y) * bytes, from, bytes);
  });
}

// The double next to x toward zero, or next to that: of the two the one with an odd significand. Rounding it to a shorter
// format gives what rounding x itself would.
inline double odd_double(long double x) {
  const double nearest = static_cast<double>(x);
  if (static_cast<long double>(nearest) == x || std::isnan(x) || std::isinf(nearest)) return nearest;
  const double other = std::nextafter(nearest, static_cast<long double>(nearest) < x ? HUGE_VAL : -HUGE_VAL);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &nearest, sizeof bits);
  return bits & 1 ? nearest : other;
}

template <class T>
void store_cast(void* y, std::int64_t i, long double x) {
  T& to = static_cast<T*>(y)[i];
  if constexpr (std::is_same_v<T, bool>) {
    to = x != 0;
  } else if constexpr (std::is_same_v<T, f16> || std::is_same_v<T, bf16>) {
    to = T(odd_double(x));
  } else if constexpr (std::is_floating_point_v<T>) {
    to = static_cast<T>(x);
  } else {
    constexpr long double low = std::numeric_limits<T>::min();
    constexpr long double high = std::numeric_limits<T>::max();
    to = std::isnan(x) ? T(0) : x <= low ? std::numeric_limits<T>::min() : x >= high ? std::numeric_limits<T>::max() : static_cast<T>(x);
  }
}

inline void cast(const backends::CastArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    visit_any(a.to, [&]<class T>() { store_cast<T>(a.y, i, load<long double>(a.from, a.x, i)); });
}

inline void fill(const backends::FillArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    visit_any(a.dtype, [&]<class T>() { store_cast<T>(a.y, i, static_cast<long double>(a.value)); });
}

template <class S>
void fill_elementwise(backends::Kernels& k) {
  k.fill = fill;
  k.cast = cast;
  k.add = binary<S, add<S>>;
  k.sub = binary<S, sub<S>>;
  k.mul = binary<S, mul<S>>;
  k.div = binary<S, div<S>>;
  k.maximum = binary<S, maximum<S>>;
  k.minimum = binary<S, minimum<S>>;
  k.where_positive = binary<S, where_positive<S>>;
  k.equal = equal;
  k.not_equal = not_equal;
  k.less = less;
  k.less_equal = less_equal;
  k.where = where;
  k.neg = unary<S, neg<S>>;
  k.abs = unary<S, abs<S>>;
  k.sign = unary<S, sign<S>>;
  k.sqrt = unary<S, sqrt<S>>;
  k.relu = unary<S, relu<S>>;
  k.clamp = clamp<S>;
}

}  // namespace logitape::oracle
