// Graphs: a replay is what the same calls do at once, over what memory holds by then; what a capture refuses; faults in
// kernels that are replayed. At once and lazy.
#include <cstring>
#include <thread>

#include "logitape/backends/cuda/emulation/device.h"
#include "logitape/backends/cuda/emulation/emulator.h"
#include "tests/cuda/emulator/expect.h"

namespace {

constexpr int n = 64;
constexpr std::size_t bytes = n * sizeof(int);

__global__ void add(const int* x, int number, int* y) { y[threadIdx.x] = x[threadIdx.x] + number; }
__global__ void halves(int* y, bool waits) {
  if (threadIdx.x < 32) y[threadIdx.x] = 1;
  if (waits) __syncthreads();
  if (threadIdx.x >= 32) y[threadIdx.x] = y[threadIdx.x - 32];
}

struct Buffers {
  int *x = nullptr, *y = nullptr, *z = nullptr;
  cudaStream_t stream = nullptr, other = nullptr;
  Buffers() {
    for (int** p : {&x, &y, &z}) cudaMalloc(p, bytes);
    cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
    cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking);
  }
  ~Buffers() {
    for (int* p : {x, y, z}) cudaFree(p);
    cudaStreamDestroy(stream);
    cudaStreamDestroy(other);
  }
};

void put(int* to, int first) {
  int h[n];
  for (int i = 0; i < n; ++i) h[i] = first + i;
  cudaMemcpy(to, h, bytes, cudaMemcpyHostToDevice);
}
bool holds(const int* p, int first, int step) {
  int h[n], wrong = 0;
  cudaMemcpy(h, p, bytes, cudaMemcpyDeviceToHost);
  for (int i = 0; i < n; ++i) wrong += h[i] != first + step * i;
  return wrong == 0;
}

// y = x + number, z = y, y = 0, y = z + number
void some_work(const Buffers& b, int number) {
  launch("add", {1, n, 0, b.stream}, add, b.x, number, b.y);
  cudaMemcpyAsync(b.z, b.y, bytes, cudaMemcpyDeviceToDevice, b.stream);
  cudaMemsetAsync(b.y, 0, bytes, b.stream);
  number += 100;  // arguments were copied when they were given
  launch("add", {1, n, 0, b.stream}, add, b.z, number, b.y);
}

cudaGraphExec_t captured(cudaStream_t stream) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  check(cudaStreamEndCapture(stream, &graph) == cudaSuccess && graph, "a capture ends");
  check(cudaGraphInstantiate(&exec, graph, 0) == cudaSuccess && exec, "a graph is made ready");
  check(cudaGraphDestroy(graph) == cudaSuccess, "what is ready outlives its graph");
  return exec;
}

cudaStreamCaptureStatus status_of(cudaStream_t stream) {
  cudaStreamCaptureStatus status{};
  cudaStreamIsCapturing(stream, &status);
  return status;
}

void try_replay(const Buffers& b) {
  put(b.x, 5);
  put(b.y, -1);
  some_work(b, 7);
  cudaStreamSynchronize(b.stream);
  check(holds(b.y, 5 + 7 + 107, 1) && holds(b.z, 5 + 7, 1), "without a graph");
  put(b.y, -1);
  check(cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeThreadLocal) == cudaSuccess, "a capture begins");
  check(status_of(b.stream) == cudaStreamCaptureStatusActive, "a stream says that it captures");
  check(cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeRelaxed) == cudaErrorIllegalState, "twice");
  some_work(b, 7);
  const cudaGraphExec_t exec = captured(b.stream);
  check(status_of(b.stream) == cudaStreamCaptureStatusNone, "a stream says that it captures no more");
  check(holds(b.y, -1, 1), "what is captured does not run");
  for (const int first : {5, 1000}) {
    put(b.x, first);
    check(cudaGraphLaunch(exec, b.stream) == cudaSuccess, "a replay");
    cudaStreamSynchronize(b.stream);
    check(holds(b.y, first + 7 + 107, 1) && holds(b.z, first + 7, 1), "a replay reads what memory holds by then");
  }
  cudaGraphLaunch(exec, b.stream);
  check(cudaGraphExecDestroy(exec) == cudaSuccess && cudaStreamSynchronize(b.stream) == cudaSuccess,
        "what is queued outlives what was ready");
  expect("", "replays");
}

// A call that a capture refuses: it says so, the stream too, the end gives no graph; afterwards all is well.
template <class F>
void refused(const Buffers& b, const char* what, F call) {
  const std::string name = what;
  cudaGraph_t graph = nullptr;
  cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeGlobal);
  some_work(b, 1);
  check(call() == cudaErrorStreamCaptureUnsupported, name + " in a capture");
  check(status_of(b.stream) == cudaStreamCaptureStatusInvalidated, name + ": the stream says so");
  check(cudaMemsetAsync(b.y, 0, bytes, b.stream) == cudaErrorStreamCaptureInvalidated, name + ": then work");
  check(cudaStreamEndCapture(b.stream, &graph) == cudaErrorStreamCaptureInvalidated && !graph, name + ": its end");
  cudaGetLastError();
  some_work(b, 1);
  check(cudaStreamSynchronize(b.stream) == cudaSuccess, name + ": the stream goes on");
}

