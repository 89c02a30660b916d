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

bool all_zero(const float* y, int n) {
  for (int i = 0; i < n; ++i)
    if (y[i] != 0) return false;
  return true;
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

// The m16n8k16 of PTX's manual, element by element: c[16, 8] = a[16, 16] * b[16, 8] of small whole numbers.
__global__ void tensor_product(float* c, bool whole_warp) {
  const int lane = static_cast<int>(threadIdx.x), group = lane / 4, in_group = lane % 4;
  const auto a = [](int i, int k) { return static_cast<float>((3 * i + 5 * k) % 7 - 3); };
  const auto b = [](int k, int j) { return static_cast<float>((k + 2 * j) % 5 - 2); };
  const auto pair = [](float lower, float upper) {
    return (__float_as_uint(upper) & 0xffff0000u) | __float_as_uint(lower) >> 16;
  };
  unsigned of_a[4], of_b[2];
  for (int r = 0; r < 4; ++r) {
    const int row = group + r % 2 * 8, k = in_group * 2 + r / 2 * 8;
    of_a[r] = pair(a(row, k), a(row, k + 1));
    if (r < 2) of_b[r] = pair(b(in_group * 2 + r * 8, group), b(in_group * 2 + r * 8 + 1, group));
  }
  float sum[4] = {1, 1, 1, 1};
  if (whole_warp || lane < 31) multiply_bf16(sum, of_a, of_b);
  if (whole_warp) {  // the first eight columns once more, by the m16n8k8 of tf32
    const unsigned x[] = {__float_as_uint(a(group, in_group)), __float_as_uint(a(group + 8, in_group)),
                          __float_as_uint(a(group, in_group + 4)), __float_as_uint(a(group + 8, in_group + 4))};
    const unsigned y[] = {__float_as_uint(b(in_group, group)), __float_as_uint(b(in_group + 4, group))};
    multiply_tf32(sum, x, y);
  }
  for (int r = 0; r < 4; ++r) {
    const int i = group + r / 2 * 8, j = in_group * 2 + r % 2;
    float want = 1;
    for (int k = 0; k < 24; ++k) want += a(i, k % 16) * b(k % 16, j);
    c[lane * 4 + r] = sum[r] - want;
  }
}
__global__ void round_tf32(float* y) {
  y[0] = __uint_as_float(to_tf32(0x1.002p0f)) - 0x1.004p0f;  // a half goes away from 0
  y[1] = __uint_as_float(to_tf32(-0x1.001ffep0f)) + 1;
}
// Of two pairs of halves the larger ones: 1 and -2 beside 2 and 0, zeros of both signs, a NaN, infinities.
__global__ void larger_halves(float* y) {
  const __nv_bfloat16 b{};
  const __half h{};
  y[0] = larger_or_nan(b, 0x3f80c000, 0x40000000) != 0x40000000;
  y[1] = larger_or_nan(b, 0x80000000, 0x00008000) != 0;
  y[2] = larger_or_nan(b, 0x7fc0bf80, 0x3f80c000) != 0x7fffbf80;
  y[3] = larger_or_nan(h, 0x3c00c000, 0x40000000) != 0x40000000;
  y[4] = larger_or_nan(h, 0x80000000, 0x00008000) != 0;
  y[5] = larger_or_nan(h, 0x7c00fbff, 0x7bfffc00) != 0x7c00fbff;
  y[6] = larger_or_nan(h, 0x3c003c00, 0x00007e00) != 0x3c007fff;
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
  launch("tensor_product", {1, 32}, tensor_product, z, true);
  cudaMemcpy(f, z, 512, cudaMemcpyDeviceToHost);
  check(all_zero(f, 128), "a tensor core's product");
  launch("round_tf32", {1, 1}, round_tf32, z);
  cudaMemcpy(f, z, 8, cudaMemcpyDeviceToHost);
  check(all_zero(f, 2), "roundings to tf32");
  launch("larger_halves", {1, 1}, larger_halves, z);
  cudaMemcpy(f, z, 28, cudaMemcpyDeviceToHost);
  check(all_zero(f, 7), "the larger of two halves");
  expect("", "a tensor core's product by the whole warp");
  launch("tensor_product", {1, 32}, tensor_product, z, false);
  expect("warp mask", "a tensor core's product without a lane");
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
