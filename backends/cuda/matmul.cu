// y[m, n] = a[m, k] * b[k, n] (+ bias[n]) (then max(0, .)), per matrix of a batch; either operand may be stored
// transposed. tile.cuh has the product. bf16: operands are rounded to it, products and sums are those of f32.
#include "logitape/backends/cuda/tile.cuh"

namespace logitape_cuda {
namespace {

template <class T>
struct Matrices {
  const T *at_a, *at_b, *bias;
  T* y;
  int64_t m, n, k;
  bool transpose_a, transpose_b, relu, bf16;

  __device__ bool a_along() const { return !transpose_a; }
  __device__ bool b_along() const { return !transpose_b; }
  __device__ int64_t order(int64_t q) const { return step_of(q, k, bf16); }
  __device__ T a(int64_t i, int64_t p) const { return operand(at_a[transpose_a ? p * m + i : i * k + p], bf16); }
  __device__ T b(int64_t p, int64_t j) const { return operand(at_b[transpose_b ? j * k + p : p * n + j], bf16); }
  __device__ void finish(int64_t i, int64_t j, T sum) const { y[i * n + j] = finished(sum, bias, j, relu); }
};

template <class T>
__global__ void __launch_bounds__(block_threads) multiply(lt_loop2 batch, int64_t matrices, Matrices<T> of) {
  const int64_t tiles = ((of.m + tile_side - 1) / tile_side) * ((of.n + tile_side - 1) / tile_side);
  for (int64_t at = blockIdx.x; at < matrices * tiles; at += gridDim.x) {
    const int64_t matrix = at / tiles;
    const BatchOffsets begin = batch_offsets(batch, matrix);
    Matrices<T> one = of;
    one.at_a += begin.a * of.m * of.k;
    one.at_b += begin.b * of.k * of.n;
    one.y += matrix * of.m * of.n;
    multiply_tile<T>(at % tiles, of.m, of.n, of.k, one);
  }
}

lt_status matmul(lt_context* context, const lt_matmul_args* args) {
  return visit_floating("matmul", args->dtype, [&]<class T>() {
    const auto in = [](const void* x) { return static_cast<const T*>(x); };
    const Matrices<T> of{in(args->a),       in(args->b), in(args->bias), static_cast<T*>(args->y),
                         args->m,           args->n,     args->k,        args->transpose_a,
                         args->transpose_b, args->relu,  args->bf16};
    const int64_t matrices = matrices_of(args->batch);
    return start(context, "matmul", matrices * tiles_of(args->m, args->n), 0, multiply<T>, args->batch, matrices, of);
  });
}

}  // namespace

void fill_matmul(lt_kernels& k) { k.matmul = matmul; }

}  // namespace logitape_cuda
