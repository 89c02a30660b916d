// A product y(i, j) = sum over p < k of a(i, p) * b(j, p) (+ bias[j]) (then max(0, .)): its operands, what a thread
// brings of them, and its launch. tile.cuh and tensor_tile.cuh compute the tile of it that a block takes.
//
// An operand says of(line, p), a line being a row of a or a column of b; `wide`: four neighbours along p, from a
// multiple of 4 on, are 16 aligned bytes of f32, of.four(line, p, x); of.moved(n): the operand n elements further.
#pragma once
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

// Four neighbours, aligned to 16 bytes.
template <class T>
__device__ inline void load_four(const T* from, T (&x)[4]) {
#pragma unroll
  for (int at = 0; at < 4; at += 16 / static_cast<int>(sizeof(T))) {
    const uint4 bits = load16(from + at);
    memcpy(&x[at], &bits, sizeof bits);
  }
}

template <class T>
struct Matrix {
  const T* x;
  int64_t line_step, step;
  bool wide;

  __device__ T operator()(int64_t line, int64_t p) const { return x[line * line_step + p * step]; }
  __device__ void four(int64_t line, int64_t p, T (&y)[4]) const { load_four(x + line * line_step + p, y); }
  __device__ Matrix moved(int64_t elements) const { return {x + elements, line_step, step, wide}; }
};

inline bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

// Of `lines` lines in rows of memory (along: a line is a row), k numbers in each.
template <class T>
Matrix<T> matrix(const void* x, bool along, int64_t lines, int64_t k) {
  const T* const from = static_cast<const T*>(x);
  return along ? Matrix<T>{from, k, 1, k % 4 == 0 && aligned(x)} : Matrix<T>{from, 1, lines, false};
}

// What a thread brings of `depth` steps of a tile's lines: quads of neighbours along p, zeros beyond the edges. A warp
// takes 8 lines and 16 steps: whole sectors of 32 bytes, whichever of the two is contiguous in memory.
template <class T, int lines, int depth>
struct Share {
  static constexpr int quads = lines * depth / 4 / block_threads;
  T x[quads][4];

  struct Place {
    int line, p;
  };
  __device__ static Place place(int quad) {
    const int tid = static_cast<int>(threadIdx.x), lane = tid % 32, part = tid / 32 + block_threads / 32 * quad;
    return {part % (lines / 8) * 8 + lane / 4, part / (lines / 8) * 16 + lane % 4 * 4};
  }
  template <class Operand>
  __device__ void load(const Operand& of, int64_t top, int64_t of_lines, int64_t first, int64_t end) {
#pragma unroll
    for (int q = 0; q < quads; ++q) {
      const Place at = place(q);
      const int64_t line = top + at.line, p = first + at.p;
      if (of.wide && line < of_lines && p < end) of.four(line, p, x[q]);
      else
#pragma unroll
        for (int r = 0; r < 4; ++r) x[q][r] = line < of_lines && p + r < end ? of(line, p + r) : T(0);
    }
  }
};

template <class T>
struct Result {
  T* y;
  const T* bias;
  int64_t n;
  bool relu;

  __device__ static T finished(T sum, const T* bias, int64_t j, bool relu) {
    if (bias) sum += bias[j];
    return relu && sum <= 0 ? T(0) : sum;
  }
  // The sum of a part of a chain waits in y until the whole is finished.
  __device__ void keep(int64_t i, int64_t j, T sum, bool first) const {
    T& at = y[i * n + j];
    at = first ? sum : at + sum;
  }
  __device__ void finish(int64_t i, int64_t j, T sum, bool kept) const {
    T& at = y[i * n + j];
    at = finished(kept ? at + sum : sum, bias, j, relu);
  }
};

// k in `pieces` of `piece` steps, each with a result of its own: more than one only of a single matrix.
template <class T, class A, class B>
struct Product {
  lt_loop2 batch;
  int64_t matrices, m, n, k;
  A a;
  B b;
  Result<T> y;
  int64_t pieces = 1, piece = 0;
};

struct Tile {
  int64_t top, left, first, end;  // of i, of j; the steps
};
__host__ __device__ constexpr int64_t tiles_along(int64_t lines, int side) { return (lines + side - 1) / side; }
// Eight rows of tiles are swept together, so that blocks side by side share what they read of both operands.
__device__ inline Tile tile_of(int64_t at, int64_t m, int64_t n, int side) {
  const int64_t down = tiles_along(m, side), across = tiles_along(n, side), sweep = at / (8 * across) * 8;
  const int64_t rows = min(down - sweep, int64_t{8}), inside = at % (8 * across);
  return {(sweep + inside % rows) * side, inside / rows * side, 0, 0};
}

