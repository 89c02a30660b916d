// A training as text: a table with a row an epoch, and a confusion matrix. Both fit in 80 columns.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/fit/epoch.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// The columns' names; `held_out` names the fourth: "test".
std::string epoch_header(const std::string& held_out = "held out");
std::string epoch_row(const Epoch& epoch);
// Whether this epoch is one of about `rows` that show the course: the first, the last, and others evenly between.
bool epoch_is_shown(int number, int epochs, int rows);

// Lines, each ended by a newline: a row for each true class, a column for each predicted class, and beside each row the
// fraction found. Zeros are faint; mistakes are red if there is colour. names: one a class; empty: 0, 1, 2, ... They
// are cut if the matrix then fits in 80 columns. If it is too wide even so, the ten most frequent mistakes are listed
// instead. Errors: the matrix is not i64 [classes, classes], a wrong number of names.
std::string confusion_text(const Tensor& confusion, const Terminal& terminal, std::span<const std::string> names = {});

}  // namespace logitape::inline v0
