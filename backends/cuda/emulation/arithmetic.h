// CUDA's arithmetic on the host: rounded correctly where a GPU does so, off by Options::approximate where it does not.
// f16 and bf16 are storage, as in device.cuh.
#pragma once
#include <cmath>
#include <limits>
#include <type_traits>

#include "logitape/backends/cuda/emulation/emulator.h"
#include "logitape/backends/cuda/emulation/kernel.h"

template <class A, class B>
constexpr std::common_type_t<A, B> min(A a, B b) {
  return a < b ? a : b;
}
template <class A, class B>
constexpr std::common_type_t<A, B> max(A a, B b) {
  return a < b ? b : a;
}

// Keeps the compiler from fusing what made v with what uses it.
template <class T>
T emu_alone(T v) {
#if defined(__x86_64__)
  asm("" : "+x"(v));
#elif defined(__aarch64__)
  asm("" : "+w"(v));
#endif
  return v;
}
inline float __fadd_rn(float a, float b) { return emu_alone(a + b); }
inline float __fsub_rn(float a, float b) { return emu_alone(a - b); }
inline float __fmul_rn(float a, float b) { return emu_alone(a * b); }
inline float __fdiv_rn(float a, float b) { return emu_alone(a / b); }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fmaf(a, b, c); }
inline double __dadd_rn(double a, double b) { return emu_alone(a + b); }
inline double __dsub_rn(double a, double b) { return emu_alone(a - b); }
inline double __dmul_rn(double a, double b) { return emu_alone(a * b); }
inline double __ddiv_rn(double a, double b) { return emu_alone(a / b); }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }

inline unsigned __float_as_uint(float v) { return emu::from_bits<unsigned>(emu::to_bits(v)); }
inline int __float_as_int(float v) { return emu::from_bits<int>(emu::to_bits(v)); }
inline float __uint_as_float(unsigned v) { return emu::from_bits<float>(emu::to_bits(v)); }
inline float __int_as_float(int v) { return emu::from_bits<float>(emu::to_bits(v)); }
inline long long __double_as_longlong(double v) { return emu::from_bits<long long>(emu::to_bits(v)); }
inline double __longlong_as_double(long long v) { return emu::from_bits<double>(emu::to_bits(v)); }

inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline int __clz(int v) { return v ? __builtin_clz(static_cast<unsigned>(v)) : 32; }
inline int __clzll(long long v) { return v ? __builtin_clzll(static_cast<unsigned long long>(v)) : 64; }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(std::uint64_t{a} * b >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<wide>(a) * b >> 64);
}

namespace emu {
inline float off_by_ulps(float exact) {
  int by = options.approximate;
  if (!by || !std::isfinite(exact) || exact == 0) return exact;
  const unsigned bits = __float_as_uint(exact);
  if (options.wobble) {
    const int most = by < 0 ? -by : by;
    by = static_cast<int>((bits * 2654435761u >> 16) % static_cast<unsigned>(2 * most + 1)) - most;
  }
  return __uint_as_float(bits + static_cast<unsigned>(exact > 0 ? by : -by));
}
}  // namespace emu

// What is subnormal is 0 to the approximate functions. ex2.approx.ftz.f32: 2 ULP, exact at 0.
inline float emu_flush(float v) { return std::fabs(v) < std::numeric_limits<float>::min() ? std::copysign(0.f, v) : v; }
inline float ex2_approx(float x) {
  x = emu_flush(x);
  return x == 0 ? 1 : emu_flush(emu::off_by_ulps(exp2f(x)));
}
inline float lg2_approx(float x) { return emu::off_by_ulps(log2f(emu_flush(x))); }
inline float rcp_approx(float x) { return emu_flush(emu::off_by_ulps(1.f / emu_flush(x))); }
inline float rsqrtf(float x) { return emu::off_by_ulps(static_cast<float>(1 / std::sqrt(static_cast<double>(x)))); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }

struct __nv_bfloat16 {
  std::uint16_t bits;
};
struct alignas(4) __nv_bfloat162 {
  __nv_bfloat16 x, y;
};
inline float __bfloat162float(__nv_bfloat16 v) { return __uint_as_float(static_cast<unsigned>(v.bits) << 16); }
inline __nv_bfloat16 __float2bfloat16_rn(float v) {
  const unsigned b = __float_as_uint(v);
  if (v != v) return {0x7fff};
  return {static_cast<std::uint16_t>((b + 0x7fff + ((b >> 16) & 1)) >> 16)};
}
inline __nv_bfloat162 __floats2bfloat162_rn(float x, float y) {
  return {__float2bfloat16_rn(x), __float2bfloat16_rn(y)};
}

struct __half {
  std::uint16_t bits;
};
inline float __half2float(__half v) {
  const unsigned sign = (v.bits & 0x8000u) << 16, magnitude = v.bits & 0x7fffu;
  if (magnitude >= 0x7c00) return __uint_as_float(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude >= 0x400) return __uint_as_float(sign | ((magnitude << 13) + (112u << 23)));
  const float small = static_cast<float>(magnitude) * 0x1p-24f;  // subnormal: a multiple of 2^-24
  return sign ? -small : small;
}
inline __half __float2half_rn(float v) {
  const unsigned sign = (__float_as_uint(v) >> 16) & 0x8000u, magnitude = __float_as_uint(v) & 0x7fffffffu;
  if (v != v) return {0x7fff};
  if (magnitude >= 0x477ff000u) return {static_cast<std::uint16_t>(sign | 0x7c00)};  // 65520 and more
  if (magnitude < 0x38800000u) {  // below 2^-14: adding 1/2 leaves the multiple of 2^-24 in the lowest bits
    const float at_half = emu_alone(__uint_as_float(magnitude) + 0.5f);
    return {static_cast<std::uint16_t>(sign | (__float_as_uint(at_half) - 0x3f000000u))};
  }
  const unsigned rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return {static_cast<std::uint16_t>(sign | ((rounded - (112u << 23)) >> 13))};
}

// max.NaN of two halves in a word; `up` is a half's value.
template <class Up>
unsigned emu_larger_or_nan(unsigned a, unsigned b, Up up) {
  unsigned both = 0;
  for (int at = 0; at < 32; at += 16) {
    const auto x = static_cast<std::uint16_t>(a >> at), y = static_cast<std::uint16_t>(b >> at);
    const float of_x = up(x), of_y = up(y);
    const unsigned larger = of_x > of_y ? x : of_x < of_y ? y : x & y;  // + 0 is larger than -0
    both |= (of_x != of_x || of_y != of_y ? 0x7fff : larger) << at;
  }
  return both;
}
inline unsigned larger_or_nan(__nv_bfloat16, unsigned a, unsigned b) {
  return emu_larger_or_nan(a, b, [](std::uint16_t bits) { return __bfloat162float({bits}); });
}
inline unsigned larger_or_nan(__half, unsigned a, unsigned b) {
  return emu_larger_or_nan(a, b, [](std::uint16_t bits) { return __half2float({bits}); });
}
