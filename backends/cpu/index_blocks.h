// Indices of any integer dtype, read as i64 in blocks on the stack: kernels know only one kind of index.
#pragma once
#include <algorithm>
#include <cstdint>

#include "logitape/core/dtype.h"

namespace logitape::inline v0::cpu {

constexpr std::int64_t indices_at_once = 256;

// block[i] = indices[begin + i], for at most indices_at_once of them; index.cpp.
void read_indices(DType dtype, const void* indices, std::int64_t begin, std::int64_t count, std::int64_t* block);

// Calls f(position, index) for the positions [begin, end) of an index array, in order.
template <class F>
void for_each_index(DType dtype, const void* indices, std::int64_t begin, std::int64_t end, F f) {
  std::int64_t block[indices_at_once];
  for (; begin < end; begin += indices_at_once) {
    const std::int64_t count = std::min(indices_at_once, end - begin);
    read_indices(dtype, indices, begin, count, block);
    for (std::int64_t j = 0; j < count; ++j) f(begin + j, block[j]);
  }
}

}  // namespace logitape::inline v0::cpu
