// The sentence of a thread's last failure, and how what CUDA says becomes one.
#pragma once
#include "logitape/backends/cuda/context.cuh"

namespace logitape_cuda {

// Keeps the sentence for message(), and returns the status.
lt_status refuse(lt_status status, const char* format, ...) __attribute__((format(printf, 2, 3)));
const char* message();

}  // namespace logitape_cuda
