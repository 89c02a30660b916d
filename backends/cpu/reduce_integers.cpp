// y[o, i] = sum, max or min over a of x[o, a, i], of integers and booleans. Threads share the outer rows.
#include "logitape/backends/cpu/reduce_integers.h"

#include <algorithm>
#include <limits>

#include "logitape/backends/cpu/thread_pool.h"

namespace logitape::inline v0::cpu {
namespace {

// y = f(y, x) for every x along the axis, from `start` on.
template <class T, class Y, class F>
void fold(const backends::ReduceArgs& a, Y start, F f) {
  parallel_for(a.outer, a.outer * a.axis * a.inner, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t o = first; o < last; ++o) {
      const T* x = static_cast<const T*>(a.x) + o * a.axis * a.inner;
      Y* y = static_cast<Y*>(a.y) + o * a.inner;
      if (a.inner == 1) {
        Y total = start;
        for (std::int64_t k = 0; k < a.axis; ++k) total = f(total, x[k]);
        *y = total;
        continue;
      }
      std::fill_n(y, a.inner, start);
      for (std::int64_t k = 0; k < a.axis; ++k)
        for (std::int64_t i = 0; i < a.inner; ++i) y[i] = f(y[i], x[k * a.inner + i]);
    }
  });
}

template <class F>
void visit_integer(DType dtype, F f) {
  if (dtype == DType::boolean) f.template operator()<bool>();
  else visit_index(dtype, f);
}

}  // namespace

void sum_integers(const backends::ReduceArgs& a) {
  visit_integer(a.dtype, [&]<class T>() {  // unsigned, whose overflow wraps
    fold<T>(a, std::uint64_t{0},
            [](std::uint64_t total, T x) { return total + static_cast<std::uint64_t>(static_cast<std::int64_t>(x)); });
  });
}

void max_integers(const backends::ReduceArgs& a) {
  visit_integer(a.dtype, [&]<class T>() {
    fold<T>(a, std::numeric_limits<T>::min(), [](T largest, T x) { return std::max(largest, x); });
  });
}

void min_integers(const backends::ReduceArgs& a) {
  visit_integer(a.dtype, [&]<class T>() {
    fold<T>(a, std::numeric_limits<T>::max(), [](T smallest, T x) { return std::min(smallest, x); });
  });
}

}  // namespace logitape::inline v0::cpu
