// Fitting and applying, an element at a time in f64, so that the numbers are the same on every machine; f32 comes last.
#include "logitape/train/data/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "logitape/core/convert.h"
#include "logitape/core/require.h"
#include "logitape/train/data/number.h"
#include "logitape/train/data/picture.h"
#include "logitape/train/data/training_labels.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "Preprocessing";
constexpr const char* no_value = "column '{}' has no value in the {} rows of the training part";

std::vector<std::int64_t> row_shape(const Tensor& inputs) { return {inputs.shape().begin() + 1, inputs.shape().end()}; }

void check_features(const Examples& examples) {
  const auto count = static_cast<std::int64_t>(examples.features.size());
  require(count == 0 || (examples.inputs.rank() == 2 && examples.inputs.shape()[1] == count), op,
          "there are {} columns for inputs {}", count, examples.inputs);
}

void require_fitted(const Preprocessing& p) {
  require(!p.columns.empty(), op, "it is not fitted: Preprocessing::fit(training) makes one that is");
}

// The place in the feature's categories that a value of it names.
std::size_t category_of(const Feature& feature, double value) {
  require(value >= 0 && value < static_cast<double>(feature.categories.size()), op, "column '{}' has category {} of {}",
          feature.name, value, feature.categories.size());
  return static_cast<std::size_t>(value);
}

// Every `step`-th number from `first`, as f64.
struct Strided {
  const double* first;
  std::int64_t count, step;
  double operator[](std::int64_t i) const { return first[i * step]; }
};

// The category that a missing text has, where training had one.
const std::string missing_category;

// False: no row has a value.
bool fit_numbers(PreparedColumn& column, const Strided& x, Scaling scaling) {
  double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
  std::int64_t present = 0;
  for (std::int64_t i = 0; i < x.count; ++i) {
    if (std::isnan(x[i])) continue;
    require(std::isfinite(x[i]), op, "column '{}' has {} in row {} of the training part", column.name, x[i], i);
    low = std::min(low, x[i]);
    high = std::max(high, x[i]);
    sum += x[i];
    ++present;
  }
  if (present == 0) return false;
  column.mean = std::clamp(sum / static_cast<double>(present), low, high);
  if (low == high) {  // the mean itself may be off by a rounding, and its deviation no 0
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
  require(std::isfinite(column.scale) && column.scale > 0 && std::isfinite(column.mean), op,
          "column '{}' goes from {} to {} in the training part, which f64 cannot scale", column.name, low, high);
  return true;
}

// False: the column is left out, since no two rows share a text.
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
      static_cast<std::int64_t>(column.categories.size()) <= most, op,
      "column '{0}' has {1} different texts in the training part{2}, and {3} are allowed: leave it out "
      "(CsvOptions::ignore, --ignore "
      "\"{0}\"), or allow more (PreprocessingOptions::most_categories); free text has to be the only column of inputs",
      column.name, column.categories.size(), many_single ? fmt::format(" beside {} of one row each", single) : "",
      most);
  return !column.categories.empty();
}

// The place of each of the feature's categories among the column's; -1 where it has none. The last is that of a missing
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

// The raw inputs' columns in the order of the prepared ones.
std::vector<std::size_t> matched(const std::vector<PreparedColumn>& columns, const std::vector<Feature>& features,
                                 bool free_text) {
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < features.size(); ++i) by_name.emplace(features[i].name, i);
  std::vector<std::size_t> order;
  for (const PreparedColumn& column : columns) {
    const auto found = by_name.find(column.name);
    require(found != by_name.end(), op, "there is no column '{}', which training had", column.name);
    const bool is_text = !features[found->second].categories.empty();
    require(!is_text || !column.categories.empty() || free_text, op,
            "column '{}' is text ('{}'), and was numbers in training", column.name,
            is_text ? features[found->second].categories.front() : "");
    order.push_back(found->second);
  }
  return order;
}

// Whether a column looks like free text, as PreprocessingOptions has it.
bool is_free_text(const Feature& feature, const std::vector<double>& values) {
  if (feature.categories.empty()) return false;
  std::vector<bool> seen(feature.categories.size());
  std::size_t different = 0, blanks = 0, present = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    const std::size_t c = category_of(feature, value);
    const std::string& text = feature.categories[c];
    blanks += static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
    different += !seen[c];
    seen[c] = true;
    ++present;
  }
  return 2 * different > values.size() && blanks >= present;
}

// A number no longer knows how it was spelt: "01001" and "1001.0" are both 1001 by then.
void require_text(bool is_text, const std::string& column) {
  require(is_text, op,
          "column '{}' was text in training and is numbers here: read it as text (CsvOptions::text, --text)", column);
}

bool all_missing(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

std::vector<std::string> texts_of(const Feature& feature, const std::vector<double>& values) {
  require_text(!feature.categories.empty() || all_missing(values), feature.name);
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const double value : values)
    texts.push_back(std::isnan(value) ? std::string() : feature.categories[category_of(feature, value)]);
  return texts;
}

