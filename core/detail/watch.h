// Who is told, on this thread, when a tensor is given an array and when values are read out of a tensor. backends/wide
// is: it keeps low parts beside arrays, and drops them with the array. Not installed.
#pragma once
#include <cstdint>

#include "logitape/core/dtype.h"

namespace logitape::inline v0 {

struct TensorWatcher {
  virtual ~TensorWatcher() = default;
  // Before anyone writes to it; borrowed data too.
  virtual void given(const void* data, std::int64_t bytes, DType dtype) = 0;
  // By to_vector, item, or a copy to another device.
  virtual void read(DType dtype) = 0;
};

// Null: nobody. Returns the watcher before.
TensorWatcher* watch_tensors(TensorWatcher* next) noexcept;
TensorWatcher* tensor_watcher() noexcept;

}  // namespace logitape::inline v0
