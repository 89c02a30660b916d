// A tile of a product of f32 by tensor cores: operands are rounded to bf16 or tf32 on their way into shared memory,
// products are exact and sums f32. An output's steps are added in the order of p from one instruction to the next, in
// an order of the device's inside one. Shared memory has a line's steps in words: pairs of bf16, or one tf32 in each,
// which the instructions want in the same places.
#pragma once
#include "logitape/backends/cuda/tile.cuh"

namespace logitape_cuda {

struct Bf16Pairs {
  static constexpr int numbers = 2;  // in a word
  __device__ static unsigned pair(float lower, float upper) {
    return as<unsigned>(__floats2bfloat162_rn(lower, upper));
  }
  __device__ static void put(const float (&x)[4], unsigned* to) {
    to[0] = pair(x[0], x[1]);
    to[1] = pair(x[2], x[3]);
  }
  __device__ static void multiply(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    multiply_bf16(sum, a, b);
  }
};
struct Tf32 {
  static constexpr int numbers = 1;
  __device__ static void put(const float (&x)[4], unsigned* to) {
    store16(to, {to_tf32(x[0]), to_tf32(x[1]), to_tf32(x[2]), to_tf32(x[3])});
  }
  __device__ static void multiply(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    multiply_tf32(sum, a, b);
  }
};

// Eight warps, two down and four across; each has parts x parts outputs of 16 x 8.
template <class Words, int tile_side>
struct Tensor {
  static constexpr int side = tile_side, words = 16, depth = words * Words::numbers, parts = side / 32, fault = 12;

  using Line = unsigned[words + 4];  // four more: the fragments' words lie in 32 banks
  struct Stage {
    Line a[side], b[side];
  };

  // Of 1024 steps at least, and 64 pieces at most.
  static int64_t piece(int64_t k) { return std::max<int64_t>(1024, divide_up(divide_up(k, 64), depth) * depth); }

  __device__ static void put(const Share<float, side, depth>& share, Line (&to)[side]) {
#pragma unroll
    for (int q = 0; q < share.quads; ++q)
      Words::put(share.x[q], &to[share.place(q).line][share.place(q).p / Words::numbers]);
  }

  __device__ static void multiply(const Stage& stage, float (&sum)[parts][parts][4]) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int row = warp / 4 * (side / 2) + lane / 4, column = warp % 4 * (side / 4) + lane / 4;
#pragma unroll
    for (int w = 0; w < words; w += 8) {
      const int at = w + lane % 4;
      unsigned a[parts][4], b[parts][2];
#pragma unroll
      for (int u = 0; u < parts; ++u) {
#pragma unroll
        for (int r = 0; r < 4; ++r) a[u][r] = stage.a[row + 16 * u + r % 2 * 8][at + r / 2 * 4];
#pragma unroll
        for (int r = 0; r < 2; ++r) b[u][r] = stage.b[column + 8 * u][at + r * 4];
      }
#pragma unroll
      for (int u = 0; u < parts; ++u)
#pragma unroll
        for (int v = 0; v < parts; ++v) Words::multiply(sum[u][v], a[u], b[v]);
    }
  }

  __device__ static void finish(const Tile& tile, int64_t m, int64_t n, const float (&sum)[parts][parts][4],
                                const Result<float>& y) {
    const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
    const int64_t row = tile.top + warp / 4 * (side / 2) + lane / 4,
                  column = tile.left + warp % 4 * (side / 4) + lane % 4 * 2;
#pragma unroll
    for (int u = 0; u < parts; ++u)
#pragma unroll
      for (int v = 0; v < parts; ++v)
#pragma unroll
        for (int r = 0; r < 4; ++r) {
          const int64_t i = row + 16 * u + r / 2 * 8, j = column + 8 * v + r % 2;
          if (i < m && j < n) y.finish(i, j, sum[u][v][r], false);
        }
  }

  template <class A, class B>
  __device__ static void compute(const Tile& tile, const Product<float, A, B>& of, const A& a, const B& b,
                                 const Result<float>& y) {
    float sum[parts][parts][4] = {};
    by_stages<Tensor>(tile, of, a, b, [&](const Stage& stage, int64_t) { multiply(stage, sum); });
    finish(tile, of.m, of.n, sum, y);
  }
};

// By tensor cores where a call of f32 wants or allows it, else in chains of fused multiply-adds.
template <class T, class A, class B>
lt_status product_in(lt_context* context, const char* op, bool bf16, bool tf32, const Product<T, A, B>& of) {
  if constexpr (std::is_same_v<T, float>) {
    if (bf16) return product<Tensor<Bf16Pairs, 64>, Tensor<Bf16Pairs, 128>>(context, op, of);
    if (tf32) return product<Tensor<Tf32, 64>, Tensor<Tf32, 128>>(context, op, of);
  }
  return of_chains(context, op, of);
}

}  // namespace logitape_cuda