void try_refusals(const Buffers& b) {
  int h[n] = {};
  void* p = nullptr;
  put(b.x, 0);
  refused(b, "cudaStreamSynchronize", [&] { return cudaStreamSynchronize(b.stream); });
  refused(b, "cudaDeviceSynchronize", [&] { return cudaDeviceSynchronize(); });
  refused(b, "a copy to the host", [&] { return cudaMemcpyAsync(h, b.y, bytes, cudaMemcpyDeviceToHost, b.stream); });
  refused(b, "a copy from it", [&] { return cudaMemcpyAsync(b.y, h, bytes, cudaMemcpyHostToDevice, b.stream); });
  refused(b, "cudaMallocAsync", [&] { return cudaMallocFromPoolAsync(&p, bytes, nullptr, b.stream); });
  refused(b, "cudaFreeAsync", [&] { return cudaFreeAsync(b.y, b.stream); });
  refused(b, "cudaMalloc", [&] { return cudaMalloc(&p, bytes); });
  refused(b, "cudaFree", [&] { return cudaFree(b.y); });
  refused(b, "cudaMalloc of another thread", [&] {
    cudaError_t error = cudaSuccess;
    std::thread([&] { error = cudaMalloc(&p, bytes); }).join();
    return error;
  });
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(b.stream, &graph) == cudaErrorIllegalState && !graph, "an end without a beginning");
  check(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeRelaxed) == cudaErrorStreamCaptureUnsupported,
        "a capture of the stream that all wait for");
  check(!std::strcmp(cudaGetErrorString(cudaErrorStreamCaptureUnsupported),
                     "operation not permitted when stream is capturing"),
        "a refusal in CUDA's words");
  cudaGetLastError();
  expect("", "refusals");
}

// No stream waits for another: what one has queued is seen by another's copy only by luck.
void try_two_streams(const Buffers& b) {
  int h[n];
  put(b.y, 0);
  cudaMemsetAsync(b.y, 0xff, bytes, b.stream);
  cudaMemcpyAsync(h, b.y, bytes, cudaMemcpyDeviceToHost, b.other);
  cudaStreamSynchronize(b.other);
  check(h[1] == (emu::options.lazy ? 1 : -1), "a stream that was not waited for");
  cudaStreamSynchronize(b.stream);
  check(holds(b.y, -1, 0), "a stream that was waited for");
}

// While one stream captures, another works, and a thread of its own may allocate.
void try_other_stream(const Buffers& b) {
  put(b.x, 3);
  put(b.y, 0);
  cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeThreadLocal);
  launch("add", {1, n, 0, b.stream}, add, b.x, 1, b.y);
  void* p = nullptr;
  check(cudaMallocFromPoolAsync(&p, bytes, nullptr, b.other) == cudaSuccess, "another stream allocates");
  check(cudaMemcpyAsync(p, b.x, bytes, cudaMemcpyDeviceToDevice, b.other) == cudaSuccess, "another stream copies");
  check(cudaStreamSynchronize(b.other) == cudaSuccess, "another stream is waited for");
  check(holds(static_cast<int*>(p), 3, 1), "another stream's work has run");
  cudaError_t errors[3] = {};
  std::thread([&] {
    cudaGraph_t graph = nullptr;
    errors[0] = cudaStreamEndCapture(b.stream, &graph);
    errors[1] = cudaFreeAsync(p, b.other);
    errors[2] = cudaMalloc(&p, bytes);
    if (!errors[2]) cudaFree(p);
  }).join();
  check(errors[0] == cudaErrorStreamCaptureWrongThread, "an end by another thread");
  check(!errors[1] && !errors[2], "another thread frees and allocates");
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  cudaThreadExchangeStreamCaptureMode(&mode);
  check(cudaMalloc(&p, bytes) == cudaSuccess && cudaFree(p) == cudaSuccess, "a thread that asks for it may too");
  cudaThreadExchangeStreamCaptureMode(&mode);
  check(mode == cudaStreamCaptureModeRelaxed, "the thread's mode of before");
  const cudaGraphExec_t exec = captured(b.stream);
  check(holds(b.y, 0, 1), "nothing of it has run");
  cudaGraphLaunch(exec, b.stream);
  cudaStreamSynchronize(b.stream);
  check(holds(b.y, 4, 1), "a capture beside another stream");
  cudaGraphExecDestroy(exec);
  expect("", "beside another stream");
}

void try_faults(const Buffers& b) {
  for (const bool waits : {true, false}) {
    cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeRelaxed);
    launch("halves", {1, n, 0, b.stream}, halves, b.y, waits);
    const cudaGraphExec_t exec = captured(b.stream);
    expect("", "a captured kernel has not run");
    for (int i = 0; i < 2; ++i) {
      const cudaError_t launched = cudaGraphLaunch(exec, b.stream), waited = cudaStreamSynchronize(b.stream);
      check((launched || waited) != waits, "a report fails the replay");
      expect(waits ? "" : "race", "halves of a block, replayed");
    }
    cudaGraphExecDestroy(exec);
  }
  cudaStreamBeginCapture(b.stream, cudaStreamCaptureModeRelaxed);
  launch("add", {1, n, 0, b.stream}, add, b.x + 32, 1, b.y);
  const cudaGraphExec_t exec = captured(b.stream);
  cudaGraphLaunch(exec, b.stream);
  expect("out of bounds", "beyond the end, replayed");
  cudaGraphExecDestroy(exec);
}

}  // namespace

void try_graphs() {
  for (const bool lazy : {false, true}) {
    emu::options = {};
    emu::options.lazy = lazy;
    const Buffers b;
    try_replay(b);
    try_refusals(b);
    try_two_streams(b);
    try_other_stream(b);
    try_faults(b);
  }
  emu::options = {};
  int value = 0;
  check(!cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMajor, 0) && value == 9, "an attribute");
}
