// ex2.approx at the integers: 2^n without an error where it is a normal number, 0 below, infinity above. The kernels'
// exponentials and their sums of powers of two count on it.
#include <cmath>
#include <cstdio>

#include "logitape/backends/cuda/device.cuh"

namespace {

constexpr int first = -200, count = 400;

__global__ void powers(float* y) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] = ex2_approx(static_cast<float>(first + i));
}

float right(int n) { return n < -126 ? 0.f : n > 127 ? INFINITY : std::ldexp(1.f, n); }

}  // namespace

int main() {
  float* y = nullptr;
  float h[count];
  cudaError_t e = cudaMalloc(&y, sizeof h);
  if (!e) e = launch("powers", LaunchShape{4, 128}, powers, y);
  if (!e) e = cudaMemcpy(h, y, sizeof h, cudaMemcpyDeviceToHost);
  if (e) {
    std::printf("ex2: %s\n", cudaGetErrorString(e));
    return e == cudaErrorNoDevice || e == cudaErrorInsufficientDriver ? 77 : 1;
  }
  int wrong = 0;
  for (int i = 0; i < count; ++i) {
    if (h[i] == right(first + i)) continue;
    ++wrong;
    std::printf("ex2(%d) is %a\n", first + i, h[i]);
  }
  std::printf("%d of %d powers of two are not exact\n", wrong, count);
  return wrong != 0;
}
