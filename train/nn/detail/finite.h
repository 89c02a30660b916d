// Finds elements that are not finite, and names them in words. Not installed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0::train {

// x as messages print it: a NaN loses its sign, which means nothing.
double spoken(double x);

// Whether every element is finite. True for every dtype that is no float.
bool all_finite(const Tensor& x);
// The same of several, f32 or f64 each, in one pass: u8 [1] on their device, 1 or 0.
Tensor finite_flag(TensorList list);

// The place of the first NaN; -1 if there is none.
std::int64_t first_nan(const Tensor& x);
// Error: out_of_range for a NaN in x [..., classes]: "the logit of class 2 at row 7 is NaN".
void require_no_nan(const char* op, const char* what, const Tensor& x);

// "nan at row 7, column 3": the first element that is not finite.
std::optional<std::string> first_not_finite(const Tensor& x);

}  // namespace logitape::inline v0::train
