// A tile of a product of f32 or f64 through shared memory. Every output is one thread's chain of fused multiply-adds in
// the order of p, started again every 4,096 steps, the sums of these blocks added in order: the CPU's bits, whatever
// the tile.
#pragma once
#include "logitape/backends/cuda/product.cuh"

namespace logitape_cuda {

// A thread has part x part outputs, in quads: rows 4r to 4r + 3 of each 64, for its r < 16, and so for columns.
template <class T, int part>
struct Chains {
  static constexpr int side = 16 * part, depth = 16, quads = part / 4, fault = 4;
  static constexpr int64_t restart = 4096;

  struct Stage {
    T a[depth][side + 4], b[depth][side + 4];  // four more: neighbours along p lie in other banks
  };

  // k's pieces are the chain's own, but for a k so long that their sums would take hundreds of megabytes.
  static int64_t piece(int64_t k) { return k <= 128 * restart ? restart : k; }

  __device__ static void put(const Share<T, side, depth>& share, T (&to)[depth][side + 4]) {
#pragma unroll
    for (int q = 0; q < share.quads; ++q)
#pragma unroll
      for (int r = 0; r < 4; ++r) to[share.place(q).p + r][share.place(q).line] = share.x[q][r];
  }

  // f(row, column, sum) of each output that a thread has, the edges left out.
  template <class F>
  __device__ static void each(const Tile& tile, int64_t m, int64_t n, T (&sum)[part][part], F f) {
    const int row = static_cast<int>(threadIdx.x) / 16 * 4, column = static_cast<int>(threadIdx.x) % 16 * 4;
#pragma unroll
    for (int u = 0; u < part; ++u)
#pragma unroll
      for (int v = 0; v < part; ++v) {
        const int64_t i = tile.top + u / 4 * 64 + row + u % 4, j = tile.left + v / 4 * 64 + column + v % 4;
        if (i < m && j < n) f(i, j, sum[u][v]);
      }
  }

  __device__ static void multiply(const Stage& stage, int steps, T (&sum)[part][part]) {
    const int row = static_cast<int>(threadIdx.x) / 16 * 4, column = static_cast<int>(threadIdx.x) % 16 * 4;
#pragma unroll(sizeof(T) == 8 ? 1 : 4)  // more steps of f64 do not fit into the registers
    for (int p = 0; p < steps; ++p) {
      T a[quads][4], b[quads][4];
#pragma unroll
      for (int q = 0; q < quads; ++q) {
        load_four(&stage.a[p][64 * q + row], a[q]);
        load_four(&stage.b[p][64 * q + column], b[q]);
      }
#pragma unroll
      for (int u = 0; u < part; ++u)
#pragma unroll
        for (int v = 0; v < part; ++v) sum[u][v] = fma(a[u / 4][u % 4], b[v / 4][v % 4], sum[u][v]);
    }
  }

  template <class A, class B>
  __device__ static void compute(const Tile& tile, const Product<T, A, B>& of, const A& a, const B& b,
                                 const Result<T>& y) {
    T sum[part][part] = {};
    by_stages<Chains>(tile, of, a, b, [&](const Stage& stage, int64_t first) {
      const int64_t done = first - tile.first;
      if (done % restart == 0 && done > 0)
        each(tile, of.m, of.n, sum, [&](int64_t i, int64_t j, T& part_sum) {
          y.keep(i, j, part_sum, done == restart);
          part_sum = 0;
        });
      multiply(stage, static_cast<int>(min(static_cast<int64_t>(depth), tile.end - first)), sum);
    });
    each(tile, of.m, of.n, sum,
         [&](int64_t i, int64_t j, T part_sum) { y.finish(i, j, part_sum, tile.end - tile.first > restart); });
  }
};

template <class T, class A, class B>
lt_status of_chains(lt_context* context, const char* op, const Product<T, A, B>& of) {
  // 8 x 8 sums of f64 and their operands would take all registers
  using Large = Chains<T, std::is_same_v<T, float> ? 8 : 4>;
  return product<Chains<T, 4>, Large>(context, op, of);
}

}  // namespace logitape_cuda
