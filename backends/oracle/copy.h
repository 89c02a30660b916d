// Scalar twin of copy: element [i, j, ...] of one view to element [i, j, ...] of the other.
#pragma once
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

template <class S>
void copy(const backends::CopyArgs& a) {
  backends::Loop<2> loop{.rank = a.rank};
  for (int r = 0; r < a.rank; ++r) {
    loop.size[r] = a.size[r];
    loop.step[0][r] = a.from_step[r];
    loop.step[1][r] = a.to_step[r];
  }
  walk(loop, [&](std::int64_t, const std::int64_t* at) { move_element<S>(a.element_size, a.x, at[0], a.y, at[1]); });
}

template <class S>
void fill_copy(backends::Kernels& k) {
  k.copy = copy<S>;
}

}  // namespace logitape::inline v0::oracle