// Two stages of shared memory take turns: f(stage, first) multiplies the steps from `first` on while the next ones are
// on their way into registers, then into the other stage.
template <class How, class T, class A, class B, class F>
__device__ inline void by_stages(const Tile& tile, const Product<T, A, B>& of, const A& a, const B& b, F f) {
  using Stage = typename How::Stage;
  SHARED_ARRAY(Stage, stages, 2);
  Share<T, How::side, How::depth> of_a, of_b;
  const auto load = [&](int64_t first) {
    of_a.load(a, tile.top, of.m, first, tile.end);
    of_b.load(b, tile.left, of.n, first, tile.end);
  };
  load(tile.first);
  __syncthreads();  // the stages of the tile before this one may still be read
  int turn = 0;
  for (int64_t first = tile.first; first < tile.end; first += How::depth) {
    Stage& stage = stages[turn];
    How::put(of_a, stage.a);
    How::put(of_b, stage.b);
    if constexpr (planted != How::fault) __syncthreads();
    if (first + How::depth < tile.end) load(first + How::depth);
    f(stage, first);
    turn ^= 1;
  }
}

template <class How, class T, class A, class B>
__global__ void __launch_bounds__(block_threads) multiply(Product<T, A, B> of) {
  const int64_t tiles = tiles_along(of.m, How::side) * tiles_along(of.n, How::side);
  for (int64_t at = blockIdx.x; at < of.matrices * of.pieces * tiles; at += gridDim.x) {
    const int64_t which = at / tiles, matrix = which / of.pieces, piece = which % of.pieces;
    const BatchOffsets begin = batch_offsets(of.batch, matrix);
    Result<T> y = of.y;
    y.y += which * of.m * of.n;
    Tile tile = tile_of(at % tiles, of.m, of.n, How::side);
    tile.first = piece * of.piece;
    tile.end = min(tile.first + of.piece, of.k);
    How::compute(tile, of, of.a.moved(begin.a * of.m * of.k), of.b.moved(begin.b * of.k * of.n), y);
  }
}

// The pieces' sums, added in their order.
template <class T>
struct AddPieces {
  const T* sums;
  int64_t pieces, size;
  Result<T> y;

  __device__ void operator()(int64_t at) const {
    T sum = sums[at];
    for (int64_t piece = 1; piece < pieces; ++piece) sum += sums[piece * size + at];
    y.y[at] = Result<T>::finished(sum, y.bias, at % y.n, y.relu);
  }
};

template <class How, class T, class A, class B>
lt_status queue(lt_context* context, const char* op, Product<T, A, B> of) {
  const int64_t blocks = of.matrices * of.pieces * tiles_along(of.m, How::side) * tiles_along(of.n, How::side);
  return start(context, op, blocks, 0, multiply<How, T, A, B>, of);
}

// The grid that a device of some 130 multiprocessors should have at least.
constexpr int64_t blocks_wanted = 128;

// Larger tiles read less, smaller ones are more blocks. Where even these are few and k is long, blocks share k: its
// pieces depend on k alone, so that the bits stay the same on every device.
template <class Small, class Large, class T, class A, class B>
lt_status product(lt_context* context, const char* op, Product<T, A, B> of) {
  of.piece = of.k;
  if (of.matrices * tiles_along(of.m, Large::side) * tiles_along(of.n, Large::side) >= blocks_wanted)
    return queue<Large>(context, op, of);
  const int64_t piece = Small::piece(of.k), pieces = piece ? divide_up(of.k, piece) : 0, size = of.m * of.n;
  const bool few = of.matrices * tiles_along(of.m, Small::side) * tiles_along(of.n, Small::side) < blocks_wanted;
  if (!few || of.matrices != 1 || pieces < 4 || size == 0) return queue<Small>(context, op, of);
  const Workspace sums(context, op, static_cast<size_t>(pieces * size) * sizeof(T));
  if (sums.status) return sums.status;
  const AddPieces<T> add{static_cast<const T*>(sums.data), pieces, size, of.y};
  of.y = {static_cast<T*>(sums.data), nullptr, of.n, false};
  of.pieces = pieces;
  of.piece = piece;
  if (const lt_status s = queue<Small>(context, op, of)) return s;
  return for_each(context, op, size, add);
}

}  // namespace logitape_cuda
