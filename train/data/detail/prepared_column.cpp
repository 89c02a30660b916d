// A number becomes one number, a text a 1 among zeros.
#include "logitape/train/data/detail/prepared_column.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <unordered_map>

#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* column_op = "Preprocessing";

// The category of a missing text, if training had one.
const std::string missing_category;

// For each category of the feature its place among the column's, -1 if it has none. The last place is that of a missing
// text.
std::vector<std::int64_t> places_in(const PreparedColumn& column, const Feature& feature) {
  std::unordered_map<std::string_view, std::int64_t> by_text;
  for (const std::string& category : column.categories)
    by_text.emplace(category, static_cast<std::int64_t>(by_text.size()));
  const auto place = [&](const std::string& text) {
    const auto found = by_text.find(text);
    return found == by_text.end() ? std::int64_t{-1} : found->second;
  };
  std::vector<std::int64_t> places;
  for (const std::string& text : feature.categories) places.push_back(place(text));
  places.push_back(place(missing_category));
  return places;
}

// A number has lost its spelling: "01001" and "1001.0" are both 1001 by then.
void require_text(bool is_text, const std::string& column) {
  require(is_text, column_op,
          "column '{}' was text in training and is numbers here: read it as text (CsvOptions::text, --text)", column);
}

bool all_missing(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

// For each category of training its place, by the number it reads as, for a column that is numbers here. Refused unless
// all are exact numbers and no two are the same: else a number could be the wrong category.
std::map<double, std::int64_t> places_by_value(const PreparedColumn& column) {
  std::map<double, std::int64_t> places;
  for (std::size_t c = 0; c < column.categories.size(); ++c) {
    if (column.categories[c] == missing_category) continue;
    double value = 0;
    const bool is_number = parse_number(column.categories[c], value);
    require_text(is_number && std::abs(value) < 0x1p53 && places.emplace(value, c).second, column.name);
  }
  return places;
}

// The place of each value among the column's categories; -1 if it has none.
std::vector<std::int64_t> places_of(const PreparedColumn& column, const Feature& feature,
                                    const std::vector<double>& values) {
  const std::vector<std::int64_t> by_text = places_in(column, feature);
  const bool is_text = !feature.categories.empty();
  const auto by_value = is_text || all_missing(values) ? std::map<double, std::int64_t>() : places_by_value(column);
  const auto place = [&](double value) {
    if (std::isnan(value)) return by_text.back();
    if (is_text) return by_text[category_of(feature, value)];
    const auto found = by_value.find(value);
    return found == by_value.end() ? std::int64_t{-1} : found->second;
  };
  std::vector<std::int64_t> places(values.size());
  std::transform(values.begin(), values.end(), places.begin(), place);
  return places;
}

}  // namespace

std::size_t category_of(const Feature& feature, double value) {
  require(value >= 0 && value < static_cast<double>(feature.categories.size()), column_op,
          "column '{}' has category {} of {}", feature.name, value, feature.categories.size());
  return static_cast<std::size_t>(value);
}

bool fit_numbers(PreparedColumn& column, const Strided& x, Scaling scaling) {
  double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
  std::int64_t present = 0;
  for (std::int64_t i = 0; i < x.count; ++i) {
    if (std::isnan(x[i])) continue;
    require(std::isfinite(x[i]), column_op, "column '{}' has {} in row {} of the training part", column.name, x[i], i);
    low = std::min(low, x[i]);
    high = std::max(high, x[i]);
    sum += x[i];
    ++present;
  }
  if (present == 0) return false;
  column.mean = std::clamp(sum / static_cast<double>(present), low, high);
  if (low == high) {  // the mean may be off by a rounding, and then the deviation is not 0
    column.mean = low;
    if (scaling != Scaling::none) column.offset = low;
    return true;
  }
  if (scaling == Scaling::min_max) {
    column.offset = low;
    column.scale = high - low;
  }
  if (scaling == Scaling::standardise) {
    double squares = 0;
    for (std::int64_t i = 0; i < x.count; ++i)
      if (!std::isnan(x[i])) squares += (x[i] - column.mean) * (x[i] - column.mean);
    column.offset = column.mean;
    column.scale = std::sqrt(squares / static_cast<double>(present));
  }
  require(std::isfinite(column.scale) && column.scale > 0 && std::isfinite(column.mean), column_op,
          "column '{}' goes from {} to {} in the training part, which f64 cannot scale", column.name, low, high);
  return true;
}

