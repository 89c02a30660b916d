// The IDX format of the MNIST files (Y. LeCun, http://yann.lecun.com/exdb/mnist): two zero bytes, the element's type,
// the rank; each extent in 4 bytes, big-endian; the elements, big-endian. Plain, or packed by gzip.
#pragma once
#include <string>

#include "logitape/core/tensor.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {

// The array, as u8, i8, i16, i32, f32 or f64. `progress` is told how far reading is. Errors: io if the file cannot be
// read or is not IDX: another beginning, truncated, bytes behind the end, extents larger than the file can hold (found
// before memory is taken); unsupported for a rank above 8.
Tensor load_idx(const std::string& path, const ReadProgress& progress = {});

}  // namespace logitape::inline v0
