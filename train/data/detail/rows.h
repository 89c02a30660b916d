// Some rows of a tensor, or of a Dataset. Not installed.
#pragma once
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/data/dataset.h"

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

// Copies of the rows named by order[begin : begin + count], i64, which are in range.
inline Dataset rows_of(const Dataset& dataset, const Tensor& order, std::int64_t begin, std::int64_t count) {
  const Tensor rows = slice(order, {begin}, {count}).to(dataset.inputs.device());
  return {ops::gather_checked(dataset.inputs, rows), ops::gather_checked(dataset.labels, rows),
          dataset.weights.defined() ? ops::gather_checked(dataset.weights, rows) : Tensor()};
}

}  // namespace logitape::inline v0::train
