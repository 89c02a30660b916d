// The words of CUDA C++ that g++ does not have, and CUDA's vector types.
#pragma once
#include <cstddef>
#include <cstdint>

#define __global__
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__  // nvcc then reads a parameter where it lies
#define __CUDA_ARCH__ 900

// Whether this file's loads and stores call the hooks of hooks.cpp.
#if defined(__SANITIZE_THREAD__)
#define EMU_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EMU_WATCHED 1
#endif
#endif
#if !defined(EMU_WATCHED)
#define EMU_UNSEEN inline
#elif defined(__clang__)
#define EMU_UNSEEN __attribute__((no_sanitize("thread"), noinline))
#else  // g++ moves the load of a function that is merely noinline into its caller, where it is seen
#define EMU_UNSEEN __attribute__((no_sanitize("thread"), noipa))
#endif

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3() = default;
  dim3(unsigned a, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
