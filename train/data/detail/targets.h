// What a column of labels becomes where it names no single class: sets of labels, numbers, weights of rows. Not
// installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/data/examples.h"

namespace logitape::inline v0::data {

struct Targets {
  Tensor labels;
  std::vector<std::string> names = {};
};

// f32 [n, labels] of cells "a;b"; names in ascending order.
Targets label_sets_of(const Table& table, std::size_t column);
// f64 [n] of a column of numbers.
Targets numbers_of(const Table& table, std::size_t column);
// f64 [n]; `label` is the place of the labels, which it may not be.
Tensor weights_of(const Table& table, const std::string& column, std::size_t label);
// The same of an array: [n, labels] of 0 and 1, or [n] and [n, 1] of numbers.
Targets targets_of(const Tensor& labels, std::vector<std::string> names, Task task);

// What a label's place in `names` is among those that training had; refuses a label that training never saw.
Tensor matched_label_sets(const Examples& examples, const std::vector<std::string>& names,
                          const std::vector<std::int64_t>& sizes);

// "file, line 3, column 5 (price)": the place of a cell, for a message.
std::string place_of_cell(const Table& table, std::size_t row, std::size_t column);

}  // namespace logitape::inline v0::data
