// A digest tells rows, and their order, from others. Not installed.
#pragma once
#include <string>

#include "logitape/train/data/dataset.h"

namespace logitape::inline v0::train {

// 64 bits of the dtypes, shapes and bytes, as 16 hexadecimal digits. They find mistakes, not forgeries.
std::string digest_of(const Dataset& rows);
// The one that checkpoints of format 4 hold, several times as slow.
std::string digest_in_one_chain(const Dataset& rows);
std::string digest_of(TensorList tensors);

}  // namespace logitape::inline v0::train