// The place of each category of training by the number that it reads as, for a column that is numbers here. Refused
// unless all of them are numbers, exact ones, and no two the same: else a number might be another category than its
// text was.
std::map<double, std::int64_t> places_by_value(const PreparedColumn& column) {
  std::map<double, std::int64_t> places;
  for (std::size_t c = 0; c < column.categories.size(); ++c) {
    if (column.categories[c] == missing_category) continue;
    double value = 0;
    const bool is_number = data::parse_number(column.categories[c], value);
    require_text(is_number && std::abs(value) < 0x1p53 && places.emplace(value, c).second, column.name);
  }
  return places;
}

// The place among the column's categories that each value has; -1 where it has none.
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

float to_f32(double x, const PreparedColumn& column) {
  const auto y = static_cast<float>((x - column.offset) / column.scale);
  require(std::isfinite(y), ErrorCode::out_of_range, op, "{} of column '{}' becomes {}, which is no finite f32", x,
          column.name, y);
  return y;
}

// Writes the prepared columns of one raw column into every row, `width` apart.
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

std::int64_t width_of(const PreparedColumn& column) {
  return column.categories.empty() ? 1 : static_cast<std::int64_t>(column.categories.size());
}

// As a column of numbers spells its classes.
bool is_plain_number(const std::string& text) {
  double value = 0;
  return data::parse_number(text, value) && data::number_text(value) == text;
}

Preprocessing fitted(const Examples& training, const PreprocessingOptions& options) {
  require(training.inputs.defined() && training.size() > 0, op, "the training part has no rows: inputs are {}",
          training.inputs);
  require(training.inputs.size() > 0, op, "a row of the inputs {} has no numbers", training.inputs);
  check_features(training);
  Preprocessing p;
  if (training.labels.defined()) {
    p.label = training.label;
    p.classes = training.classes;
    p.class_sizes = logitape::class_sizes(training);
  }
  p.row = row_shape(training.inputs);
  p.image = {training.image.begin(), training.image.end()};
  p.from_table = !training.features.empty();
  Scaling scaling = options.scaling;
  if (scaling == Scaling::automatic) scaling = p.image.empty() ? Scaling::standardise : Scaling::min_max;
  const std::vector<double> x = training.inputs.to_vector<double>();
  const bool one_column = p.from_table && p.image.empty() && p.row == std::vector<std::int64_t>{1};
  require(one_column || !options.free_text.value_or(false), op,
          "free text is asked for, and the inputs are {}; one column of a table is needed", training.inputs);
  if (one_column && options.free_text.value_or(is_free_text(training.features[0], x))) {
    p.tokenizer = options.tokenizer;
    p.columns.push_back({.name = training.features[0].name, .categories = {}});
    return p;
  }
  if (!p.image.empty() || p.row.size() != 1) {  // all elements by one
    PreparedColumn all{.name = "pixels", .categories = {}};
    require(fit_numbers(all, {x.data(), static_cast<std::int64_t>(x.size()), 1}, scaling), op, no_value, all.name,
            training.size());
    p.columns.assign(p.from_table ? training.features.size() : 1, all);
    for (std::size_t i = 0; p.from_table && i < p.columns.size(); ++i) p.columns[i].name = training.features[i].name;
    return p;
  }
  for (std::int64_t i = 0; i < p.row[0]; ++i) {
    const Feature feature =
        p.from_table ? training.features[static_cast<std::size_t>(i)] : Feature{.name = fmt::format("input {}", i + 1)};
    const Strided column{x.data() + i, training.size(), p.row[0]};
    PreparedColumn prepared{.name = feature.name, .categories = {}};
    const bool kept = feature.categories.empty() ? fit_numbers(prepared, column, scaling)
                                                 : fit_text(prepared, feature, column, options);
    require(kept || p.from_table, op, no_value, feature.name, training.size());
    if (kept) p.columns.push_back(std::move(prepared));
  }
  if (const auto& from = training.features; p.columns.empty()) {
    require(!from[0].categories.empty(), op, no_value, from[0].name, training.size());
    fail(ErrorCode::invalid_argument, op,
         "{}column '{}' has another text in each of the {} rows of the training part: that teaches nothing",
         p.row[0] > 1 ? "there are columns of text alone: " : "", from[0].name, training.size());
  }
  if (p.from_table) p.row = {static_cast<std::int64_t>(p.columns.size())};
  return p;
}

}  // namespace

Preprocessing Preprocessing::fit(const Examples& training, const PreprocessingOptions& options) {
  Preprocessing p = fitted(training, options);
  if (training.labels.defined()) data::require_classes(op, training);
  return p;
}

