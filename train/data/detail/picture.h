// Whether rows of numbers are pictures. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "logitape/train/data/preprocessing.h"

namespace logitape::inline v0::data {

// x: rows of side * side numbers. True if, over 30 rows or more, numbers correlate clearly better with their neighbours
// (beside, below and at the corner) than with numbers half a picture away, and better than one row's end with the next
// row's beginning, which are neighbours in a series but not in a picture.
bool look_like_pictures(std::span<const double> x, std::int64_t side);

// Whether two shapes of rows are the same picture, one with an axis for its only channel.
bool are_same_picture(std::vector<std::int64_t> a, std::vector<std::int64_t> b);

// Error of `op`: the pixels are from 0 to 1, but those that the column was fitted to from 0 to 255, or the other way
// round: such pictures would be all black, or all white. Only columns scaled from the least to the largest are checked.
void require_pixels_alike(const char* op, const Tensor& raw, const PreparedColumn& pixels);

}  // namespace logitape::inline v0::data
