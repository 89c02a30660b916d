// Kernels whose figures are plain to see, for known.py: what reads nvcc's listings has to find them.
namespace {

// 16 bytes at once, 4 elements an iteration.
__global__ void __launch_bounds__(128) wide(const float4* x, float4* y, int n) {
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < n; i += 128) {
    const float4 v = x[i];
    y[i] = {v.x + 1, v.y + 1, v.z + 1, v.w + 1};
  }
}

// The same by element.
__global__ void __launch_bounds__(256) narrow(const float* x, float* y, int n) {
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < n; i += 256) y[i] = x[i] + 1;
}

// Two walks over a row, with a rare division in the second; between them something through shared memory.
__global__ void __launch_bounds__(64) two_walks(const float4* x, float4* y, int n, double by) {
  __shared__ float part[64];
  float sum = 0;
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < n; i += 64) sum += x[i].x + x[i].y + x[i].z + x[i].w;
  part[threadIdx.x] = sum;
  __syncthreads();
  const float other = part[63 - threadIdx.x];
#pragma unroll 1
  for (int i = static_cast<int>(threadIdx.x); i < n; i += 64) {
    float4 v = x[i];
    if (v.x > 1e30f) v.x = static_cast<float>(v.x / by);
    y[i] = {v.x + other, v.y + other, v.z + other, v.w + other};
  }
}

// An array whose index is not known lies in memory, as registers that are spilled do.
__global__ void __launch_bounds__(1024) spills(const float* x, float* y, int at) {
  float v[96];
#pragma unroll
  for (int i = 0; i < 96; ++i) v[i] = x[1024 * i + threadIdx.x];
  y[threadIdx.x] = v[at] + v[at / 2];
}

}  // namespace

void launch_known(const float4* x, float4* y, int n) {
  wide<<<1, 128>>>(x, y, n);
  narrow<<<1, 256>>>(&x->x, &y->x, n);
  two_walks<<<1, 64>>>(x, y, n, 3);
  spills<<<1, 1024>>>(&x->x, &y->x, n);
}
