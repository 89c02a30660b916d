// CUDA's operations of a warp and a block, its atomics, and the twins of what device.cuh writes in assembly.
#pragma once
#include <algorithm>
#include <type_traits>

#include "logitape/backends/cuda/emulation/kernel.h"

// A call's line tells two barriers apart.
#define EMU_LINE int line = __builtin_LINE()

inline void __syncthreads(EMU_LINE) { emu::block_barrier(0, line); }
inline int __syncthreads_count(int p, EMU_LINE) { return emu::block_barrier(p != 0, line); }
inline int __syncthreads_or(int p, EMU_LINE) { return emu::block_barrier(p != 0, line) != 0; }
inline int __syncthreads_and(int p, EMU_LINE) { return emu::block_barrier(p == 0, line) == 0; }
inline void __syncwarp(unsigned mask = ~0u, EMU_LINE) { emu::warp_op(emu::WarpOp::sync, mask, 0, 0, line); }

inline unsigned __ballot_sync(unsigned mask, int p, EMU_LINE) {
  return static_cast<unsigned>(emu::warp_op(emu::WarpOp::ballot, mask, p != 0, 0, line));
}
inline int __any_sync(unsigned mask, int p, EMU_LINE) { return __ballot_sync(mask, p, line) != 0; }
inline int __all_sync(unsigned mask, int p, EMU_LINE) { return __ballot_sync(mask, !p, line) == 0; }
inline unsigned __activemask() { return 1u << emu::lane(); }  // all that is sure

namespace emu {
template <class T>
T shuffle(unsigned mask, T v, int source, int line) {
  return from_bits<T>(warp_op(WarpOp::shuffle, mask, to_bits(v), source, line));
}
}  // namespace emu

template <class T>
T __shfl_sync(unsigned mask, T v, int source, int width = 32, EMU_LINE) {
  const int me = static_cast<int>(emu::lane());
  return emu::shuffle(mask, v, (me & ~(width - 1)) | (source & (width - 1)), line);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T v, int with, int width = 32, EMU_LINE) {
  const int me = static_cast<int>(emu::lane()), from = me ^ with;
  return emu::shuffle(mask, v, from > (me | (width - 1)) ? me : from, line);
}
template <class T>
T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32, EMU_LINE) {
  const int me = static_cast<int>(emu::lane()), from = me + static_cast<int>(by);
  return emu::shuffle(mask, v, from > (me | (width - 1)) ? me : from, line);
}
template <class T>
T __shfl_up_sync(unsigned mask, T v, unsigned by, int width = 32, EMU_LINE) {
  const int me = static_cast<int>(emu::lane()), from = me - static_cast<int>(by);
  return emu::shuffle(mask, v, from < (me & ~(width - 1)) ? me : from, line);
}

inline unsigned to_tf32(float v) {
  const unsigned b = __float_as_uint(v);
  return v != v ? 0x7fffffffu : (b + 0x1000u) & ~0x1fffu;
}
inline void multiply_bf16(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2], EMU_LINE) {
  emu::multiply({a, b, sum}, true, line);
}
inline void multiply_tf32(float (&sum)[4], const unsigned (&a)[4], const unsigned (&b)[2], EMU_LINE) {
  emu::multiply({a, b, sum}, false, line);
}

inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}

template <class T>
T atomicAdd(T* p, std::type_identity_t<T> v) {
  return emu::atomically(p, [v](T o) { return o + v; });
}
template <class T>
T atomicMin(T* p, std::type_identity_t<T> v) {
  return emu::atomically(p, [v](T o) { return std::min(o, v); });
}
template <class T>
T atomicMax(T* p, std::type_identity_t<T> v) {
  return emu::atomically(p, [v](T o) { return std::max(o, v); });
}
template <class T>
T atomicOr(T* p, std::type_identity_t<T> v) {
  return emu::atomically(p, [v](T o) { return o | v; });
}
template <class T>
T atomicExch(T* p, std::type_identity_t<T> v) {
  return emu::atomically(p, [v](T) { return v; });
}
template <class T>
T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v) {
  return emu::atomically(p, [=](T o) { return o == expected ? v : o; });
}

template <class T>
T __ldg(const T* p) {
  return *p;
}
template <class T>
T __ldcs(const T* p) {
  return *p;
}
template <class T>
void __stcs(T* p, T v) {
  *p = v;
}

inline float larger_or_nan(float a, float b) { return a != a || a > b ? a : b; }

inline uint4 load16(const void* p) {
  if (emu::watched) emu::vector_access(p, false);
  return emu::peek(static_cast<const uint4*>(p));
}
inline void store16(void* p, uint4 v) {
  if (emu::watched) emu::vector_access(p, true);
  emu::poke(static_cast<uint4*>(p), v);
}
inline void store16_global(void* p, uint4 v) { store16(p, v); }
inline uint4 load16_streaming(const void* p) { return load16(p); }
inline void store16_streaming(void* p, uint4 v) { store16(p, v); }

inline unsigned cluster_rank() { return emu::cluster_rank(); }
inline void cluster_arrive() { emu::cluster_arrive(); }
inline void cluster_wait(EMU_LINE) { emu::cluster_wait(line); }
template <class T>
T* cluster_map(T* mine, unsigned rank) {
  return static_cast<T*>(emu::cluster_map(mine, rank));
}
inline void barrier_init(std::uint64_t* b, unsigned count) { emu::barrier_init(b, count); }
inline void barrier_expect(std::uint64_t* b, unsigned bytes) { emu::barrier_expect(b, bytes); }
inline void barrier_wait(std::uint64_t* b, unsigned parity, EMU_LINE) { emu::barrier_wait(b, parity, line); }
inline void barrier_fence() {}
inline void bulk_copy(void* to, const void* from, unsigned bytes, std::uint64_t* b) {
  emu::bulk_copy(to, from, bytes, b);
}
inline void async_copy16(void* to, const void* from) { emu::async_copy16(to, from); }
inline void async_wait() { emu::async_wait(); }
