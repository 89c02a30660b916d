// What this module calls of cuBLASLt, as NVIDIA's manual has it: the library is opened at run time, and neither its
// header nor itself is needed to build. cublaslt.cu compares the numbers with the header's where nvcc has one.
#pragma once
#include <cstddef>
#include <cstdint>

#include "logitape/backends/cuda/context.cuh"

namespace logitape_cuda::cublaslt {

using Status = int;  // 0: done

enum DataType : int { r_32f = 0, r_16bf = 14 };                            // cudaDataType
enum Compute : int { compute_32f = 68, compute_32f_fast_tf32 = 77 };       // cublasComputeType_t
enum Operation : int { as_stored = 0, transposed = 1 };                    // cublasOperation_t
enum DescAttribute : int { transa = 3, transb = 4 };                       // cublasLtMatmulDescAttributes_t
enum LayoutAttribute : int { batch_count = 5, strided_batch_offset = 6 };  // cublasLtMatrixLayoutAttribute_t
enum PreferenceAttribute : int {
  max_workspace = 1,
  reduction_scheme_mask = 3,
  min_alignment_a = 5,
  min_alignment_b = 6,
  min_alignment_c = 7,
  min_alignment_d = 8
};                                             // cublasLtMatmulPreferenceAttributes_t
constexpr uint32_t reduction_scheme_none = 0;  // no sums of pieces: equal calls give equal bits

struct Algorithm {
  uint64_t data[8];
};
struct Heuristic {
  Algorithm algorithm;
  size_t workspace;
  Status state;
  float waves;
  int reserved[4];
};

// Under the names that the library exports. Handles and descriptors are pointers to what is its own.
struct Functions {
  Status (*create)(void** handle);
  Status (*desc_create)(void** desc, Compute compute, DataType scale);
  Status (*desc_set)(void* desc, DescAttribute, const void* value, size_t bytes);
  Status (*desc_destroy)(void* desc);
  Status (*layout_create)(void** layout, DataType, uint64_t rows, uint64_t columns, int64_t leading);
  Status (*layout_set)(void* layout, LayoutAttribute, const void* value, size_t bytes);
  Status (*layout_destroy)(void* layout);
  Status (*preference_create)(void** preference);
  Status (*preference_set)(void* preference, PreferenceAttribute, const void* value, size_t bytes);
  Status (*preference_destroy)(void* preference);
  Status (*heuristic)(void* handle, void* desc, void* a, void* b, void* c, void* d, void* preference, int asked,
                      Heuristic* results, int* returned);
  Status (*matmul)(void* handle, void* desc, const void* alpha, const void* a, void* layout_a, const void* b,
                   void* layout_b, const void* beta, const void* c, void* layout_c, void* d, void* layout_d,
                   const Algorithm*, void* workspace, size_t workspace_bytes, cudaStream_t);
};

}  // namespace logitape_cuda::cublaslt

namespace logitape_cuda {

// Whether the library was there for a product so large, and has been asked for it; otherwise y is anything.
bool matmul_by_library(lt_context* context, const lt_matmul_args* args);

}  // namespace logitape_cuda