void fit_bytes(PreparedColumn& column, const Tensor& x, Scaling scaling) {
  std::vector<double> present;  // what occurs, and how often: the sums of whole numbers are exact in any order
  std::array<std::int64_t, 256> counts = {};
  for (const std::uint8_t byte :
       std::span(static_cast<const std::uint8_t*>(x.data()), static_cast<std::size_t>(x.size())))
    ++counts[byte];
  double sum = 0;
  for (std::size_t value = 0; value < counts.size(); ++value) {
    if (counts[value] > 0) present.push_back(static_cast<double>(value));
    sum += static_cast<double>(value) * static_cast<double>(counts[value]);
  }
  fit_numbers(column, {present.data(), static_cast<std::int64_t>(present.size()), 1}, scaling);
  column.mean = std::clamp(sum / static_cast<double>(x.size()), present.front(), present.back());
}

bool fit_text(PreparedColumn& column, const Feature& feature, const Strided& x, const PreprocessingOptions& options) {
  const std::int64_t most = options.most_categories;
  std::vector<std::int64_t> rows_of(feature.categories.size());
  bool missing = false;
  for (std::int64_t i = 0; i < x.count; ++i) {
    if (std::isnan(x[i])) missing = true;
    else ++rows_of[category_of(feature, x[i])];
  }
  const std::int64_t single = std::count(rows_of.begin(), rows_of.end(), 1);
  const bool many_single = options.many_single_texts > 0 && single >= options.many_single_texts;
  for (std::size_t c = 0; c < rows_of.size(); ++c)
    if (rows_of[c] > (many_single ? 1 : 0)) column.categories.push_back(feature.categories[c]);
  if (missing) column.categories.push_back(missing_category);
  require(
      static_cast<std::int64_t>(column.categories.size()) <= most, column_op,
      "column '{0}' has {1} different texts in the training part{2}, and {3} are allowed: leave it out "
      "(CsvOptions::ignore, --ignore "
      "\"{0}\"), or allow more (PreprocessingOptions::most_categories); free text has to be the only column of inputs",
      column.name, column.categories.size(), many_single ? fmt::format(" beside {} of one row each", single) : "",
      most);
  return !column.categories.empty();
}

float to_f32(double x, const PreparedColumn& column) {
  const auto y = static_cast<float>((x - column.offset) / column.scale);
  require(std::isfinite(y), ErrorCode::out_of_range, column_op, "{} of column '{}' becomes {}, which is no finite f32",
          x, column.name, y);
  return y;
}

std::int64_t width_of(const PreparedColumn& column) {
  return column.categories.empty() ? 1 : static_cast<std::int64_t>(column.categories.size());
}

std::int64_t width_of(std::span<const PreparedColumn> columns) {
  std::int64_t width = 0;
  for (const PreparedColumn& column : columns) width += width_of(column);
  return width;
}

float* prepare_number(const PreparedColumn& column, double x, float* to) {
  if (column.categories.empty()) {
    *to = to_f32(std::isnan(x) ? column.mean : x, column);
    return to + 1;
  }
  float* const end = std::fill_n(to, column.categories.size(), 0.f);
  if (std::isnan(x)) {
    const auto missing = std::find(column.categories.begin(), column.categories.end(), missing_category);
    if (missing != column.categories.end()) to[missing - column.categories.begin()] = 1;
  } else if (x >= 0 && x < static_cast<double>(column.categories.size()) && x == std::floor(x)) {
    to[static_cast<std::size_t>(x)] = 1;
  }
  return end;
}

void prepare(const PreparedColumn& column, const Feature& feature, const std::vector<double>& values, float* to,
             std::int64_t width) {
  if (column.categories.empty()) {
    for (std::size_t i = 0; i < values.size(); ++i, to += width)
      *to = to_f32(std::isnan(values[i]) ? column.mean : values[i], column);
    return;
  }
  for (const std::int64_t place : places_of(column, feature, values)) {
    std::fill_n(to, column.categories.size(), 0.f);
    if (place >= 0) to[place] = 1;
    to += width;
  }
}

std::vector<std::string> texts_of(const Feature& feature, const std::vector<double>& values) {
  require_text(!feature.categories.empty() || all_missing(values), feature.name);
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const double value : values)
    texts.push_back(std::isnan(value) ? std::string() : feature.categories[category_of(feature, value)]);
  return texts;
}

}  // namespace logitape::inline v0::data
