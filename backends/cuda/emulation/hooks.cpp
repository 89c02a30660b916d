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
std::uint8_t __tsan_atomic8_load(const volatile std::uint8_t* p, int) { return *p; }
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
