// Equality of bytes of tensors. Apart from same_bits.h, since below backends/kernels.h no Tensor exists.
#pragma once
#include <cstddef>
#include <cstring>

#include "logitape/core/dtype.h"
#include "logitape/core/tensor.h"
#include "tests/support/same_bits.h"

namespace logitape::tests {

// Of one shape and dtype too.
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.size() == 0 ||
          std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * byte_size(a.dtype())) == 0);
}

}  // namespace logitape::tests
