// The only header of CUDA that a kernel includes. One source serves nvcc, for a GPU, and with LOGITAPE_CUDA_EMULATED
// g++ and clang++, for a device that the host emulates (emulation/). What a kernel must respect:
//   shared memory is SHARED_ARRAY(type, name, extents) or DYNAMIC_SHARED(name); kernels start by launch(), not <<<>>>
//   16-byte accesses are load16 and store16; assembly lives here alone, each with a twin in emulation/warp.h
//   f16 and bf16 are storage: convert, then compute in float
//   __CUDA_ARCH__ >= 900 guards clusters, bulk copies and mbarriers (true on the host)
#pragma once
#if defined(LOGITAPE_CUDA_EMULATED)
#include "logitape/backends/cuda/emulation/device.h"
#define DEVICE __device__ __forceinline__
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

#define DEVICE __device__ __forceinline__
#define SHARED_ARRAY(type, name, ...) __shared__ type name[__VA_ARGS__]
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]

struct LaunchShape {
  dim3 grid, block;
  size_t shared = 0;
  cudaStream_t stream = nullptr;
  unsigned cluster = 1;
};

template <class... P, class... A>
cudaError_t launch(const char*, const LaunchShape& s, void (*kernel)(P...), const A&... a) {
  cudaLaunchConfig_t config{};
  cudaLaunchAttribute wish[1];
  config.gridDim = s.grid;
  config.blockDim = s.block;
  config.dynamicSmemBytes = s.shared;
  config.stream = s.stream;
  config.attrs = wish;
  if (s.cluster > 1) {
    wish[0].id = cudaLaunchAttributeClusterDimension;
    wish[0].val.clusterDim.x = s.cluster;
    wish[0].val.clusterDim.y = wish[0].val.clusterDim.z = 1;
    config.numAttrs = 1;
  }
  return cudaLaunchKernelEx(&config, kernel, static_cast<P>(a)...);
}

DEVICE float ex2_approx(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE float lg2_approx(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE float rcp_approx(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

DEVICE float larger_or_nan(float a, float b) {
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(a), "f"(b));
  return y;
}
// The same of two halves in a word.
DEVICE unsigned larger_or_nan(__nv_bfloat16, unsigned a, unsigned b) {
  unsigned y;
  asm("max.NaN.bf16x2 %0, %1, %2;" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
DEVICE unsigned larger_or_nan(__half, unsigned a, unsigned b) {
  unsigned y;
  asm("max.NaN.f16x2 %0, %1, %2;" : "=r"(y) : "r"(a), "r"(b));
  return y;
}
// Rounded to the 10 bits after the point that tensor cores read of an f32, halves away from 0.
DEVICE unsigned to_tf32(float x) {
  unsigned y;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
  return y;
}
// sum += a * b by a whole warp, a of 16 rows, b of 8 columns, 8 words of operands along the sum: pairs of bf16, or
// tf32. Lane 4r + w has a[r, w], a[r + 8, w], a[r, w + 4], a[r + 8, w + 4], b[w, r], b[w + 4, r], and of sum the
// columns 2w and 2w + 1 in row r, then in row r + 8.
DEVICE void multiply_bf16(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE void multiply_tf32(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE uint4 load16(const void* p) { return *static_cast<const uint4*>(p); }
DEVICE void store16(void* p, uint4 v) { *static_cast<uint4*>(p) = v; }
DEVICE void store16_global(void* p, uint4 v) { __stwb(static_cast<uint4*>(p), v); }  // never to shared memory
DEVICE uint4 load16_streaming(const void* p) { return __ldcs(static_cast<const uint4*>(p)); }
DEVICE void store16_streaming(void* p, uint4 v) { __stcs(static_cast<uint4*>(p), v); }
DEVICE unsigned shared_address(const void* p) { return static_cast<unsigned>(__cvta_generic_to_shared(p)); }
DEVICE void async_copy16(void* to, const void* from) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(to)), "l"(from) : "memory");
}
DEVICE void async_wait() { asm volatile("cp.async.wait_all;" ::: "memory"); }

#if __CUDA_ARCH__ >= 900
DEVICE unsigned cluster_rank() { return __clusterRelativeBlockRank(); }
DEVICE void cluster_arrive() { __cluster_barrier_arrive(); }
DEVICE void cluster_wait() { __cluster_barrier_wait(); }
template <class T>
DEVICE T* cluster_map(T* mine, unsigned rank) {
  return static_cast<T*>(__cluster_map_shared_rank(mine, rank));
}
DEVICE void barrier_init(uint64_t* b, unsigned count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(b)), "r"(count) : "memory");
}
DEVICE void barrier_fence() {
  asm volatile("fence.mbarrier_init.release.cluster;\nfence.proxy.async.shared::cta;" ::: "memory");
}
DEVICE void barrier_expect(uint64_t* b, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(b)), "r"(bytes)
               : "memory");
}
DEVICE void barrier_wait(uint64_t* b, unsigned parity) {
  asm volatile(
      "{\n.reg .pred p;\nW_%=:\nmbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra D_%=;\nbra W_%=;\nD_%=:\n}" ::"r"(shared_address(b)),
      "r"(parity)
      : "memory");
}
DEVICE void bulk_copy(void* to, const void* from, unsigned bytes, uint64_t* b) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(
                   shared_address(to)),
               "l"(from), "r"(bytes), "r"(shared_address(b))
               : "memory");
}
#endif
#endif
