// Rows of [outer, size, inner] along the middle axis, and the teams of threads that take them: a warp, or a part of
// one, a row; a block a row; a cluster of blocks a row, each a share of it; and, where the elements of a row lie apart,
// 8 threads for each of 32 neighbouring columns. A kernel is one functor for all of them: it walks its elements
// (walk.cuh), joins what the threads have found in a fixed order, and goes on.
//   team.join(v, f)   all threads' v in one, the same bits in every thread; f(a, b) is f(b, a)
//   team.any(v)       whether v holds for one of the rows that go along together
//   team.sync()       what these threads have written is there for them all
//   team.slot(i)      where keeps: shared memory for the elements of [begin, end) of array i, and 15 bytes more
#pragma once
#include "logitape/backends/cuda/math.cuh"

namespace logitape_cuda {

struct Rows {
  int64_t outer, size, inner;
};

struct Row {
  int64_t index;        // in [outer, inner]
  int64_t first, step;  // element a is at first + a * step
  int64_t size;
  int64_t begin, end;  // the elements that are this block's; none of a spare team's
  bool exists;
};
__device__ inline Row whole_row(const Rows& rows, int64_t r, bool exists) {
  return {r, r * rows.size, 1, rows.size, 0, exists ? rows.size : 0, exists};
}

// Shared memory of a row, or of a block's share: of so many bytes for each of the arrays that a kernel keeps.
struct Slots {
  int bytes = 0, arrays = 1;
  __host__ __device__ int all() const { return bytes * arrays; }
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

template <bool keeps_>
struct WarpTeam {
  static constexpr bool contiguous = true, keeps = keeps_;
  static constexpr int fewest = 4;
  int lanes = 32;  // a row, a power of two
  Slots slots = {};

  int64_t blocks(const Rows& rows) const { return divide_up(rows.outer, block_threads / lanes); }
  size_t shared() const { return static_cast<size_t>(block_threads / lanes * slots.all()); }
  __device__ int rank() const { return static_cast<int>(threadIdx.x) & (lanes - 1); }
  __device__ int width() const { return lanes; }
  __device__ bool leads() const { return rank() == 0; }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    const int64_t many = block_threads / lanes, mine = static_cast<int>(threadIdx.x) / lanes;
    for (int64_t r = blockIdx.x * many; r < rows.outer; r += gridDim.x * many)
      f(whole_row(rows, r + mine, r + mine < rows.outer));
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    if (lanes == 32) return join_warp(v, f);
#pragma unroll
    for (int with = 8; with; with /= 2)
      if (with < fewest || with < lanes) v = f(v, shuffled(v, with));
    return v;
  }
  __device__ bool any(bool v) const { return __any_sync(~0u, v); }
  __device__ void sync() const { __syncwarp(); }
  __device__ void* slot(int i) const {
    DYNAMIC_SHARED(dynamic);
    return dynamic + static_cast<int>(threadIdx.x) / lanes * slots.all() + i * slots.bytes;
  }
};

template <class V, class F>
__device__ inline V join_block(V v, F f) {
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

template <bool keeps_>
struct BlockTeam {
  static constexpr bool contiguous = true, keeps = keeps_;
  Slots slots = {};

  int64_t blocks(const Rows& rows) const { return rows.outer; }
  size_t shared() const { return static_cast<size_t>(slots.all()); }
  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  __device__ int width() const { return block_threads; }
  __device__ bool leads() const { return threadIdx.x == 0; }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    for (int64_t r = blockIdx.x; r < rows.outer; r += gridDim.x) f(whole_row(rows, r, true));
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    return join_block(v, f);
  }
  __device__ bool any(bool v) const { return v; }  // of one row all threads know the same
  __device__ void sync() const { __syncthreads(); }
  __device__ void* slot(int i) const {
    DYNAMIC_SHARED(dynamic);
    return dynamic + i * slots.bytes;
  }
};

// Blocks that read each other's shared memory: a row that no block could keep is kept by all of them. Each block's
// results go to every other. Between two barriers of a cluster other work is done where there is some: blocks arrive as
// soon as they have read, and wait before they write again.
struct ClusterTeam {
  static constexpr bool contiguous = true, keeps = true;
  static constexpr int most = 16;
  int size = 2;
  int64_t share = 0;  // elements a block, whole packs
  Slots slots = {};

