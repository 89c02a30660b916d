// Numbers as people type them: "4 2 1", "[[4, 2, 1], [0, 5, 1]]", "1/3; -inf".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// One number: 4, -2.5, .5, 1e-3, 1/3, 50%, inf, nan; the minus may be a dash of Unicode. A comma within is a decimal
// comma. None: it is no number.
std::optional<double> typed_number(std::string_view text);

// A row of numbers, f64 [n], or several, f64 [rows, n]. Blanks, tabs and commas stand between numbers; a semicolon, a
// line break, or brackets as in [[4, 2], [1, 0]] between rows. Error invalid_argument, that names `what` is read ("the
// logits"): a word that is no number, no numbers at all, rows of different lengths.
Tensor typed_numbers(std::string_view text, std::string_view what);

}  // namespace logitape::inline v0
