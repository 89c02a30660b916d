// A training told in text: a table with a row an epoch, and a confusion matrix. Both fit 80 columns.
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
// Whether this epoch is one of about `rows` that tell the story: the first, the last, and others evenly between.
bool epoch_is_shown(int number, int epochs, int rows);

// Lines, each ended by a newline: a row a true class, a column a class that was named, and beside each row the fraction
// found. Zeros are quiet, mistakes red where there is colour. names: one a class; empty: 0, 1, 2, ... They are cut
// where that lets the matrix fit 80 columns; of a matrix too wide for that, the ten most frequent mistakes instead.
// Error: the matrix is not i64 [classes, classes], or there are names of another count.
std::string confusion_text(const Tensor& confusion, const Terminal& terminal, std::span<const std::string> names = {});

}  // namespace logitape::inline v0
