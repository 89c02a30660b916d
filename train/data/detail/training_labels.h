// What training needs of labels. Not installed.
#pragma once
#include "logitape/train/data/examples.h"

namespace logitape::inline v0::data {

// Errors, naming file and column: every row has the same class; there are 10 rows or more and each is its own class; no
// label parts the rows; every target is the same; those of class_sizes.
void require_learnable(const char* op, const Examples& training);

}  // namespace logitape::inline v0::data
