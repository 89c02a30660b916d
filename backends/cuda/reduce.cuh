// What rows are joined to, in a fixed order, and which team takes a row.
#pragma once
#include "logitape/backends/cuda/walk.cuh"

namespace logitape_cuda {

// Starts a team's blocks, or as many as are sensible: teams step on by the grid. `allowed` is the most shared memory
// that any call of it asks for, where that is beyond 48 KB.
template <class Team, class F>
lt_status along_by(lt_context* context, const char* op, const Rows& rows, const Team& team, const F& f,
                   int allowed = 0) {
  const auto kernel = along_rows<Team, F>;
  LaunchShape shape{dim3(static_cast<unsigned>(std::min<int64_t>(team.blocks(rows), 1 << 20))), dim3(block_threads),
                    team.shared(), context->stream};
  cudaError_t error = cudaSuccess;
  if (allowed) error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, allowed);
  if constexpr (std::is_same_v<Team, ClusterTeam>) {
    shape.cluster = static_cast<unsigned>(team.size);
    if (!error) error = cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  }
  return checked(error == cudaSuccess ? launch(op, shape, kernel, rows, team, f) : error, op);
}

constexpr int64_t warp_row = 1024;  // up to this length a row is a warp's

// A power of two that is at least `least`, for so many parts, one a lane.
inline int lanes_for(int64_t parts, int least = WarpTeam<true>::fewest) {
  int lanes = least;
  while (lanes < 32 && lanes < parts) lanes *= 2;
  return lanes;
}

// Calls f(team, row) for every row; elements are read as often as f walks them.
template <class F>
lt_status along(lt_context* context, const char* op, const Rows& rows, const F& f) {
  if (rows.outer * rows.inner == 0) return LT_OK;
  if (rows.inner > 1) return along_by(context, op, rows, ColumnTeam(), f);
  if (rows.size <= warp_row) return along_by(context, op, rows, WarpTeam<false>{lanes_for(divide_up(rows.size, 4))}, f);
  return along_by(context, op, rows, BlockTeam<false>(), f);
}

// Bytes of a row, or of a share of one: up to 4 KB it is a warp's, since what is done once a row costs a block eight
// times as much. Three blocks of 72 KB fit a multiprocessor of sm_90, where longer rows are a cluster's, in the
// smallest that has such shares; one of sm_80 takes one block of 96 KB, or reads longer rows again.
constexpr int64_t warp_bytes = 4 << 10, block_bytes = 96 << 10, share_bytes = 72 << 10;

// Whole words of 16 bytes, wherever the elements begin.
template <class M>
Slots slots_for(int64_t elements, int arrays) {
  return {static_cast<int>((elements * static_cast<int64_t>(sizeof(M)) + 30) / 16 * 16), arrays};
}

// What is done once a row, joins and logarithms, is done by all lanes at once: with eight words of 16 bytes each they
// have more to do in a row than once a row. Eight lanes read 128 bytes together. Rows of single elements are short.
template <class M>
WarpTeam<true> warp_for(int64_t size, int arrays) {
  constexpr int words = 8;
  const int lanes =
      size < least_packed ? lanes_for(divide_up(size, 4)) : lanes_for(divide_up(size * arrays, words * pack<M>), 8);
  return {lanes, slots_for<M>(size, arrays)};
}

template <class M>
ClusterTeam cluster_for(int64_t size, int arrays) {
  const auto share = [&](int blocks) { return divide_up(divide_up(size, blocks), pack<M>) * pack<M>; };
  const auto bytes = [&](int blocks) { return share(blocks) * static_cast<int64_t>(sizeof(M)) * arrays; };
  int blocks = 2;
  while (blocks < ClusterTeam::most && bytes(blocks) > share_bytes) blocks *= 2;
  return {blocks, share(blocks), slots_for<M>(share(blocks), arrays)};
}

// The same for an f that calls keep_row, for so many arrays of M: they are read once, in all rows that some team can
// keep.
template <class M, class F>
lt_status along_kept(lt_context* context, const char* op, const Rows& rows, const F& f, int arrays = 1) {
  if (rows.outer * rows.inner == 0) return LT_OK;
  if (rows.inner > 1) return along_by(context, op, rows, ColumnTeam(), f);
  const int64_t size = rows.size, bytes = size * static_cast<int64_t>(sizeof(M)) * arrays;
  int capability = 0, allowed = 0;
  cudaError_t error = cudaDeviceGetAttribute(&capability, cudaDevAttrComputeCapabilityMajor, context->device);
  if (!error) error = cudaDeviceGetAttribute(&allowed, cudaDevAttrMaxSharedMemoryPerBlockOptin, context->device);
  if (error) return checked(error, op);
  const bool clusters = capability >= 9;
  allowed -= 4 << 10;  // joins have the rest
  if (bytes <= warp_bytes * arrays) return along_by(context, op, rows, warp_for<M>(size, arrays), f, allowed);
  if (bytes <= std::min<int64_t>(clusters ? share_bytes : block_bytes, allowed - 64))
    return along_by(context, op, rows, BlockTeam<true>{slots_for<M>(size, arrays)}, f, allowed);
  if (clusters && bytes <= ClusterTeam::most * static_cast<int64_t>(allowed - 128))
    return along_by(context, op, rows, cluster_for<M>(size, arrays), f, allowed);
  return along_by(context, op, rows, BlockTeam<false>(), f);
}

// A sum in f64. Of f64 numbers `lost` collects what the additions round away, because the result has no digits to
// spare.
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
  __device__ float operator()(float a, float b) const { return larger_or_nan(a, b); }
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

}  // namespace logitape_cuda
