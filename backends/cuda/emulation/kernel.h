// The machine as kernels see it: who runs, shared memory, the operations that wait. Kernels reach it by CUDA's names.
#pragma once
#include <cstring>
#include <functional>

#include "logitape/backends/cuda/emulation/types.h"

struct CUstream_st;  // a stream, by CUDA's own name

namespace emu {

struct Where {
  uint3 thread, block;
};
extern Where* current;  // null: the host
extern dim3 grid_size, block_size;
extern bool watched;  // some file is compiled with the hooks

struct Shape {
  dim3 grid, block;
  std::size_t shared = 0;
  CUstream_st* stream = nullptr;
  unsigned cluster = 1;
};
int run(const Shape& shape, const char* name, const void* kernel, std::function<void()> body);

// The block's variable of that key; the first thread that comes makes it, full of NaN.
void* shared_variable(const void* key, std::size_t bytes, std::size_t align, const char* name);
void* dynamic_shared();

enum class WarpOp : std::uint8_t { none, sync, shuffle, ballot, multiply };
std::uint64_t warp_op(WarpOp op, unsigned mask, std::uint64_t value, int source, int line);
unsigned lane();
struct Fragments {  // what a lane has of a tensor core's product, as device.cuh says
  const unsigned *a, *b;
  float* sum;
};
void multiply(const Fragments& mine, bool pairs, int line);  // pairs of bf16 in a word, or one tf32
int block_barrier(int predicate, int line);                  // of how many threads the predicate held
unsigned cluster_rank(), cluster_size();
void cluster_arrive();
void cluster_wait(int line);
void* cluster_map(const void* mine, unsigned rank);

void barrier_init(std::uint64_t* b, unsigned count);
void barrier_expect(std::uint64_t* b, unsigned bytes);
void barrier_arrive(std::uint64_t* b);
void barrier_wait(std::uint64_t* b, unsigned parity, int line);
void bulk_copy(void* to, const void* from, unsigned bytes, std::uint64_t* b);
void async_copy16(void* to, const void* from);
void async_wait();

void atomic_access(const void* p, std::size_t bytes);
void vector_access(const void* p, bool write);  // 16 bytes

// Loads and stores that the hooks do not see.
template <class T>
EMU_UNSEEN T peek(const T* p) {
  return *p;
}
template <class T>
EMU_UNSEEN void poke(T* p, T v) {
  *p = v;
}

template <class T>
std::uint64_t to_bits(T v) {
  static_assert(sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}
template <class T>
T from_bits(std::uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

// One thread of the host runs at a time, so that what is not interrupted is atomic.
template <class T, class F>
T atomically(T* p, F f) {
  if (watched) atomic_access(p, sizeof *p);
  const T old = peek(p);
  poke(p, static_cast<T>(f(old)));
  return old;
}

}  // namespace emu

#define threadIdx (::emu::current->thread)
#define blockIdx (::emu::current->block)
#define blockDim (::emu::block_size)
#define gridDim (::emu::grid_size)
#define warpSize 32
#define SHARED_ARRAY(type, name, ...)                            \
  static char name##_key;                                        \
  type(&name)[__VA_ARGS__] = *static_cast<type(*)[__VA_ARGS__]>( \
      ::emu::shared_variable(&name##_key, sizeof(type[__VA_ARGS__]), alignof(type), #name))
#define DYNAMIC_SHARED(name) unsigned char* const name = static_cast<unsigned char*>(::emu::dynamic_shared())
