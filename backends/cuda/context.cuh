// What every kernel family shares on the host's side of the module: the queue, and how a failure becomes a status.
#pragma once
#include "logitape/backends/plugin.h"

#include "logitape/backends/cuda/device.cuh"

struct lt_context {
  int device = 0;
  cudaStream_t stream = nullptr;
};

namespace logitape_cuda {

// LT_OK, or a status whose sentence names `what`: message() returns it to this thread.
lt_status checked(cudaError_t error, const char* what);

// One per kernel family; each fills its slots.
void fill_elementwise(lt_kernels& k);
void fill_transcendental(lt_kernels& k);
void fill_cast(lt_kernels& k);
void fill_copy(lt_kernels& k);
void fill_reduce(lt_kernels& k);
void fill_softmax(lt_kernels& k);
void fill_cross_entropy(lt_kernels& k);
void fill_matmul(lt_kernels& k);
void fill_linear_algebra(lt_kernels& k);
void fill_convolution(lt_kernels& k);
void fill_pooling(lt_kernels& k);
void fill_normalise(lt_kernels& k);
void fill_index(lt_kernels& k);
void fill_random(lt_kernels& k);
void fill_optimizer(lt_kernels& k);

}  // namespace logitape_cuda
