// The rows of a table that some indices name, where they are few. Not installed.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

struct UsedRows {
  Tensor rows;    // i64 [used], each once, in ascending order
  Tensor places;  // i64, of the indices' shape: where in `rows` each of them is
};

// Of indices on the cpu.
UsedRows used_rows(const Tensor& indices);

}  // namespace logitape::inline v0::ops
