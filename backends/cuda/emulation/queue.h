// Streams: what is queued on them, what they capture, and the errors that CUDA keeps for a later call.
#pragma once
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "logitape/backends/cuda/emulation/runtime_api.h"

namespace emu {
using Work = std::function<bool()>;  // runs under the mutex; false: it has failed
using Nodes = std::vector<Work>;
}  // namespace emu

struct CUstream_st {
  std::shared_ptr<emu::Nodes> capture;  // null: work runs
  bool invalid = false;                 // what the capture has met can not be in a graph
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;  // that began it
};

namespace emu {

// At once, or with Options::lazy when the host synchronises; a node of the graph that the stream captures.
cudaError_t enqueue(cudaStream_t stream, Work work);
cudaError_t fail_with(cudaError_t error);  // keeps it for this thread's cudaGetLastError
const char* failure();                     // what the machine said of this thread's last failure
int attribute_of(const void* kernel, cudaFuncAttribute attribute, int otherwise);

// What no capture can hold. Not cudaSuccess: the stream captures, and its capture is invalid from now on. All of them
// are called under the mutex.
cudaError_t refuse_in_capture(cudaStream_t stream);
cudaError_t refuse_in_captures();         // of any stream
cudaError_t refuse_unsafe_in_captures();  // where the modes of captures and of this thread say so: cudaMalloc

}  // namespace emu
