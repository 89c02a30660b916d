// Fitting and applying, one element at a time in f64: the numbers are the same on every machine. f32 comes last.
#include "logitape/train/data/preprocessing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <unordered_map>
#include <utility>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/picture.h"
#include "logitape/train/data/detail/prepared_column.h"
#include "logitape/train/data/detail/targets.h"
#include "logitape/train/data/detail/training_labels.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* preprocessing_op = "Preprocessing";
constexpr const char* no_value = "column '{}' has no value in the {} rows of the training part";

std::vector<std::int64_t> row_shape(const Tensor& inputs) { return {inputs.shape().begin() + 1, inputs.shape().end()}; }

void check_features(const Examples& examples) {
  const auto count = static_cast<std::int64_t>(examples.features.size());
  require(count == 0 || (examples.inputs.rank() == 2 && examples.inputs.shape()[1] == count), preprocessing_op,
          "there are {} columns for inputs {}", count, examples.inputs);
}

void require_fitted(const Preprocessing& p) {
  require(!p.columns.empty(), preprocessing_op, "it is not fitted: Preprocessing::fit(training) makes one that is");
}

// The raw inputs' columns in the order of the prepared ones.
std::vector<std::size_t> matched(const std::vector<PreparedColumn>& columns, const std::vector<Feature>& features,
                                 bool free_text) {
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < features.size(); ++i) by_name.emplace(features[i].name, i);
  std::vector<std::size_t> order;
  for (const PreparedColumn& column : columns) {
    const auto found = by_name.find(column.name);
    require(found != by_name.end(), preprocessing_op, "there is no column '{}', which training had", column.name);
    const bool is_text = !features[found->second].categories.empty();
    require(!is_text || !column.categories.empty() || free_text, preprocessing_op,
            "column '{}' is text ('{}'), and was numbers in training", column.name,
            is_text ? features[found->second].categories.front() : "");
    order.push_back(found->second);
  }
  return order;
}

// Whether a column looks like free text, as PreprocessingOptions::free_text defines it.
bool is_free_text(const Feature& feature, const std::vector<double>& values) {
  if (feature.categories.empty()) return false;
  std::vector<bool> seen(feature.categories.size());
  std::size_t different = 0, blanks = 0, present = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    const std::size_t c = data::category_of(feature, value);
    const std::string& text = feature.categories[c];
    blanks += static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
    different += !seen[c];
    seen[c] = true;
    ++present;
  }
  return 2 * different > values.size() && blanks >= present;
}

// Whether a column of numbers would spell a class so.
bool is_plain_number(const std::string& text) {
  double value = 0;
  return data::parse_number(text, value) && data::number_text(value) == text;
}

// mean and standard deviation of the targets; one that is 0 does not scale, nor does an empty `training`.
PreparedColumn fitted_target(const Examples& training, Scaling scaling) {
  PreparedColumn target{.name = training.label, .categories = {}};
  if (training.task != Task::regression || scaling == Scaling::none) return target;
  const std::vector<double> y = training.labels.to_vector<double>();
  (void)data::fit_numbers(target, {y.data(), training.size(), 1}, Scaling::standardise);
  return target;
}

