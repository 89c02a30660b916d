// Shuffles, votes, barriers, asynchronous copies, atomics: their values, and the report that each misuse draws, in
// every order of threads. Also the module's sentences for machines that it does not serve.
#include <cstring>

#include "logitape/backends/cuda/emulation/emulator.h"
#include "logitape/backends/cuda/message.h"
#include "tests/cuda/emulator/expect.h"

namespace {

__global__ void shuffles(int* y) {
  const int t = static_cast<int>(threadIdx.x);
  y[t] = __shfl_up_sync(~0u, t, 3) * 1000000 + __shfl_down_sync(~0u, t, 5, 16) * 1000 + __shfl_sync(~0u, t, 7, 8);
  y[32 + t] = static_cast<int>(__ballot_sync(~0u, t % 3 == 0));
  y[64 + t] = __any_sync(~0u, t == 9) * 2 + __all_sync(~0u, t < 31);
  y[96 + t] = t < 16 ? __shfl_xor_sync(0x0000ffffu, t, 1) : __shfl_xor_sync(0xffff0000u, t, 2);
}

bool right_shuffles(const int* y) {
  unsigned ballot = 0;
  for (int i = 0; i < 32; i += 3) ballot |= 1u << i;
  int wrong = 0;
  for (int t = 0; t < 32; ++t) {
    const int up = t >= 3 ? t - 3 : t, down = t + 5 <= (t | 15) ? t + 5 : t, to = (t & ~7) | 7;
    wrong += y[t] != up * 1000000 + down * 1000 + to;
    wrong += y[32 + t] != static_cast<int>(ballot);
    wrong += y[64 + t] != 2;
    wrong += y[96 + t] != (t < 16 ? t ^ 1 : t ^ 2);
  }
  return wrong == 0;
}

enum class By { warp, shuffle, half_warp, nothing };
__global__ void exchange(int* y, By how) {
  SHARED_ARRAY(int, s, 32);
  const int t = static_cast<int>(threadIdx.x);
  s[t] = t;
  if (how == By::warp) __syncwarp();
  if (how == By::shuffle) y[t] = __shfl_sync(~0u, t, 0);
  if (how == By::half_warp) __syncwarp(t < 16 ? 0x0000ffffu : 0xffff0000u);
  y[t] = how == By::half_warp ? s[t ^ 1] : s[31 - t];
}

__global__ void copies(const float* x, float* y, bool waits) {
  SHARED_ARRAY(float4, s, 32);
  async_copy16(&s[threadIdx.x], x + 4 * threadIdx.x);
  if (waits) async_wait();
  __syncthreads();
  y[threadIdx.x] = s[31 - threadIdx.x].x;
  if (!waits) async_wait();
}

enum class Barriers { some_return, against_warp, two_lines };
__global__ void barriers(Barriers how) {
  if (how == Barriers::some_return && threadIdx.x < 7) return;  // the hardware allows it
  if (how == Barriers::against_warp && threadIdx.x == 3) {
    __syncwarp();
    return;
  }
  if (how == Barriers::two_lines) {
    if (threadIdx.x & 1) __syncthreads();
    else __syncthreads();
  }
  __syncthreads();
}

__global__ void counters(int* y, float* z) {
  atomicAdd(y, 1);
  atomicMax(y + 1, static_cast<int>(blockIdx.x));
  if (threadIdx.x == 0) z[0] = 1.f;
}
__global__ void beyond(int* y, int n) { y[threadIdx.x + static_cast<unsigned>(n)] = 1; }
__global__ void unwritten(const int* x, int* y) { y[threadIdx.x] = x[threadIdx.x]; }

void try_order(int* y, float* x, float* z) {
  int h[128];
  float f[128];
  for (int i = 0; i < 128; ++i) f[i] = static_cast<float>(i);
  cudaMemset(y, 0, 512);
  cudaMemset(z, 0, 512);
  cudaMemcpy(x, f, 512, cudaMemcpyHostToDevice);
  launch("shuffles", {1, 32}, shuffles, y);
  cudaMemcpy(h, y, 512, cudaMemcpyDeviceToHost);
  check(right_shuffles(h), "values of shuffles and votes");
  expect("", "shuffles and votes");
  launch("exchange", {1, 32}, exchange, y, By::warp);
  expect("", "__syncwarp orders memory");
  launch("exchange", {1, 32}, exchange, y, By::shuffle);
  expect("race", "a shuffle orders no memory");
  launch("exchange", {1, 32}, exchange, y, By::nothing);
  expect("uninitialised", "nothing orders memory");
  launch("exchange", {1, 32}, exchange, y, By::half_warp);
  expect("", "__syncwarp of a half, read within it");
  launch("copies", {1, 32}, copies, x, z, true);
  expect("", "cp.async, waited for, then a barrier");
  launch("copies", {1, 32}, copies, x, z, false);
  expect("uninitialised", "cp.async read before the wait");
  launch("barriers", {1, 64}, barriers, Barriers::some_return);
  expect("barrier", "threads return while others wait");
  launch("barriers", {1, 64}, barriers, Barriers::two_lines);
  expect("barrier", "two barriers, each for half of the threads");
  launch("barriers", {1, 64}, barriers, Barriers::against_warp);
  expect("deadlock", "__syncwarp against __syncthreads");
  launch("counters", {9, 32}, counters, y, z);
  expect("race", "atomics do not race, two blocks' stores do");
  launch("beyond", {1, 32}, beyond, y, 100);
  expect("out of bounds", "beyond the end");
  launch("beyond", {1, 2048}, beyond, y, 0);
  expect("launch", "2048 threads");
  launch("beyond", {1, 32, 100000}, beyond, y, 0);
  expect("launch", "100 KB without the attribute");
}

bool says(cudaError_t error, lt_status status, const char* sentence) {
  return logitape_cuda::checked(error, "add") == status && !std::strcmp(logitape_cuda::message(), sentence);
}

}  // namespace

