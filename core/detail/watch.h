// Who wants to know, on this thread, of the arrays that tensors are given and of the values that are read out of them:
// backends/wide keeps low parts beside arrays, and drops them with the array. Not installed.
#pragma once
#include <cstdint>

#include "logitape/core/dtype.h"

namespace logitape::inline v0 {

struct TensorWatcher {
  virtual ~TensorWatcher() = default;
  // Before anyone writes to it; borrowed data too.
  virtual void given(const void* data, std::int64_t bytes, DType dtype) = 0;
  // By to_vector or item.
  virtual void read(DType dtype) = 0;
};

// Null: nobody. Returns the one before.
TensorWatcher* watch_tensors(TensorWatcher* next) noexcept;

}  // namespace logitape::inline v0