Preprocessing fitted(const Examples& training, const PreprocessingOptions& options) {
  require(training.inputs.defined() && training.size() > 0, preprocessing_op,
          "the training part has no rows: inputs are {}", training.inputs);
  require(training.inputs.size() > 0, preprocessing_op, "a row of the inputs {} has no numbers", training.inputs);
  check_features(training);
  Preprocessing p;
  if (training.labels.defined()) {
    p.label = training.label;
    p.classes = training.classes;
    p.class_sizes = logitape::class_sizes(training);
    p.task = training.task;
    p.target = fitted_target(training, options.scaling);
  }
  p.row = row_shape(training.inputs);
  p.image = {training.image.begin(), training.image.end()};
  p.from_table = !training.features.empty();
  Scaling scaling = options.scaling;
  if (scaling == Scaling::automatic) scaling = p.image.empty() ? Scaling::standardise : Scaling::min_max;
  const bool bytes = training.inputs.dtype() == DType::u8 && !p.image.empty() && !p.from_table &&
                     scaling != Scaling::standardise && training.inputs.device() == Device::cpu();
  const std::vector<double> x = bytes ? std::vector<double>() : training.inputs.to_vector<double>();
  const bool one_column = p.from_table && p.image.empty() && p.row == std::vector<std::int64_t>{1};
  require(one_column || !options.free_text.value_or(false), preprocessing_op,
          "free text is asked for, and the inputs are {}; one column of a table is needed", training.inputs);
  if (one_column && options.free_text.value_or(is_free_text(training.features[0], x))) {
    p.tokenizer = options.tokenizer;
    p.columns.push_back({.name = training.features[0].name, .categories = {}});
    return p;
  }
  if (!p.image.empty() || p.row.size() != 1) {  // one column for all elements
    PreparedColumn all{.name = "pixels", .categories = {}};
    if (bytes) data::fit_bytes(all, training.inputs, scaling);
    else
      require(data::fit_numbers(all, {x.data(), static_cast<std::int64_t>(x.size()), 1}, scaling), preprocessing_op,
              no_value, all.name, training.size());
    p.columns.assign(p.from_table ? training.features.size() : 1, all);
    for (std::size_t i = 0; p.from_table && i < p.columns.size(); ++i) p.columns[i].name = training.features[i].name;
    return p;
  }
  for (std::int64_t i = 0; i < p.row[0]; ++i) {
    const Feature feature =
        p.from_table ? training.features[static_cast<std::size_t>(i)] : Feature{.name = fmt::format("input {}", i + 1)};
    const data::Strided column{x.data() + i, training.size(), p.row[0]};
    PreparedColumn prepared{.name = feature.name, .categories = {}};
    const bool kept = feature.categories.empty() ? data::fit_numbers(prepared, column, scaling)
                                                 : data::fit_text(prepared, feature, column, options);
    require(kept || p.from_table, preprocessing_op, no_value, feature.name, training.size());
    if (kept) p.columns.push_back(std::move(prepared));
  }
  if (const auto& from = training.features; p.columns.empty()) {
    require(!from[0].categories.empty(), preprocessing_op, no_value, from[0].name, training.size());
    fail(ErrorCode::invalid_argument, preprocessing_op,
         "{}column '{}' has another text in each of the {} rows of the training part: that teaches nothing",
         p.row[0] > 1 ? "there are columns of text alone: " : "", from[0].name, training.size());
  }
  if (p.from_table) p.row = {static_cast<std::int64_t>(p.columns.size())};
  return p;
}

}  // namespace

Preprocessing Preprocessing::fit(const Examples& training, const PreprocessingOptions& options) {
  Preprocessing p = fitted(training, options);
  if (training.labels.defined()) data::require_learnable(preprocessing_op, training);
  return p;
}

Tensor Preprocessing::inputs(const Examples& examples) const {
  require_fitted(*this);
  require(examples.inputs.defined(), preprocessing_op, "the examples have no inputs");
  if (!from_table) return inputs(examples.inputs);
  require(!examples.features.empty(), preprocessing_op, "the inputs are {}, and training had the columns of a table",
          examples.inputs);
  check_features(examples);
  if (!image.empty()) data::require_pixels_alike(preprocessing_op, examples.inputs, columns[0]);
  const std::vector<std::size_t> order = matched(columns, examples.features, tokenizer.has_value());
  const std::int64_t width = data::width_of(std::span(columns));
  const std::vector<double> x = examples.inputs.to_vector<double>();
  const std::size_t raw_width = examples.features.size();
  const auto values_of = [&](std::size_t column) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(examples.size()));
    for (std::size_t at = column; at < x.size(); at += raw_width) values.push_back(x[at]);
    return values;
  };
  if (tokenizer) return (*tokenizer)(data::texts_of(examples.features[order[0]], values_of(order[0])));
  Tensor prepared = Tensor::uninitialised({examples.size(), width}, DType::f32);
  auto* to = static_cast<float*>(prepared.writable());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    data::prepare(columns[c], examples.features[order[c]], values_of(order[c]), to, width);
    to += data::width_of(columns[c]);
  }
  return prepared;
}

Tensor Preprocessing::inputs(const Table& table) const {
  return inputs(examples_of(table, {.labelled = false, .image = Shape()}));
}

