// Scalar twin of copy: element [i, j, ...] of one view to element [i, j, ...] of the other.
#pragma once
#include <cstring>

#include "oracle.h"

namespace logitape::oracle {

inline void copy(const backends::CopyArgs& a) {
  backends::Loop<2> loop{.rank = a.rank};
  for (int r = 0; r < a.rank; ++r) {
    loop.size[r] = a.size[r];
    loop.step[0][r] = a.from_step[r];
    loop.step[1][r] = a.to_step[r];
  }
  walk(loop, [&](std::int64_t, const std::int64_t* at) {
    std::memcpy(static_cast<char*>(a.y) + at[1] * a.element_size, static_cast<const char*>(a.x) + at[0] * a.element_size,
                static_cast<std::size_t>(a.element_size));
  });
}

template <class S>
void fill_copy(backends::Kernels& k) {
  k.copy = copy;
}

}  // namespace logitape::oracle
