// y[m, n] = a[m, k] * b[k, n] (+ bias[n]) (then max(0, .)), per matrix of a batch; either operand may be stored
// transposed. f32 and f64: chains of fused multiply-adds (tile.cuh); bf16 and tf32: tensor cores (tensor_tile.cuh);
// large ones of f32 by NVIDIA's library where there is one (cublaslt.h).
#include "logitape/backends/cuda/cublaslt.h"
#include "logitape/backends/cuda/tensor_tile.cuh"

namespace logitape_cuda {
namespace {

lt_status matmul(lt_context* context, const lt_matmul_args* args) {
  if (matmul_by_library(context, args)) return LT_OK;
  return visit_floating("matmul", args->dtype, [&]<class T>() {
    const Product<T, Matrix<T>, Matrix<T>> of{
        .batch = args->batch,
        .matrices = matrices_of(args->batch),
        .m = args->m,
        .n = args->n,
        .k = args->k,
        .a = matrix<T>(args->a, !args->transpose_a, args->m, args->k),
        .b = matrix<T>(args->b, args->transpose_b, args->n, args->k),
        .y = {static_cast<T*>(args->y), static_cast<const T*>(args->bias), args->n, args->relu}};
    return product_in(context, "matmul", args->bf16, args->tf32, of);
  });
}

}  // namespace

void fill_matmul(lt_kernels& k) { k.matmul = matmul; }

}  // namespace logitape_cuda
