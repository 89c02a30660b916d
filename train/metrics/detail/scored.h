// Rows of probabilities as doubles, checked. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0::train {

// Rows of probabilities, and the class of each row.
struct Scored {
  std::vector<double> scores;  // [rows, classes]
  std::vector<std::int64_t> labels;
  std::size_t rows, classes;

  std::span<const double> row(std::size_t r) const { return std::span(scores).subspan(r * classes, classes); }
};

// Errors: probabilities that are not [rows, classes], labels that are not class indices [rows], a NaN, named with its
// row.
Scored scored(const char* op, const Tensor& probabilities, const Tensor& labels);

}  // namespace logitape::inline v0::train
