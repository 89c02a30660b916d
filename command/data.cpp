// The flags as LoadOptions.
#include "data.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "standard_input.h"

namespace command {
namespace {

// Refuses flags for another format: if they were ignored, the program would silently learn from other rows than the
// user means.
void require_used(const DataFlags& d, const lt::Examples& read) {
  const bool is_table = !read.features.empty();
  if (!read.files.empty()) {
    for (const auto& [flag, given] : {std::pair<const char*, bool>{"--label", !d.label.empty()},
                                      {"--ignore", !d.ignore.empty()},
                                      {"--text", !d.text.empty()},
                                      {"--missing-values", !d.missing_values.empty()},
                                      {"--inputs", !d.inputs.empty()},
                                      {"--labels", !d.labels.empty()},
                                      {"--labels-file", !d.labels_file.empty()}})
      if (given)
        throw std::invalid_argument(std::string(flag) + " is for tables and arrays, and \"" + d.path +
                                    "\" holds pictures: the folder of each is its class");
    return;
  }
  const auto refuse = [&](const char* flag, const char* instead) {
    throw std::invalid_argument(std::string(flag) +
                                (is_table ? " is for arrays, and \"" : " is for columns of CSV, and \"") + d.path +
                                (is_table ? "\" is a table: " : "\" holds arrays: ") + instead);
  };
  if (is_table) {
    if (!d.inputs.empty()) refuse("--inputs", "--ignore leaves columns out");
    if (!d.labels.empty()) refuse("--labels", "--label names the column that is the class");
    if (!d.labels_file.empty()) refuse("--labels-file", "--label names the column that is the class");
    return;
  }
  if (!d.label.empty())
    refuse("--label", "--labels names an array of .npz and safetensors, --labels-file a file of the labels");
  if (!d.weights.empty()) refuse("--weight-column", "rows of arrays count as one each");
  if (!d.ignore.empty()) refuse("--ignore", "leave the columns out before it is saved");
  if (!d.text.empty()) refuse("--text", "an array of inputs is of numbers alone");
  if (!d.missing_values.empty()) refuse("--missing-values", "a value that is missing is NaN there");
}

// "28,28,1" as a shape. Throws std::invalid_argument with a sentence.
lt::Shape image_shape(const std::string& text) {
  std::vector<std::int64_t> extents;
  for (const char *at = text.data(), *const end = at + text.size(); at < end; ++at) {
    std::int64_t extent = 0;
    const auto [rest, error] = std::from_chars(at, end, extent);
    if (error != std::errc() || extent < 1 || (rest != end && *rest != ','))
      throw std::invalid_argument("--image needs HEIGHT,WIDTH or HEIGHT,WIDTH,CHANNELS, or no, not \"" + text + "\"");
    extents.push_back(extent);
    at = rest;
  }
  if (extents.size() != 2 && extents.size() != 3)
    throw std::invalid_argument("--image needs two or three sizes, not \"" + text + "\"");
  return lt::Shape(extents);
}

}  // namespace

lt::Examples examples_of_file(const DataFlags& d, const lt::LoadOptions& how) {
  lt::Examples read = lt::load_examples(readable(d.path), how);
  require_used(d, read);
  return read;
}

lt::LoadOptions plainly() { return {.csv = {.allow_missing = true}}; }

lt::LoadOptions load_options(const DataFlags& d, bool labelled, lt::LoadOptions o) {
  o.labelled = labelled;
  if (!d.task.empty()) o.task = lt::task_named(d.task);
  if (labelled) o.weights = d.weights;
  for (const auto& [given, option] : {std::pair{&d.label, &o.label},
                                      {&d.inputs, &o.inputs},
                                      {&d.labels, &o.labels},
                                      {&d.labels_file, &o.labels_file}})
    if (!given->empty()) *option = *given;
  if (d.header == "auto") o.csv.header.reset();
  else if (!d.header.empty()) o.csv.header = d.header == "yes";
  if (d.separator.size() > 1 && d.separator != "tab" && d.separator != "space")
    throw std::invalid_argument("--separator needs one character, tab or space, not \"" + d.separator + "\"");
  if (!d.separator.empty())
    o.csv.separator = d.separator == "tab" ? '\t' : d.separator == "space" ? ' ' : d.separator[0];
  if (!d.decimal.empty()) o.csv.decimal = d.decimal[0];
  o.csv.missing_text.insert(o.csv.missing_text.end(), d.missing_values.begin(), d.missing_values.end());
  if (!d.missing.empty()) o.csv.allow_missing = d.missing == "fill";
  o.csv.ignore = d.ignore;
  for (const std::string& column : d.text)
    if (std::find(o.csv.text.begin(), o.csv.text.end(), column) == o.csv.text.end()) o.csv.text.push_back(column);
  if (d.image == "no") o.image = lt::Shape();
  else if (d.image == "auto") o.image.reset();
  else if (!d.image.empty()) o.image = image_shape(d.image);
  o.progress = lt::show_reading(stderr);
  return o;
}

std::vector<std::int64_t> rows_that_count(const lt::Examples& all) {
  std::vector<std::int64_t> rows;
  const std::vector<double> weights = all.weights.defined()
                                          ? all.weights.to_vector<double>()
                                          : std::vector<double>(static_cast<std::size_t>(all.size()), 1);
  for (std::size_t row = 0; row < weights.size(); ++row)
    if (weights[row] > 0) rows.push_back(static_cast<std::int64_t>(row));
  return rows;
}

std::vector<std::int64_t> row_numbers(const lt::Examples& all) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(all.size()));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{1});
  return numbers;
}

}  // namespace command
