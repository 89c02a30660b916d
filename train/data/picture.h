// Whether rows of numbers are pictures. Not installed.
#pragma once
#include <cstdint>
#include <span>

namespace logitape::inline v0::data {

// x: rows of side * side numbers. True where, over 30 rows and more, the correlation of a number with its neighbours,
// beside, below and at its corner, is clearly above that with numbers half a picture away, and above that of one row's
// end with the next row's begin, which are neighbours in a series and no neighbours in a picture.
bool look_like_pictures(std::span<const double> x, std::int64_t side);

}  // namespace logitape::inline v0::data
