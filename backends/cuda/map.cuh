// y[i] = f(x[i], ...) over a broadcasting loop nest, any number of inputs of any types. A thread makes a group of
// elements, as many as 16 bytes hold of the widest array: its loads and stores are as wide as alignment allows.
// A group that lies in two rows of the inner axis, or at the end, goes element by element.
#pragma once
#include <utility>

#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

template <class T, int n>
struct Group {
  T v[n];
};

template <int bytes>
struct Word;
template <>
struct Word<1> {
  using type = uint8_t;
};
template <>
struct Word<2> {
  using type = uint16_t;
};
template <>
struct Word<4> {
  using type = unsigned;
};
template <>
struct Word<8> {
  using type = uint2;
};

template <int bytes>
DEVICE bool aligned(const void* p) {
  return reinterpret_cast<uintptr_t>(p) % bytes == 0;
}

template <class T, int n>
DEVICE Group<T, n> load_group(const T* p) {
  constexpr int bytes = n * sizeof(T);
  Group<T, n> g;
  if (!aligned<bytes>(p)) {
#pragma unroll
    for (int i = 0; i < n; ++i) g.v[i] = p[i];
  } else if constexpr (bytes == 16) {
    const uint4 word = load16(p);
    memcpy(&g, &word, bytes);
  } else {
    const auto word = *reinterpret_cast<const typename Word<bytes>::type*>(p);
    memcpy(&g, &word, bytes);
  }
  return g;
}

template <class T, int n>
DEVICE void store_group(T* p, const Group<T, n>& g) {
  constexpr int bytes = n * sizeof(T);
  if (!aligned<bytes>(p)) {
#pragma unroll
    for (int i = 0; i < n; ++i) p[i] = g.v[i];
  } else if constexpr (bytes == 16) {
    uint4 word;
    memcpy(&word, &g, bytes);
    store16(p, word);
  } else {
    typename Word<bytes>::type word;
    memcpy(&word, &g, bytes);
    *reinterpret_cast<typename Word<bytes>::type*>(p) = word;
  }
}

// Steps are 0 or 1 along the inner axis.
template <class T, int n>
DEVICE Group<T, n> load_row(const T* p, int64_t step) {
  if (step) return load_group<T, n>(p);
  Group<T, n> g;
  const T one = *p;
#pragma unroll
  for (int i = 0; i < n; ++i) g.v[i] = one;
  return g;
}

// Every input is dense and of the result's shape: the loop nest of unary kernels.
struct Dense {};

// Where the inputs' elements for one of the result are, and how many of the row are left from there.
template <int inputs>
struct Spot {
  int64_t at[inputs ? inputs : 1];
  int64_t left;
};

template <int inputs>
DEVICE Spot<inputs> spot(const Dense&, int64_t i) {
  Spot<inputs> s{};
  for (int64_t& at : s.at) at = i;
  s.left = INT64_MAX;
  return s;
}
template <int inputs, class Loop>
DEVICE Spot<inputs> spot(const Loop& loop, int64_t i) {
  Spot<inputs> s{};
  s.left = 1;
  for (int r = loop.rank - 1; r >= 0; --r) {
    const int64_t index = r == 0 ? i : i % loop.size[r];
    if (r == loop.rank - 1) s.left = loop.size[r] - index;
#pragma unroll
    for (int k = 0; k < inputs; ++k) s.at[k] += index * loop.step[k][r];
    if (r > 0) i /= loop.size[r];
  }
  return s;
}

DEVICE int64_t inner_step(const Dense&, int) { return 1; }
template <class Loop>
DEVICE int64_t inner_step(const Loop& loop, int input) {
  return loop.rank > 0 ? loop.step[input][loop.rank - 1] : 0;
}

inline int64_t elements_of(const lt_loop2& loop) { return matrices_of(loop); }
inline int64_t elements_of(const lt_loop3& loop) {
  int64_t total = 1;
  for (int r = 0; r < loop.rank; ++r) total *= loop.size[r];
  return total;
}

template <class Y, int n, class F, class... X>
DEVICE Group<Y, n> combine(const F& f, const Group<X, n>&... x) {
  Group<Y, n> y;
#pragma unroll
  for (int i = 0; i < n; ++i) y.v[i] = static_cast<Y>(f(x.v[i]...));
  return y;
}

template <class... T>
constexpr int in_16_bytes = 16 / std::max({static_cast<int>(sizeof(T))...});

template <class Loop, class F, int... k, class Y, class... X>
DEVICE void map_group(const Loop& loop, int64_t first, int64_t size, const F& f, std::integer_sequence<int, k...>, Y* y,
                      const X*... x) {
  constexpr int n = in_16_bytes<Y, X...>, inputs = sizeof...(X);
  const Spot<inputs> s = spot<inputs>(loop, first);
  if (first + n <= size && s.left >= n) {
    store_group(y + first, combine<Y, n>(f, load_row<X, n>(x + s.at[k], inner_step(loop, k))...));
    return;
  }
  for (int64_t i = first; i < first + n && i < size; ++i) {
    [[maybe_unused]] const Spot<inputs> here = spot<inputs>(loop, i);
    y[i] = static_cast<Y>(f(x[here.at[k]]...));
  }
}

template <class Loop, class F, class Y, class... X>
__global__ void __launch_bounds__(block_threads)
    map_kernel(const __grid_constant__ Loop loop, int64_t size, F f, Y* y, const X*... x) {
  constexpr int n = in_16_bytes<Y, X...>;
  const int64_t step = static_cast<int64_t>(gridDim.x) * block_threads * n;
  for (int64_t i = (static_cast<int64_t>(blockIdx.x) * block_threads + threadIdx.x) * n; i < size; i += step)
    map_group(loop, i, size, f, std::make_integer_sequence<int, sizeof...(X)>(), y, x...);
}

template <class Loop, class F, class Y, class... X>
lt_status map(lt_context* context, const char* op, const Loop& loop, int64_t size, const F& f, Y* y, const X*... x) {
  const int64_t groups = divide_up(size, in_16_bytes<Y, X...>);
  return start(context, op, divide_up(groups, block_threads), 0, map_kernel<Loop, F, Y, X...>, loop, size, f, y, x...);
}

}  // namespace logitape_cuda
