// Rows of [outer, size, inner] along the middle axis, and the teams of threads that walk them: a warp a row, a block a
// row, and, where the elements of a row lie apart, 8 threads for each of 32 neighbouring columns. A kernel is one
// functor for all three: it walks its elements, joins what the threads have found in a fixed order, and goes on.
//   each(team, row, x, f)     calls f(a, x[a]) for the elements that are this thread's
//   map(team, row, x, y, f)   y[a] = f(a, x[a]) for the same elements
//   team.join(v, f)           all threads' v in one, the same bits in every thread; f(a, b) is f(b, a)
// Which thread has an element depends on its place in the row and on the row's length: so do the bits of a sum.
#pragma once
#include "logitape/backends/cuda/math.cuh"

namespace logitape_cuda {

struct Rows {
  int64_t outer, size, inner;
};

struct Row {
  int64_t index;        // in [outer, inner]
  int64_t first, step;  // element a is at first + a * step
  int64_t size;         // 0 for a spare team
  bool exists;
};

template <class V>
__device__ inline V shuffled(V v, int with) {
  static_assert(sizeof(V) % 4 == 0);
  uint32_t words[sizeof(V) / 4];
  memcpy(words, &v, sizeof v);
  constexpr unsigned all = planted == 1 ? 0x0000ffffu : ~0u;
#pragma unroll
  for (unsigned i = 0; i < sizeof(V) / 4; ++i) words[i] = __shfl_xor_sync(all, words[i], with);
  memcpy(&v, words, sizeof v);
  return v;
}

template <class V, class F>
__device__ inline V join_warp(V v, F f) {
#pragma unroll
  for (int with = 16; with; with /= 2) v = f(v, shuffled(v, with));
  return v;
}

struct WarpTeam {
  static constexpr int width = 32;
  static constexpr bool contiguous = true;

  static int64_t blocks(const Rows& rows) { return divide_up(rows.outer, block_threads / 32); }
  __device__ int rank() const { return static_cast<int>(threadIdx.x & 31); }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    constexpr int64_t warps = block_threads / 32;
    for (int64_t r = blockIdx.x * warps + threadIdx.x / 32; r < rows.outer; r += gridDim.x * warps)
      f(Row{r, r * rows.size, 1, rows.size, true});
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    return join_warp(v, f);
  }
  __device__ bool any(bool v) const { return __any_sync(~0u, v); }
};

struct BlockTeam {
  static constexpr int width = block_threads;
  static constexpr bool contiguous = true;

  static int64_t blocks(const Rows& rows) { return rows.outer; }
  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    for (int64_t r = blockIdx.x; r < rows.outer; r += gridDim.x) f(Row{r, r * rows.size, 1, rows.size, true});
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    constexpr int warps = block_threads / 32;
    SHARED_ARRAY(V, part, warps);
    v = join_warp(v, f);
    __syncthreads();  // an earlier join may still be read
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = v;
    if constexpr (planted != 2) __syncthreads();
    v = part[0];
#pragma unroll
    for (int w = 1; w < warps; ++w) v = f(v, part[w]);
    return v;
  }
  __device__ bool any(bool v) const { return __syncthreads_or(v); }
};

struct ColumnTeam {
  static constexpr int columns = 32, width = block_threads / columns;
  static constexpr bool contiguous = false;

  static int64_t blocks(const Rows& rows) { return rows.outer * divide_up(rows.inner, columns); }
  __device__ int rank() const { return static_cast<int>(threadIdx.x / columns); }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    const int64_t across = (rows.inner + columns - 1) / columns;
    for (int64_t tile = blockIdx.x; tile < rows.outer * across; tile += gridDim.x) {
      const int64_t o = tile / across, i = tile % across * columns + threadIdx.x % columns;
      const bool exists = i < rows.inner;
      f(Row{o * rows.inner + i, o * rows.size * rows.inner + i, rows.inner, exists ? rows.size : 0, exists});
    }
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    using Across = V[columns];
    SHARED_ARRAY(Across, part, width);
    const int column = static_cast<int>(threadIdx.x % columns);
    __syncthreads();  // an earlier join may still be read
    part[rank()][column] = v;
    if constexpr (planted != 3) __syncthreads();
    v = part[0][column];
#pragma unroll
    for (int w = 1; w < width; ++w) v = f(v, part[w][column]);
    return v;
  }
  __device__ bool any(bool v) const { return __syncthreads_or(v); }
};