  int64_t blocks(const Rows& rows) const { return rows.outer * size; }
  size_t shared() const { return static_cast<size_t>(slots.all()); }
  __device__ int rank() const { return static_cast<int>(threadIdx.x); }
  __device__ int width() const { return block_threads; }
  __device__ bool any(bool v) const { return v; }
  __device__ void sync() const { __syncthreads(); }
  __device__ void* slot(int i) const {
    DYNAMIC_SHARED(dynamic);
    return dynamic + i * slots.bytes;
  }
#if __CUDA_ARCH__ >= 900
  static constexpr bool exists = true;
  __device__ bool leads() const { return threadIdx.x == 0 && cluster_rank() == 0; }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    cluster_arrive();
    const int64_t begin = min(share * cluster_rank(), rows.size), end = min(begin + share, rows.size);
    for (int64_t r = blockIdx.x / size; r < rows.outer; r += gridDim.x / size)
      f(Row{r, r * rows.size, 1, rows.size, begin, end, true});
    cluster_wait();  // before that, others may write to this block
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    SHARED_ARRAY(V, theirs, most);
    v = join_block(v, f);
    cluster_wait();  // every block runs, and has read what an earlier join has left
    if (static_cast<int>(threadIdx.x) < size) *cluster_map(&theirs[cluster_rank()], threadIdx.x) = v;
    if constexpr (planted != 13) {
      cluster_arrive();
      cluster_wait();
    }
    v = theirs[0];
    for (int b = 1; b < size; ++b) v = f(v, theirs[b]);
    cluster_arrive();
    return v;
  }
#else
  static constexpr bool exists = false;  // and is never started
#endif
};

struct ColumnTeam {
  static constexpr bool contiguous = false, keeps = false;
  static constexpr int columns = 32, threads = block_threads / columns;

  int64_t blocks(const Rows& rows) const { return rows.outer * divide_up(rows.inner, columns); }
  size_t shared() const { return 0; }
  __device__ int rank() const { return static_cast<int>(threadIdx.x / columns); }
  __device__ int width() const { return threads; }
  __device__ bool leads() const { return rank() == 0; }
  template <class F>
  __device__ void each_row(const Rows& rows, F f) const {
    const int64_t across = (rows.inner + columns - 1) / columns;
    for (int64_t tile = blockIdx.x; tile < rows.outer * across; tile += gridDim.x) {
      const int64_t o = tile / across, i = tile % across * columns + threadIdx.x % columns;
      const bool exists = i < rows.inner;
      f(Row{o * rows.inner + i, o * rows.size * rows.inner + i, rows.inner, rows.size, 0, exists ? rows.size : 0,
            exists});
    }
  }
  template <class V, class F>
  __device__ V join(V v, F f) const {
    using Across = V[columns];
    SHARED_ARRAY(Across, part, threads);
    const int column = static_cast<int>(threadIdx.x % columns);
    __syncthreads();  // an earlier join may still be read
    part[rank()][column] = v;
    if constexpr (planted != 3) __syncthreads();
    v = part[0][column];
#pragma unroll
    for (int w = 1; w < threads; ++w) v = f(v, part[w][column]);
    return v;
  }
  __device__ bool any(bool v) const { return __syncthreads_or(v); }
  __device__ void sync() const { __syncthreads(); }
};

template <class Team>
__device__ inline bool leads(const Team& team, const Row& row) {
  return row.exists && team.leads();
}

template <class Team>
constexpr bool exists = true;
template <>
constexpr bool exists<ClusterTeam> = ClusterTeam::exists;

template <class Team, class F>
__global__ void __launch_bounds__(block_threads, 2) along_rows(Rows rows, Team team, F f) {  // 2: 128 registers
  if constexpr (exists<Team>) team.each_row(rows, [&](const Row& row) { f(team, row); });
}

}  // namespace logitape_cuda
