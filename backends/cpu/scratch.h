// An array of a thread's own, from the pool: no request to the system in the steady state.
#pragma once
#include <cstddef>
#include <cstdint>

#include "logitape/core/memory.h"

namespace logitape::inline v0::cpu {

// `size` elements, not initialised. Without elements `at` is null, and so is `*this + i` for every i.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t size)
      : bytes_(static_cast<std::size_t>(size) * sizeof(T)),
        at(size > 0 ? static_cast<T*>(memory::allocate(bytes_)) : nullptr) {}
  ~Scratch() {
    if (at) memory::release(at, bytes_);
  }
  Scratch(const Scratch&) = delete;
  T* operator+(std::int64_t i) const { return at ? at + i : nullptr; }

 private:
  const std::size_t bytes_;

 public:
  T* const at;
};

}  // namespace logitape::inline v0::cpu
