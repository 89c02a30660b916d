// The check of indices that index ops and losses share. Not installed.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

// Error out_of_range: "label 10 at row 17 is outside [0, 10), as are 2 more", before anything is computed; on a device
// at the next read that waits for it. Where keep (null: all) is 0 any index will do.
void check_index_range(const char* op, const char* what, const char* where, const Tensor& indices, std::int64_t limit,
                       const std::uint8_t* keep = nullptr);

// Error out_of_range with the sentence, in which {position} may stand, where a flag on a device is true and keep does
// not say otherwise: at the next read that waits for the device.
void check_flags(const char* op, const std::string& sentence, const Tensor& flags, const Tensor& keep = {});

// gather along axis 0 by indices that are in range.
Tensor gather_checked(const Tensor& x, const Tensor& indices);

}  // namespace logitape::inline v0::ops
