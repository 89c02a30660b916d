// Stands in for the families that have no source yet: their slots stay null. A family's own function wins over these.
#include "logitape/backends/cuda/context.cuh"

namespace logitape_cuda {

#define LOGITAPE_MISSING(family) \
  __attribute__((weak)) void fill_##family(lt_kernels&) {}
LOGITAPE_MISSING(reduce)
LOGITAPE_MISSING(softmax)
LOGITAPE_MISSING(cross_entropy)
LOGITAPE_MISSING(matmul)
LOGITAPE_MISSING(linear_algebra)
LOGITAPE_MISSING(convolution)
LOGITAPE_MISSING(pooling)
LOGITAPE_MISSING(normalise)
LOGITAPE_MISSING(index)
LOGITAPE_MISSING(random)
LOGITAPE_MISSING(optimizer)
#undef LOGITAPE_MISSING

}  // namespace logitape_cuda