template <class Team>
__device__ inline bool leads(const Team& team, const Row& row) {
  return team.rank() == 0 && row.exists;
}

// Walking a row. 16 bytes of
// neighbours are one thread's, in rows that keep all threads of a warp busy so. They move at once where the row is
// aligned.
template <class M>
constexpr int pack = 16 / static_cast<int>(sizeof(M));
template <class Team, class M>
__device__ inline bool in_packs(const Row& row) {
  return Team::contiguous && row.size >= 32 * pack<M>;
}
__device__ inline bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

template <class Team, class M, class F>
__device__ inline void each(const Team& team, const Row& row, const M* x, F f) {
  const M* const at = x + row.first;
  if (!in_packs<Team, M>(row)) {
    for (int64_t a = team.rank(); a < row.size; a += Team::width) f(a, up(at[a * row.step]));
    return;
  }
  constexpr int n = pack<M>;
  for (int64_t a = team.rank() * n; a < row.size; a += Team::width * n) {
    if (a + n <= row.size && aligned(at + a)) {
      M v[n];
      const uint4 all = load16(at + a);
      memcpy(v, &all, sizeof all);
#pragma unroll
      for (int j = 0; j < n; ++j) f(a + j, up(v[j]));
    } else {
      for (int64_t b = a; b < min(a + n, row.size); ++b) f(b, up(at[b]));
    }
  }
}

template <class Team, class M, class F>
__device__ inline void map(const Team& team, const Row& row, const M* x, M* y, F f) {
  const M* const from = x + row.first;
  M* const to = y + row.first;
  if (!in_packs<Team, M>(row)) {
    for (int64_t a = team.rank(); a < row.size; a += Team::width)
      to[a * row.step] = down<M>(f(a, up(from[a * row.step])));
    return;
  }
  constexpr int n = pack<M>;
  for (int64_t a = team.rank() * n; a < row.size; a += Team::width * n) {
    if (a + n <= row.size && aligned(from + a) && aligned(to + a)) {
      M v[n];
      uint4 all = load16(from + a);
      memcpy(v, &all, sizeof all);
#pragma unroll
      for (int j = 0; j < n; ++j) v[j] = down<M>(f(a + j, up(v[j])));
      memcpy(&all, v, sizeof all);
      store16(to + a, all);
    } else {
      for (int64_t b = a; b < min(a + n, row.size); ++b) to[b] = down<M>(f(b, up(from[b])));
    }
  }
}

template <class Team, class M>
__device__ inline void fill_row(const Team& team, const Row& row, M* y, Arithmetic<M> value) {
  for (int64_t a = team.rank(); a < row.size; a += Team::width) y[row.first + a * row.step] = down<M>(value);
}

template <class Team, class F>
__global__ void __launch_bounds__(block_threads, 2) along_rows(Rows rows, F f) {  // 2: 128 registers, no spills
  const Team team;
  team.each_row(rows, [&](const Row& row) { f(team, row); });
}

constexpr int64_t warp_row = 1024;  // up to this length a row is a warp's

template <class F>
lt_status along(lt_context* context, const char* op, const Rows& rows, const F& f) {
  if (rows.outer * rows.inner == 0) return LT_OK;
  if (rows.inner > 1) return start(context, op, ColumnTeam::blocks(rows), 0, along_rows<ColumnTeam, F>, rows, f);
  if (rows.size <= warp_row) return start(context, op, WarpTeam::blocks(rows), 0, along_rows<WarpTeam, F>, rows, f);
  return start(context, op, BlockTeam::blocks(rows), 0, along_rows<BlockTeam, F>, rows, f);
}

