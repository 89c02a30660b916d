// Some rows of a tensor. Not installed.
#pragma once
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0::train {

// x[begin : begin + count], all of each row; count -1 goes to the end.
inline Tensor rows_of(const Tensor& x, std::int64_t begin, std::int64_t count) {
  Ints first, size;
  for (int r = 0; r < x.rank(); ++r) {
    first.push(r == 0 ? begin : 0);
    size.push(r == 0 ? count : -1);
  }
  return slice(x, first, size);
}

}  // namespace logitape::inline v0::train
