// An array in NumPy's format from any stream: a file, or a part of an archive. Not installed.
#pragma once
#include "logitape/core/tensor.h"
#include "logitape/train/data/source.h"

namespace logitape::inline v0::data {

// Errors: those of load_npy.
Tensor read_npy(Stream& stream);

}  // namespace logitape::inline v0::data
