// One column of the inputs: fitting it, and applying it to rows. Not installed.
#pragma once
#include <span>
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

// The place among the feature's categories that a value is.
std::size_t category_of(const Feature& feature, double value);

// False: no row has a value.
bool fit_numbers(PreparedColumn& column, const Strided& x, Scaling scaling);
// The same for all of a u8 tensor, without a copy of it as f64, where the scaling needs no squares: none or min_max.
void fit_bytes(PreparedColumn& column, const Tensor& x, Scaling scaling);
// False: the column is left out, because no two rows share a text.
bool fit_text(PreparedColumn& column, const Feature& feature, const Strided& x, const PreprocessingOptions& options);

// The result for a number of the column. Error: f32 cannot hold it.
float to_f32(double x, const PreparedColumn& column);
// How many prepared columns it becomes.
std::int64_t width_of(const PreparedColumn& column);
std::int64_t width_of(std::span<const PreparedColumn> columns);
// Writes these columns into every row, `width` apart.
void prepare(const PreparedColumn& column, const Feature& feature, const std::vector<double>& values, float* to,
             std::int64_t width);
// Writes those of one row; x: the number, or the place of a text among the column's categories. Returns their end.
float* prepare_number(const PreparedColumn& column, double x, float* to);

// The texts of values of the feature; a missing one is empty.
std::vector<std::string> texts_of(const Feature& feature, const std::vector<double>& values);

}  // namespace logitape::inline v0::data
