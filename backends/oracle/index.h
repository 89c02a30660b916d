// Scalar twins of gather, scatter_add, one_hot and index_check.
#pragma once
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

// Calls f(position in [outer, axis, inner], position in [outer, count, inner]) for every indexed element, j in order.
template <class F>
void walk_indices(const backends::IndexArgs& a, F f) {
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t j = 0; j < a.count; ++j)
      for (std::int64_t i = 0; i < a.inner; ++i) {
        const std::int64_t indexed = (o * a.count + j) * a.inner + i;
        const std::int64_t index = index_at(a.index_dtype, a.indices, a.per_element ? indexed : j);
        f((o * a.axis + index) * a.inner + i, indexed);
      }
}

template <class S>
void gather(const backends::IndexArgs& a) {
  const auto bytes = static_cast<std::int64_t>(byte_size(a.dtype));
  walk_indices(a, [&](std::int64_t from, std::int64_t to) { move_element<S>(bytes, a.x, from, a.y, to); });
}

// Rounds at every addition, as the kernel does: the result has the dtype's own sums, in the order of j.
template <class S>
void scatter_add(const backends::IndexArgs& a) {
  walk_indices(a, [&](std::int64_t to, std::int64_t from) {
    store<S>(a.dtype, a.y, to, load<S>(a.dtype, a.y, to) + load<S>(a.dtype, a.x, from));
  });
}

inline void one_hot(const backends::OneHotArgs& a) {
  visit_any(a.dtype, [&]<class T>() {
    for (std::int64_t r = 0; r < a.rows; ++r)
      for (std::int64_t c = 0; c < a.classes; ++c)
        static_cast<T*>(a.y)[r * a.classes + c] = T(c == index_at(a.index_dtype, a.indices, r) ? 1 : 0);
  });
}

inline void index_check(const backends::IndexCheckArgs& a) {
  *a.fault = {};
  for (std::int64_t i = a.count - 1; i >= 0; --i) {
    if (a.keep && a.keep[i] == 0) continue;
    const std::int64_t index = index_at(a.index_dtype, a.indices, i);
    if (index < 0 || index >= a.limit) *a.fault = {a.fault->count + 1, i, index};
  }
}

template <class S>
void fill_index(backends::Kernels& k) {
  k.gather = gather<S>;
  k.scatter_add = scatter_add<S>;
  k.one_hot = one_hot;
  k.index_check = index_check;
}

}  // namespace logitape::inline v0::oracle
