// What training asks of labels. Not installed.
#pragma once
#include "logitape/train/data/examples.h"

namespace logitape::inline v0::data {

// Errors, naming file and column: every row is of one class; each of 10 rows or more is a class of its own; those of
// class_sizes.
void require_classes(const char* op, const Examples& training);

}  // namespace logitape::inline v0::data
