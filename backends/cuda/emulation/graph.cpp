// Captures and graphs: a capture keeps a stream's work, with the arguments it was given, and a graph runs it in order.
#include <algorithm>

#include "logitape/backends/cuda/emulation/machine.h"
#include "logitape/backends/cuda/emulation/queue.h"

using namespace emu;

struct CUgraph_st {
  std::shared_ptr<const Nodes> nodes;
};
struct CUgraphExec_st {
  std::shared_ptr<const Nodes> nodes;
};

namespace emu {
namespace {

std::vector<cudaStream_t> capturing;
thread_local cudaStreamCaptureMode mode_of_thread = cudaStreamCaptureModeGlobal;

cudaError_t invalidate(cudaStream_t stream) {
  stream->invalid = true;
  return fail_with(cudaErrorStreamCaptureUnsupported);
}

bool is_unsafe_in(const CUstream_st& s) {
  if (s.thread == std::this_thread::get_id())
    return s.mode != cudaStreamCaptureModeRelaxed && mode_of_thread != cudaStreamCaptureModeRelaxed;
  return s.mode == cudaStreamCaptureModeGlobal && mode_of_thread == cudaStreamCaptureModeGlobal;
}

}  // namespace

cudaError_t refuse_in_capture(cudaStream_t stream) {
  return stream && stream->capture ? invalidate(stream) : cudaSuccess;
}
cudaError_t refuse_in_captures() {
  cudaError_t error = cudaSuccess;
  for (cudaStream_t s : capturing) error = invalidate(s);
  return error;
}
cudaError_t refuse_unsafe_in_captures() {
  cudaError_t error = cudaSuccess;
  for (cudaStream_t s : capturing)
    if (is_unsafe_in(*s)) error = invalidate(s);
  return error;
}

}  // namespace emu

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const std::lock_guard lock(mutex());
  if (!stream) return fail_with(cudaErrorStreamCaptureUnsupported);
  if (stream->capture) return fail_with(cudaErrorIllegalState);
  stream->capture = std::make_shared<Nodes>();
  stream->invalid = false;
  stream->mode = mode;
  stream->thread = std::this_thread::get_id();
  capturing.push_back(stream);
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const std::lock_guard lock(mutex());
  *graph = nullptr;
  if (!stream || !stream->capture) return fail_with(cudaErrorIllegalState);
  if (stream->mode != cudaStreamCaptureModeRelaxed && stream->thread != std::this_thread::get_id())
    return fail_with(cudaErrorStreamCaptureWrongThread);
  std::erase(capturing, stream);
  const std::shared_ptr<const Nodes> nodes = std::exchange(stream->capture, nullptr);
  if (stream->invalid) return fail_with(cudaErrorStreamCaptureInvalidated);
  *graph = new CUgraph_st{nodes};
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const std::lock_guard lock(mutex());
  *status = !stream || !stream->capture ? cudaStreamCaptureStatusNone
            : stream->invalid           ? cudaStreamCaptureStatusInvalidated
                                        : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  std::swap(mode_of_thread, *mode);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = nullptr;
  if (!graph) return fail_with(cudaErrorInvalidValue);
  *exec = new CUgraphExec_st{graph->nodes};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  if (!exec) return fail_with(cudaErrorInvalidValue);
  return enqueue(stream, [nodes = exec->nodes] {  // keeps them until it has run, though the graph is destroyed before
    bool well = true;
    for (const Work& node : *nodes) well &= node();
    return well;
  });
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  if (!graph) return fail_with(cudaErrorInvalidValue);
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  if (!exec) return fail_with(cudaErrorInvalidValue);
  delete exec;
  return cudaSuccess;
}
