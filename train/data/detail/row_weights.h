// What counts how much: weights of rows, checked. Not installed.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0::train {

// The weights as f64; of an empty tensor 1 for each row. Errors: another shape than [rows], another dtype than f32 and
// f64; a weight that is negative or not finite, named with its row; weights that are all 0.
std::vector<double> checked_weights(const char* op, const Tensor& weights, std::int64_t rows);

}  // namespace logitape::inline v0::train