// What rows are joined to. A sum in f64. Of f64
// numbers `lost` collects what the additions round away, because the result has no digits to spare.
template <class T>
struct Sum {
  double sum;
  __device__ void add(double b) { sum += b; }
  __device__ double total() const { return sum; }
};
template <>
struct Sum<double> {
  double sum, lost;
  __device__ void add(double b) {
    const TwoParts parts = two_sum(sum, b);
    sum = parts.high;
    lost += parts.low;
  }
  __device__ double total() const { return isnan(lost) ? sum : sum + lost; }  // an infinite sum loses NaN
};
struct Add {
  __device__ Sum<float> operator()(Sum<float> a, Sum<float> b) const { return {a.sum + b.sum}; }
  __device__ Sum<double> operator()(Sum<double> a, Sum<double> b) const {
    const TwoParts parts = two_sum(a.sum, b.sum);
    return {parts.high, (a.lost + b.lost) + parts.low};
  }
};

// The sum over a row of f(a, x[a]).
template <class T, class Team, class M, class F>
__device__ inline double sum_of(const Team& team, const Row& row, const M* x, F f) {
  Sum<T> sum{};
  each(team, row, x, [&](int64_t a, auto v) { sum.add(f(a, v)); });
  return team.join(sum, Add()).total();
}

// The larger, or a NaN.
struct Larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a != a || a > b ? a : b;
  }
};
struct Smaller {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a != a || a < b ? a : b;
  }
};

// A number and its place; of two the larger, of equal ones the first.
struct Placed {
  double value;
  int64_t at;
};
struct FirstLargest {
  __device__ Placed operator()(Placed a, Placed b) const {
    if (a.value != b.value) return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
  }
};

template <class Team, class M>
__device__ inline Arithmetic<M> largest_of(const Team& team, const Row& row, const M* x) {
  using T = Arithmetic<M>;
  T most = -INFINITY;
  each(team, row, x, [&](int64_t, T v) { most = Larger()(most, v); });
  return team.join(most, Larger()) + T(0);  // never -0
}

// Softmax. Elements
// equal to the maximum are counted, not summed: with n of them, each `top`, and `others` the sum of the rest,
//   sum = n*top + others,  log(sum of e^(x - max)) = log n + log1p(others / (n*top)),
// which keeps its digits where others/top is below one ULP of 1.
struct RowSum {
  double count, total, top_share, others_share, log_sum;
};

template <class T>
struct Exponentials {
  Sum<T> others;
  double count;
  struct Join {
    __device__ Exponentials operator()(const Exponentials& a, const Exponentials& b) const {
      return {Add()(a.others, b.others), a.count + b.count};
    }
  };
};

// Where the maximum is not finite nothing is summed.
template <class T>
__device__ inline Row usable_row(Row row, T max) {
  if (!isfinite(max)) row.size = 0;
  return row;
}

// Of a usable row; the result has no meaning in others.
template <class T, class Team, class M>
__device__ inline RowSum sum_exponentials(const Team& team, const Row& row, const M* x, T max,
                                          const ScaledExp<T>& scaled_exp) {
  Exponentials<T> found{};
  each(team, row, x, [&](int64_t, T v) {
    if (v == max) found.count += 1;
    else found.others.add(static_cast<double>(scaled_exp(v)));
  });
  found = team.join(found, typename Exponentials<T>::Join());
  const double others = found.others.total(), k = static_cast<double>(scaled_exp.k);

  // top = 2^headroom * e^r, r = max - k*ln2, as 1 + r and a small rest: every element is divided by it
  using C = ExpConstants<double>;
  const double high = fma(k, -C::ln2_high, static_cast<double>(max - scaled_exp.shift));
  const double r = fma(k, -C::ln2_low, high), r_low = fma(k, -C::ln2_low, high - r);
  const double begin = 1 + r, rest = fma(r * r, exp_polynomial(r), (r - (begin - 1)) + r_low);
  const double top = (begin + rest) * static_cast<double>(uint64_t{1} << 32) *
                     (sizeof(T) == sizeof(double) ? static_cast<double>(uint64_t{1} << 32) : 1.0);
  const double tops = found.count * top, total = tops + others;
  const double log_count = found.count > 1 ? log_of(found.count) : 0;
  return {found.count, total, top / total, others / total, log1p_of(others / tops) + log_count};
}

}  // namespace logitape_cuda
