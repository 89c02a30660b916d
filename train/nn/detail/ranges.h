// The ranges of options. Not installed.
#pragma once

namespace logitape::inline v0::train {

// Errors: an option that is outside its range, or not finite.
void require_at_least_0(const char* op, const char* option, double value);
void require_above_0(const char* op, const char* option, double value);
void require_below_1(const char* op, const char* option, double value);  // in [0, 1)

}  // namespace logitape::inline v0::train
