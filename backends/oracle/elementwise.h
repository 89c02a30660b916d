// Scalar twins of the elementwise kernels: fill, cast, arithmetic, comparison, selection.
// Comparison, where, cast and fill do not compute: they answer in the element's own type, or in an exact one.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "logitape/backends/kernels.h"
#include "logitape/backends/oracle/oracle.h"

// A table: one row a line.
// clang-format off

namespace logitape::inline v0::oracle {

template <class S> S add(S a, S b) { return a + b; }
template <class S> S sub(S a, S b) { return a - b; }
template <class S> S mul(S a, S b) { return a * b; }
template <class S> S div(S a, S b) { return a / b; }
template <class S> S maximum(S a, S b) {
  return isnan(real_of(a)) ? a : isnan(real_of(b)) ? b : real_of(a) > real_of(b) ? a : b;
}
template <class S> S minimum(S a, S b) {
  return isnan(real_of(a)) ? a : isnan(real_of(b)) ? b : real_of(a) < real_of(b) ? a : b;
}
template <class S> S where_positive(S a, S b) { return real_of(a) > 0 ? b : S(0); }

template <class S> S neg(S x) { return -x; }
template <class S> S abs(S x) { return signbit(real_of(x)) ? -x : x; }
template <class S> S sqrt(S x) { using std::sqrt; return sqrt(x); }
template <class S> S relu(S x) { return isnan(real_of(x)) ? x : real_of(x) > 0 ? x : S(0); }
template <class S> S sign(S x) { return isnan(real_of(x)) ? x : S((real_of(x) > 0) - (real_of(x) < 0)); }
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

// Of integers too, by the same formula in 64 bits: unsigned ones, whose lowest bits are those of a result that wraps,
// or signed ones where the sign says which is larger.
template <class S, S (*f)(S, S), class I, I (*whole)(I, I)>
void binary(const backends::BinaryArgs& a) {
  if (!is_index(a.dtype)) return binary<S, f>(a);
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    const auto x = static_cast<I>(index_at(a.dtype, a.a, at[0])), other = static_cast<I>(index_at(a.dtype, a.b, at[1]));
    visit_index(a.dtype, [&]<class T>() { static_cast<T*>(a.y)[y] = static_cast<T>(whole(x, other)); });
  });
}

template <class S>
void clamp(const backends::ClampArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    store<S>(a.dtype, a.y, i, clamp<S>(load<S>(a.dtype, a.x, i), static_cast<S>(a.low), static_cast<S>(a.high)));
}

// Every dtype's values are exact in it: in long double, and in a Scalar of two doubles.
template <class S>
using Exact = std::conditional_t<std::is_floating_point_v<S>, long double, S>;

template <class S, class F>
void compare(const backends::CompareArgs& a, F f) {
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    a.y[y] = f(load<Exact<S>>(a.dtype, a.a, at[0]), load<Exact<S>>(a.dtype, a.b, at[1]));
  });
}

template <class S> void equal(const backends::CompareArgs& a) { compare<S>(a, [](auto x, auto y) { return x == y; }); }
template <class S> void not_equal(const backends::CompareArgs& a) {
  compare<S>(a, [](auto x, auto y) { return x != y; });
}
template <class S> void less(const backends::CompareArgs& a) { compare<S>(a, [](auto x, auto y) { return x < y; }); }
template <class S> void less_equal(const backends::CompareArgs& a) {
  compare<S>(a, [](auto x, auto y) { return x <= y; });
}

template <class S>
void where(const backends::WhereArgs& a) {
  const auto bytes = static_cast<std::int64_t>(byte_size(a.dtype));
  walk(a.loop, [&](std::int64_t y, const std::int64_t* at) {
    const bool first = a.condition[at[0]] != 0;
    move_element<S>(bytes, first ? a.a : a.b, at[first ? 1 : 2], a.y, y);
  });
}

template <class T, class X>
void store_cast(void* y, std::int64_t i, X x) {
  T* to = static_cast<T*>(y);
  if constexpr (std::is_same_v<T, bool>) {
    to[i] = x != X(0);
  } else if constexpr (is_floating(dtype_of<T>())) {
    store<X>(dtype_of<T>(), y, i, x);
  } else {
    const X low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    to[i] = isnan(x)    ? T(0)
            : x <= low  ? std::numeric_limits<T>::min()
            : x >= high ? std::numeric_limits<T>::max()
                        : static_cast<T>(static_cast<std::int64_t>(x));
  }
}

template <class S>
void cast(const backends::CastArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    visit_any(a.to, [&]<class T>() { store_cast<T>(a.y, i, load<Exact<S>>(a.from, a.x, i)); });
}

template <class S>
void fill(const backends::FillArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i)
    visit_any(a.dtype, [&]<class T>() { store_cast<T>(a.y, i, Exact<S>(a.value)); });
}

template <class S>
void fill_elementwise(backends::Kernels& k) {
  k.fill = fill<S>;
  k.cast = cast<S>;
  k.add = binary<S, add<S>, std::uint64_t, add>;
  k.sub = binary<S, sub<S>, std::uint64_t, sub>;
  k.mul = binary<S, mul<S>, std::uint64_t, mul>;
  k.div = binary<S, div<S>>;
  k.maximum = binary<S, maximum<S>, std::int64_t, maximum>;
  k.minimum = binary<S, minimum<S>, std::int64_t, minimum>;
  k.where_positive = binary<S, where_positive<S>>;
  k.equal = equal<S>;
  k.not_equal = not_equal<S>;
  k.less = less<S>;
  k.less_equal = less_equal<S>;
  k.where = where<S>;
  k.neg = unary<S, neg<S>>;
  k.abs = unary<S, abs<S>>;
  k.sign = unary<S, sign<S>>;
  k.sqrt = unary<S, sqrt<S>>;
  k.relu = unary<S, relu<S>>;
  k.clamp = clamp<S>;
}

}  // namespace logitape::inline v0::oracle
