// What -fsanitize=thread makes a file call for its loads and stores. Our own hooks: there is no libtsan in it.
#include <cstring>

#include "logitape/backends/cuda/emulation/machine.h"

using emu::access;
using emu::Kind;

#define HERE __builtin_return_address(0)
#define HOOKS(n)                                                               \
  void __tsan_read##n(void* p) { access(p, n, Kind::load, HERE); }             \
  void __tsan_write##n(void* p) { access(p, n, Kind::store, HERE); }           \
  void __tsan_unaligned_read##n(void* p) { access(p, n, Kind::load, HERE); }   \
  void __tsan_unaligned_write##n(void* p) { access(p, n, Kind::store, HERE); } \
  void __tsan_read_write##n(void* p) {                                         \
    access(p, n, Kind::load, HERE);                                            \
    access(p, n, Kind::store, HERE);                                           \
  }

extern "C" {
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
void __tsan_init() { emu::watched = true; }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_read_range(void* p, std::size_t n) { access(p, n, Kind::load, HERE); }
void __tsan_write_range(void* p, std::size_t n) { access(p, n, Kind::store, HERE); }
void* __tsan_memcpy(void* to, const void* from, std::size_t n) {
  access(from, n, Kind::load, HERE);
  access(to, n, Kind::store, HERE);
  return std::memcpy(to, from, n);
}
void* __tsan_memset(void* to, int v, std::size_t n) {
  access(to, n, Kind::store, HERE);
  return std::memset(to, v, n);
}
}

// The host's side of the module has atomics of its own, which the compiler also hands over: they are what they were.
#define ATOMICS(bits, type)                                                                                     \
  extern "C" type __tsan_atomic##bits##_load(const volatile type* p, int) {                                     \
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                                                \
  }                                                                                                             \
  extern "C" void __tsan_atomic##bits##_store(volatile type* p, type v, int) {                                  \
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                                                   \
  }                                                                                                             \
  extern "C" type __tsan_atomic##bits##_exchange(volatile type* p, type v, int) {                               \
    return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                                         \
  }                                                                                                             \
  extern "C" type __tsan_atomic##bits##_fetch_add(volatile type* p, type v, int) {                              \
    return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                                                          \
  }                                                                                                             \
  extern "C" type __tsan_atomic##bits##_fetch_sub(volatile type* p, type v, int) {                              \
    return __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST);                                                          \
  }                                                                                                             \
  extern "C" int __tsan_atomic##bits##_compare_exchange_strong(volatile type* p, type* was, type v, int, int) { \
    return __atomic_compare_exchange_n(p, was, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                   \
  }
ATOMICS(8, unsigned char)
ATOMICS(32, unsigned)
ATOMICS(64, unsigned long)
#undef ATOMICS