void try_machine() {
  int *y = nullptr, *fresh = nullptr;
  float *x = nullptr, *z = nullptr;
  cudaMalloc(&y, 512);
  cudaMalloc(&x, 512);
  cudaMalloc(&z, 512);
  cudaMalloc(&fresh, 512);
  for (const auto order : {emu::Order::ascending, emu::Order::descending, emu::Order::shuffled}) {
    emu::options.order = order;
    try_order(y, x, z);
  }
  emu::options = {};
  launch("unwritten", {1, 32}, unwritten, fresh, y);
  expect("uninitialised", "memory that nobody has written");
  check(launch("beyond", {1, 32}, beyond, y, 1000) == cudaErrorLaunchFailure, "a report fails the launch");
  check(std::strstr(cudaGetErrorString(cudaErrorLaunchFailure), "machine_test.cu"), "an error names file and line");
  expect("out of bounds", "beyond the end once more");
  cudaFree(y);
  expect("", "what is allocated is freed");
  cudaFree(y);
  expect("free", "twice");
  for (void* p : {static_cast<void*>(x), static_cast<void*>(z), static_cast<void*>(fresh)}) cudaFree(p);
}

void try_sentences() {
  check(says(cudaErrorNoDevice, LT_UNAVAILABLE, "there is no CUDA device on this machine"), "no device");
  emu::options.driver_version = 0;
  check(says(cudaErrorInsufficientDriver, LT_UNAVAILABLE, "there is no CUDA driver on this machine"), "no driver");
  emu::options.driver_version = 11040;
  check(says(cudaErrorInsufficientDriver, LT_UNAVAILABLE,
             "the CUDA driver is for CUDA 11.4, older than the 13.0 that this module needs"),
        "an old driver");
  check(says(cudaErrorInvalidConfiguration, LT_FAILED, "add: the CUDA device failed: invalid configuration argument"),
        "a failed launch");
  emu::options = {};
}
