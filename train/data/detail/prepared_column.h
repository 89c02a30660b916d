// One column of the inputs: fitted, and applied to rows. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/data/preprocessing.h"

namespace logitape::inline v0::data {

// Every `step`-th number from `first`, as f64.
struct Strided {
  const double* first;
  std::int64_t count, step;
  double operator[](std::int64_t i) const { return first[i * step]; }
};

// The place in the feature's categories that a value of it names.
std::size_t category_of(const Feature& feature, double value);

// False: no row has a value.
bool fit_numbers(PreparedColumn& column, const Strided& x, Scaling scaling);
// False: the column is left out, since no two rows share a text.
bool fit_text(PreparedColumn& column, const Feature& feature, const Strided& x, const PreprocessingOptions& options);

// What a number of the column becomes. Error: f32 cannot hold it.
float to_f32(double x, const PreparedColumn& column);
// How many columns it becomes.
std::int64_t width_of(const PreparedColumn& column);
// Writes them into every row, `width` apart.
void prepare(const PreparedColumn& column, const Feature& feature, const std::vector<double>& values, float* to,
             std::int64_t width);

// The texts that values of the feature name; a missing one is empty.
std::vector<std::string> texts_of(const Feature& feature, const std::vector<double>& values);

}  // namespace logitape::inline v0::data
