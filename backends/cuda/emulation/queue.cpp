// Streams: their work runs at once, or with Options::lazy once somebody waits for them.
#include "logitape/backends/cuda/emulation/queue.h"

#include "logitape/backends/cuda/emulation/machine.h"

using namespace emu;

namespace emu {
namespace {

struct Waiting {
  cudaStream_t stream;
  Work work;
};
std::vector<Waiting> waiting;
thread_local cudaError_t last_error = cudaSuccess;
thread_local std::string last_failure;

cudaError_t done(bool well) {
  if (well) return cudaSuccess;
  last_failure = "unspecified launch failure (" + last_report() + ")";
  return fail_with(cudaErrorLaunchFailure);
}

// Of one stream alone, as another's is not ordered by it; null, the stream that all wait for: of all.
cudaError_t run_waiting(cudaStream_t stream) {
  std::vector<Waiting> kept;
  bool well = true;
  for (Waiting& w : std::exchange(waiting, {}))
    if (!stream || w.stream == stream) well &= w.work();
    else kept.push_back(std::move(w));
  waiting = std::move(kept);
  done(well);
  return last_error == cudaErrorLaunchFailure ? last_error : cudaSuccess;  // of others that call has told already
}

}  // namespace

cudaError_t fail_with(cudaError_t error) { return last_error = error; }
const char* failure() { return last_failure.empty() ? "unspecified launch failure" : last_failure.c_str(); }

cudaError_t enqueue(cudaStream_t stream, Work work) {
  const std::lock_guard lock(mutex());
  if (stream && stream->capture) {
    if (stream->invalid) return fail_with(cudaErrorStreamCaptureInvalidated);
    stream->capture->push_back(std::move(work));
    return cudaSuccess;
  }
  if (options.lazy) {
    waiting.push_back({stream, std::move(work)});
    return cudaSuccess;
  }
  return done(work());
}

}  // namespace emu

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::lock_guard lock(mutex());
  if (const cudaError_t e = refuse_in_capture(stream)) return e;
  const cudaError_t error = run_waiting(stream);
  delete stream;
  return error;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const std::lock_guard lock(mutex());
  const cudaError_t e = refuse_in_capture(stream);
  return e ? e : run_waiting(stream);
}
cudaError_t cudaDeviceSynchronize() {
  const std::lock_guard lock(mutex());
  const cudaError_t e = refuse_in_captures();
  return e ? e : run_waiting(nullptr);
}
cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }
