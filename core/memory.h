// Memory: one pool for nodes, shapes and buffers, cached by size class, and the one seam where requests to the system
// are counted and can be made to fail. Everything is 64-byte aligned; above 1 MB it is 2 MB-aligned and asks for huge
// pages. Under a sanitizer or valgrind every request goes to malloc, so that they see each block.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>

namespace logitape::inline v0::memory {

// Throws Error(out_of_memory). `bytes` may be 0.
void* allocate(std::size_t bytes);
// `bytes` as given to allocate.
void release(void* block, std::size_t bytes) noexcept;

// What the pool has handed out to all threads.
struct Counts {
  std::int64_t live_bytes = 0;  // bytes asked for and not yet released
  std::int64_t live_blocks = 0;
  std::int64_t peak_bytes = 0;       // largest live_bytes since reset_peak
  std::int64_t requests = 0;         // calls of allocate, from the start of the process
  std::int64_t system_requests = 0;  // the ones that the caches could not serve
  std::int64_t live_nodes = 0;       // what count_nodes was told
};
// As they are now; reset_peak lets peak_bytes begin again at live_bytes.
Counts counts() noexcept;
void reset_peak() noexcept;
// So many nodes of a tape more. They are counted here because here each thread counts for itself.
void count_nodes(std::int64_t more) noexcept;

// The n-th call of allocate from now (1 is the next) throws as if the system had none left; 0 switches it off.
void fail_request(std::int64_t n) noexcept;

// Gives cached blocks above 1 KB back to the system; allocate does so itself before it gives up.
void trim() noexcept;

// For std containers inside the library: what a training step builds comes from the pool too.
template <class T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(memory::allocate(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t n) noexcept { memory::release(p, n * sizeof(T)); }
  friend bool operator==(const PoolAllocator&, const PoolAllocator&) { return true; }
};

}  // namespace logitape::inline v0::memory
