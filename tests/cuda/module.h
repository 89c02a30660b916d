// The emulated CUDA module, opened once, and arrays in its device's memory.
#pragma once
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "logitape/backends/kernels.h"

namespace logitape::tests {

const lt_module& cuda_module();  // $LOGITAPE_CUDA_BACKEND's, else the one that this build made
lt_context* context();           // of its device 0

inline void ok(lt_status status) {
  INFO(cuda_module().message());
  REQUIRE(status == LT_OK);
}

// Bytes of device memory, full of `filling` but for what the host gives. `shift`: it begins so far behind an address
// that 256 divides.
class Array {
 public:
  explicit Array(std::size_t bytes, std::size_t shift = 0) : bytes_(bytes), shift_(shift) {
    ok(cuda_module().allocate(context(), bytes + shift + guard, &data_));
    const std::vector<unsigned char> start(bytes + shift + guard, filling);
    ok(cuda_module().copy_to_device(context(), data_, start.data(), start.size()));
  }
  template <class T>
  explicit Array(const std::vector<T>& v, std::size_t shift = 0) : Array(v.size() * sizeof(T), shift) {
    ok(cuda_module().copy_to_device(context(), data(), v.data(), bytes_));
  }
  ~Array() { ok(cuda_module().release(context(), data_, bytes_ + shift_ + guard)); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  void* data() const { return static_cast<char*>(data_) + shift_; }
  template <class T>
  std::vector<T> host() const {
    std::vector<T> v(bytes_ / sizeof(T));
    ok(cuda_module().copy_to_host(context(), v.data(), data(), bytes_));
    return v;
  }
  // Whether nothing has been written before and behind it.
  bool guarded() const {
    std::vector<unsigned char> all(bytes_ + shift_ + guard);
    ok(cuda_module().copy_to_host(context(), all.data(), data_, all.size()));
    for (std::size_t i = 0; i < all.size(); ++i)
      if ((i < shift_ || i >= shift_ + bytes_) && all[i] != filling) return false;
    return true;
  }

 private:
  static constexpr unsigned char filling = 0x5a;
  static constexpr std::size_t guard = 32;
  std::size_t bytes_, shift_;
  void* data_ = nullptr;
};

}  // namespace logitape::tests