Tensor Preprocessing::inputs(const Examples& examples) const {
  require_fitted(*this);
  require(examples.inputs.defined(), op, "the examples have no inputs");
  if (!from_table) return inputs(examples.inputs);
  require(!examples.features.empty(), op, "the inputs are {}, and training had the columns of a table",
          examples.inputs);
  check_features(examples);
  if (!image.empty()) data::require_pixels_alike(op, examples.inputs, columns[0]);
  const std::vector<std::size_t> order = matched(columns, examples.features, tokenizer.has_value());
  std::int64_t width = 0;
  for (const PreparedColumn& column : columns) width += width_of(column);
  const std::vector<double> x = examples.inputs.to_vector<double>();
  const std::size_t raw_width = examples.features.size();
  const auto values_of = [&](std::size_t column) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(examples.size()));
    for (std::size_t at = column; at < x.size(); at += raw_width) values.push_back(x[at]);
    return values;
  };
  if (tokenizer) return (*tokenizer)(texts_of(examples.features[order[0]], values_of(order[0])));
  Tensor prepared = Tensor::uninitialised({examples.size(), width}, DType::f32);
  auto* to = static_cast<float*>(prepared.writable());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    prepare(columns[c], examples.features[order[c]], values_of(order[c]), to, width);
    to += width_of(columns[c]);
  }
  return prepared;
}

Tensor Preprocessing::inputs(const Table& table) const {
  return inputs(examples_of(table, {.labelled = false, .image = Shape()}));
}

Tensor Preprocessing::inputs(const Tensor& raw) const {
  require_fitted(*this);
  require(!from_table, op, "the inputs are {}, and training had the columns of a table", raw);
  require(raw.defined() && raw.rank() >= 1 &&
              (row_shape(raw) == row || (!image.empty() && data::are_same_picture(row_shape(raw), row))),
          op, "the inputs are {}; training had rows of {}", raw, Shape(row));
  if (!image.empty()) data::require_pixels_alike(op, raw, columns[0]);
  std::vector<std::int64_t> shape = {raw.shape()[0]};
  shape.insert(shape.end(), row.begin(), row.end());
  Tensor prepared = Tensor::uninitialised(Shape(shape), DType::f32);
  auto* to = static_cast<float*>(prepared.writable());
  visit_any(raw.dtype(), [&]<class T>() {
    const auto* from = static_cast<const T*>(raw.data());
    for (std::int64_t i = 0; i < raw.size(); ++i) {
      const PreparedColumn& column = columns[static_cast<std::size_t>(i) % columns.size()];
      const auto x = convert_element<double>(from[i]);
      to[i] = to_f32(std::isnan(x) ? column.mean : x, column);
    }
  });
  return prepared;
}

Dataset Preprocessing::operator()(const Examples& examples) const {
  require(examples.labels.defined(), op, "the examples have no labels");
  const std::vector<std::int64_t> rows_of = logitape::class_sizes(examples);
  std::vector<std::int64_t> place(examples.classes.size(), -1), labels = examples.labels.to_vector<std::int64_t>();
  for (std::size_t c = 0; c < place.size(); ++c) {
    const auto found = std::find(classes.begin(), classes.end(), examples.classes[c]);
    const bool seen = found != classes.end() && class_sizes[static_cast<std::size_t>(found - classes.begin())] > 0;
    require(seen || rows_of[c] == 0, op, "class '{}' has {} rows here and none in training", examples.classes[c],
            rows_of[c]);
    if (seen) place[c] = found - classes.begin();
  }
  for (std::int64_t& l : labels) l = place[static_cast<std::size_t>(l)];
  return {inputs(examples), from_span(labels, {examples.size()})};
}

std::vector<std::string> Preprocessing::feature_names() const {
  require_fitted(*this);
  std::vector<std::string> names;
  if (!from_table) {
    const std::int64_t inputs_of_a_row = std::accumulate(row.begin(), row.end(), std::int64_t{1}, std::multiplies<>());
    for (std::int64_t i = 1; i <= inputs_of_a_row; ++i) names.push_back(fmt::format("input {}", i));
    return names;
  }
  for (const PreparedColumn& column : columns) {
    if (column.categories.empty()) names.push_back(column.name);
    for (const std::string& category : column.categories)
      names.push_back(fmt::format("{}={}", column.name, category.empty() ? "missing" : category));
  }
  return names;
}

std::vector<std::string> Preprocessing::text_columns() const {
  std::vector<std::string> names;
  for (const PreparedColumn& column : columns)
    if (tokenizer || !column.categories.empty()) names.push_back(column.name);
  return names;
}

LoadOptions Preprocessing::how_to_read(bool labelled) const {
  LoadOptions how = reading.value_or(LoadOptions{.csv = {.allow_missing = true}});
  how.csv.text = text_columns();
  how.label = label;
  how.labelled = labelled;
  how.labels_file.clear();
  how.image = Shape(image);
  how.csv.ignore.clear();
  how.csv.only.clear();
  if (!from_table) return how;
  for (const PreparedColumn& column : columns) how.csv.only.push_back(column.name);
  if (!labelled) return how;
  how.csv.only.push_back(label);
  // of few rows nothing tells that NA is a class, or that 7 is spelt 007 elsewhere
  if (!std::all_of(classes.begin(), classes.end(), is_plain_number)) how.csv.text.push_back(label);
  return how;
}

Dataset dataset_of(const Examples& examples) {
  return fitted(examples, {.scaling = Scaling::none, .many_single_texts = 0, .free_text = false})(
      examples);  // one class is enough to judge a model by
}

}  // namespace logitape::inline v0