Tensor Preprocessing::inputs(const Tensor& raw) const {
  require_fitted(*this);
  require(!from_table, preprocessing_op, "the inputs are {}, and training had the columns of a table", raw);
  require(raw.defined() && raw.rank() >= 1 &&
              (row_shape(raw) == row || (!image.empty() && data::are_same_picture(row_shape(raw), row))),
          preprocessing_op, "the inputs are {}; training had rows of {}", raw, Shape(row));
  if (!image.empty()) data::require_pixels_alike(preprocessing_op, raw, columns[0]);
  std::vector<std::int64_t> shape = {raw.shape()[0]};
  shape.insert(shape.end(), row.begin(), row.end());
  Tensor prepared = Tensor::uninitialised(Shape(shape), DType::f32);
  auto* to = static_cast<float*>(prepared.writable());
  if (raw.dtype() == DType::u8 && columns.size() == 1) {  // pixels: each of 256 is computed once
    std::array<float, 256> table;
    for (std::size_t x = 0; x < table.size(); ++x) table[x] = data::to_f32(static_cast<double>(x), columns[0]);
    const std::span bytes(static_cast<const std::uint8_t*>(raw.data()), static_cast<std::size_t>(raw.size()));
    std::ranges::transform(bytes, to, [&](std::uint8_t x) { return table[x]; });
    return prepared;
  }
  visit_any(raw.dtype(), [&]<class T>() {
    const auto* from = static_cast<const T*>(raw.data());
    for (std::int64_t i = 0; i < raw.size(); ++i) {
      const PreparedColumn& column = columns[static_cast<std::size_t>(i) % columns.size()];
      const auto x = convert_element<double>(from[i]);
      to[i] = data::to_f32(std::isnan(x) ? column.mean : x, column);
    }
  });
  return prepared;
}

std::int64_t Preprocessing::numbers_of_a_row() const {
  require_fitted(*this);
  return from_table ? std::ssize(columns)
                    : std::accumulate(row.begin(), row.end(), std::int64_t{1}, std::multiplies<>());
}

Tensor Preprocessing::inputs_of_numbers(std::span<const double> rows) const {
  const std::int64_t raw = numbers_of_a_row(), count = std::ssize(rows);
  require(!tokenizer, ErrorCode::unsupported, preprocessing_op,
          "column '{}' is free text, and rows of numbers are given", columns[0].name);
  require(raw > 0 && count % raw == 0, preprocessing_op, "{} numbers are given; a row has {}", count, raw);
  std::vector<std::int64_t> shape = {count / std::max<std::int64_t>(raw, 1)};
  if (from_table) shape.push_back(data::width_of(std::span(columns)));
  else shape.insert(shape.end(), row.begin(), row.end());
  Tensor prepared = Tensor::uninitialised(Shape(shape), DType::f32);
  auto* to = static_cast<float*>(prepared.writable());
  for (std::int64_t i = 0; i < count; ++i) {
    const PreparedColumn& column = columns[static_cast<std::size_t>(i % raw) % columns.size()];
    to = data::prepare_number(column, rows[static_cast<std::size_t>(i)], to);
  }
  return prepared;
}

Dataset Preprocessing::operator()(const Examples& examples) const {
  require(examples.labels.defined(), preprocessing_op, "the examples have no labels");
  require(examples.task == task, preprocessing_op, "the examples are of the task {}, and training was of {}",
          name(examples.task), name(task));
  if (task == Task::regression) {
    std::vector<float> scaled;
    for (const double y : examples.labels.to_vector<double>()) scaled.push_back(data::to_f32(y, target));
    return {inputs(examples), from_span(scaled, {examples.size(), 1}), examples.weights};
  }
  if (task == Task::multilabel)
    return {inputs(examples), data::matched_label_sets(examples, classes, class_sizes), examples.weights};
  const std::vector<std::int64_t> rows_of = logitape::class_sizes(examples);
  std::vector<std::int64_t> place(examples.classes.size(), -1), labels = examples.labels.to_vector<std::int64_t>();
  for (std::size_t c = 0; c < place.size(); ++c) {
    const auto found = std::find(classes.begin(), classes.end(), examples.classes[c]);
    const bool seen = found != classes.end() && class_sizes[static_cast<std::size_t>(found - classes.begin())] > 0;
    require(seen || rows_of[c] == 0, preprocessing_op, "class '{}' has {} rows here and none in training",
            examples.classes[c], rows_of[c]);
    if (seen) place[c] = found - classes.begin();
  }
  for (std::int64_t& l : labels) l = place[static_cast<std::size_t>(l)];
  return {inputs(examples), from_span(labels, {examples.size()}), examples.weights};
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
  how.task = task;
  how.labelled = labelled;
  how.labels_file.clear();
  how.image = Shape(image);
  how.csv.ignore.clear();
  how.csv.only.clear();
  if (!from_table) return how;
  for (const PreparedColumn& column : columns) how.csv.only.push_back(column.name);
  if (!labelled) return how;
  how.csv.only.push_back(label);
  // in a few rows nothing shows that NA is a class, or that 7 is spelt 007 elsewhere
  const bool by_class = task == Task::classes;
  if (by_class && !std::all_of(classes.begin(), classes.end(), is_plain_number)) how.csv.text.push_back(label);
  return how;
}

Dataset dataset_of(const Examples& examples) {
  return fitted(examples, {.scaling = Scaling::none, .many_single_texts = 0, .free_text = false})(
      examples);  // rows that judge a model may have a single class
}

}  // namespace logitape::inline v0
