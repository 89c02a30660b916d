// The names of arrays tell which is which; a single table holds both inputs and labels.
#include "logitape/train/data/detail/load_arrays.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* op = "load_examples";

using Names = std::span<const std::string_view>;
// In lower case, the likeliest first; NumPy calls an array without a name arr_0.
constexpr std::string_view names_of_inputs[] = {"x",       "inputs",   "input",       "images",  "image",
                                                "data",    "features", "samples",     "x_train", "train_images",
                                                "train_x", "x_test",   "test_images", "test_x",  "arr_0"};
constexpr std::string_view names_of_labels[] = {"y",       "labels",      "label",   "targets",      "target",
                                                "classes", "class",       "y_train", "train_labels", "train_y",
                                                "y_test",  "test_labels", "test_y",  "arr_1"};

const FileArray* find(const std::vector<FileArray>& arrays, const std::string& asked, Names usual) {
  const auto named = [&](std::string_view name, bool any_case) -> const FileArray* {
    for (const FileArray& a : arrays)
      if (any_case
              ? std::ranges::equal(a.name, name, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; })
              : a.name == name)
        return &a;
    return nullptr;
  };
  if (!asked.empty()) return named(asked, false);
  for (const std::string_view name : usual)
    if (const FileArray* found = named(name, true)) return found;
  return nullptr;
}

std::string described(const FileArray& a) {
  return a.numbers.defined() ? describe(a.numbers)
         : a.refusal.empty() ? fmt::format("text [{}]", a.texts.size())
                             : "unreadable";
}

const Tensor& numbers_of(const std::string& path, const FileArray& a) {
  require(a.refusal.empty(), ErrorCode::unsupported, op, "{}", a.refusal);
  require(a.numbers.defined(), op, "{}: the inputs {} are {}, and numbers are needed", path, a.name, described(a));
  return a.numbers;
}

void require_image(const std::string& path, const Tensor& inputs, const std::optional<Shape>& image) {
  const std::int64_t elements = inputs.rank() > 0 && inputs.shape()[0] > 0 ? inputs.size() / inputs.shape()[0] : 0;
  const Shape asked = image.value_or(Shape());
  require(asked.rank() == 0 || asked.size() == elements, op, "\"{}\": an image {} has {} elements, a row has {}", path,
          asked, asked.size(), elements);
}

void require_unweighted(const std::string& path, const LoadOptions& options) {
  require(options.weights.empty(), op,
          "\"{}\" holds arrays, and the weights '{}' are a column of CSV (LoadOptions::weights, --weight-column)", path,
          options.weights);
}

}  // namespace

Examples examples_of_arrays(const std::string& path, const FileArray& array, const FileArray& labels,
                            const LoadOptions& options) {
  const Tensor& inputs = numbers_of(path, array);
  require_unweighted(path, options);
  require_image(path, inputs, options.image);
  if (labels.texts.empty()) return examples_of(inputs, numbers_of(path, labels), {}, options.image, options.task);
  require(options.task == Task::classes, op, "{}: the labels {} are texts, and the task is {}", path, labels.name,
          name(options.task));
  const Column column = text_column(labels.name, labels.texts);
  for (std::size_t row = 0; row < labels.texts.size(); ++row)
    require(!column.is_missing(row), op, "{}: the label of row {} is an empty text", path, row);
  return examples_of(inputs, from_span(column.values, {static_cast<std::int64_t>(column.values.size())}),
                     column.categories, options.image);
}

Examples examples_of_table(const std::string& path, const FileArray& table, const LoadOptions& options) {
  const Tensor& array = numbers_of(path, table);
  if (!options.labelled) {
    require_image(path, array, options.image);
    return examples_of(array, options.image);
  }
  require(array.rank() == 2 && array.shape()[1] >= 2, op,
          "\"{}\" holds {} and no labels: name the file that has them (LoadOptions::labels_file, --labels-file), or "
          "put them in the last "
          "column of [n, columns]",
          path, array);
  const std::int64_t rows = array.shape()[0], inputs = array.shape()[1] - 1;
  require_unweighted(path, options);
  const Tensor rows_of_inputs = slice(array, {0, 0}, {rows, inputs});
  require_image(path, rows_of_inputs, options.image);
  return examples_of(rows_of_inputs, slice(array, {0, inputs}, {rows, 1}), {}, options.image, options.task);
}

Examples examples_of_arrays(const std::string& path, const std::vector<FileArray>& arrays, const LoadOptions& options) {
  const auto need = [&](const FileArray* found, const char* what, const std::string& asked) -> const FileArray& {
    std::vector<std::string> names;
    names.reserve(arrays.size());
    for (const FileArray& a : arrays) names.push_back(a.name + " " + described(a));
    require(found != nullptr, op, "{} has no array {}; there are {}{}", path,
            asked.empty() ? fmt::format("whose name says that it holds the {}", what) : fmt::format("'{}'", asked),
            fmt::format("{}", fmt::join(names, ", ")),
            asked.empty() ? fmt::format("; say which it is (LoadOptions::{0}, --{0} NAME)", what) : "");
    return *found;
  };
  const bool one_table = arrays.size() == 1 && arrays[0].numbers.defined() && arrays[0].numbers.rank() == 2 &&
                         options.inputs.empty() && options.labels.empty();
  if (one_table) return examples_of_table(path, arrays[0], options);
  const FileArray& inputs = need(find(arrays, options.inputs, names_of_inputs), "inputs", options.inputs);
  if (!options.labelled) return examples_of_table(path, inputs, options);
  return examples_of_arrays(path, inputs, need(find(arrays, options.labels, names_of_labels), "labels", options.labels),
                            options);
}

}  // namespace logitape::inline v0::data
