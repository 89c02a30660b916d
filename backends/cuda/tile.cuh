// A product through shared memory: out(i, j) = sum over p < k of a(i, p) * b(p, j), for the tile of 64 x 64 outputs
// that a block takes. Every output is one thread's chain of fused multiply-adds in the order of p, started again every
// 4,096 steps, the sums of these blocks added in order: the CPU's bits, whatever the tile. Operands may change the
// order: p of step q is order(q).
#pragma once
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

constexpr int tile_side = 64, tile_depth = 16, tile_part = tile_side / 16;  // a thread has 4 x 4 outputs

inline int64_t tiles_of(int64_t m, int64_t n) { return divide_up(m, tile_side) * divide_up(n, tile_side); }

// Operands: a(i, p), b(p, j) for indices in range; a_along: whether neighbours in memory are neighbours along p (of b:
// along j); order(q); finish(i, j, sum).
template <class T, class Operands>
__device__ inline void multiply_tile(int64_t tile, int64_t m, int64_t n, int64_t k, const Operands& of) {
  using Line = T[tile_side + 1];  // one more: neighbours along p lie in different banks
  SHARED_ARRAY(Line, a, tile_depth);
  SHARED_ARRAY(Line, b, tile_depth);
  const int64_t across = (n + tile_side - 1) / tile_side;
  const int64_t top = tile / across * tile_side, left = tile % across * tile_side;
  const int tid = static_cast<int>(threadIdx.x), row = tid / 16, column = tid % 16;
  T sum[tile_part][tile_part] = {}, total[tile_part][tile_part] = {};

  for (int64_t first = 0; first < k; first += tile_depth) {
    const int steps = static_cast<int>(min(static_cast<int64_t>(tile_depth), k - first));
    if constexpr (planted != 4) __syncthreads();  // the tiles before these may still be read
    for (int e = tid; e < tile_side * tile_depth; e += block_threads) {
      const int i = of.a_along() ? e / tile_depth : e % tile_side, q = of.a_along() ? e % tile_depth : e / tile_side;
      a[q][i] = q < steps && top + i < m ? of.a(top + i, of.order(first + q)) : T(0);
      const int j = of.b_along() ? e % tile_side : e / tile_depth, s = of.b_along() ? e / tile_side : e % tile_depth;
      b[s][j] = s < steps && left + j < n ? of.b(of.order(first + s), left + j) : T(0);
    }
    __syncthreads();
    if (first % 4096 == 0 && first > 0) {
#pragma unroll
      for (int u = 0; u < tile_part; ++u)
#pragma unroll
        for (int v = 0; v < tile_part; ++v) {
          total[u][v] = first == 4096 ? sum[u][v] : total[u][v] + sum[u][v];
          sum[u][v] = 0;
        }
    }
    for (int p = 0; p < steps; ++p) {
      T of_a[tile_part], of_b[tile_part];
#pragma unroll
      for (int u = 0; u < tile_part; ++u) {
        of_a[u] = a[p][row + 16 * u];
        of_b[u] = b[p][column + 16 * u];
      }
#pragma unroll
      for (int u = 0; u < tile_part; ++u)
#pragma unroll
        for (int v = 0; v < tile_part; ++v) sum[u][v] = fma(of_a[u], of_b[v], sum[u][v]);
    }
  }
#pragma unroll
  for (int u = 0; u < tile_part; ++u)
#pragma unroll
    for (int v = 0; v < tile_part; ++v) {
      const int64_t i = top + row + 16 * u, j = left + column + 16 * v;
      if (i < m && j < n) of.finish(i, j, k > 4096 ? total[u][v] + sum[u][v] : sum[u][v]);
    }
}

// y = sum (+ bias) (then max(0, .)).
template <class T>
__device__ inline T finished(T sum, const T* bias, int64_t j, bool relu) {
  if (bias) sum += bias[j];
  return relu && sum <= 0 ? T(0) : sum;
}

// An operand, rounded to bf16 where the product is one of bf16.
__device__ inline float operand(float x, bool rounded) { return rounded ? up(__float2bfloat16_rn(x)) : x; }
__device__ inline double operand(double x, bool) { return x; }
// Of bf16 neighbours change places, but for a last one alone, as in the CPU's pairs.
__device__ inline int64_t step_of(int64_t q, int64_t k, bool pairs) { return pairs && (q ^ 1) < k ? q ^ 1 : q; }

}  // namespace logitape_cuda
