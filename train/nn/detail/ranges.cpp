// Checks of options that are numbers.
#include "logitape/train/nn/detail/ranges.h"

#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {

void require_at_least_0(const char* op, const char* option, double value) {
  require(std::isfinite(value) && value >= 0, ErrorCode::out_of_range, op, "{} {} is not a finite number of 0 or more",
          option, value);
}

void require_above_0(const char* op, const char* option, double value) {
  require(std::isfinite(value) && value > 0, ErrorCode::out_of_range, op, "{} {} is not a finite number above 0",
          option, value);
}

void require_below_1(const char* op, const char* option, double value) {
  require(value >= 0 && value < 1, ErrorCode::out_of_range, op, "{} {} is outside [0, 1)", option, value);
}

}  // namespace logitape::inline v0::train
