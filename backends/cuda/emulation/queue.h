// What is queued on the device, and the errors that CUDA keeps for a later call.
#pragma once
#include <functional>

#include "logitape/backends/cuda/emulation/runtime_api.h"

namespace emu {

// At once, or with Options::lazy when the host synchronises. `work` runs under the mutex; false: it has failed.
cudaError_t enqueue(std::function<bool()> work);
cudaError_t fail_with(cudaError_t error);  // keeps it for this thread's cudaGetLastError
int attribute_of(const void* kernel, cudaFuncAttribute attribute, int otherwise);

}  // namespace emu
