// What every part of train_classifier does with a file: reads it as the flags say, and describes it.
#pragma once
#include <logitape.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "train_classifier_options.h"

// An error for a user who called no function: the sentence without the function's name.
inline std::string sentence_of(const logitape::Error& error) {
  const std::string_view what = error.what();
  const bool alone = what.substr(error.op().size()).starts_with(": ");  // not "linear (layer 2 of Sequential): "
  return std::string(what.substr(alone ? error.op().size() + 2 : 0));
}

inline logitape::Terminal terminal(const std::string& color) {
  logitape::Terminal t = logitape::terminal_of(stdout);
  if (color != "auto") t.colour = color == "always";
  return t;
}

// Refuses flags for another format: if they were ignored, the program would silently learn from other rows than the
// user means.
inline void require_used(const DataFlags& d, const logitape::Examples& read) {
  const bool is_table = !read.features.empty();
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
  if (!d.ignore.empty()) refuse("--ignore", "leave the columns out before it is saved");
  if (!d.text.empty()) refuse("--text", "an array of inputs is of numbers alone");
  if (!d.missing_values.empty()) refuse("--missing-values", "a value that is missing is NaN there");
}

// The examples of the file that the flags name.
inline logitape::Examples examples_of_file(const DataFlags& d, const logitape::LoadOptions& how) {
  logitape::Examples read = logitape::load_examples(d.path, how);
  require_used(d, read);
  return read;
}

// "28,28,1" as a shape. Throws std::invalid_argument with a sentence.
inline logitape::Shape image_shape(const std::string& text) {
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
  return logitape::Shape(extents);
}

// How a training file is read if no flag says otherwise.
inline logitape::LoadOptions plainly() { return {.csv = {.allow_missing = true}}; }

// As the flags say, else as in `o`.
inline logitape::LoadOptions load_options(const DataFlags& d, bool labelled, logitape::LoadOptions o = plainly()) {
  o.labelled = labelled;
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
  if (d.image == "no") o.image = logitape::Shape();
  else if (d.image == "auto") o.image.reset();
  else if (!d.image.empty()) o.image = image_shape(d.image);
  o.progress = logitape::show_reading(stderr);
  return o;
}

// "1 row", "150 rows"
inline std::string count(std::int64_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

inline std::string image_text(const logitape::Shape& image) {
  std::string text = std::to_string(image[0]) + " x " + std::to_string(image[1]) + " pixels";
  return image.rank() > 2 && image[2] > 1 ? text + " of " + std::to_string(image[2]) + " channels" : text;
}

// 1, 2, 3, ...: the numbers of all rows of a file.
inline std::vector<std::int64_t> row_numbers(const logitape::Examples& all) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(all.size()));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{1});
  return numbers;
}

inline logitape::Shape row_shape(const logitape::Shape& inputs) {
  return logitape::Shape(std::vector<std::int64_t>(inputs.begin() + 1, inputs.end()));
}

// A description of a row: "13 columns of numbers, 2 of text".
inline std::string row_text(const logitape::Examples& e) {
  if (e.image.rank() > 0) return image_text(e.image);
  if (e.features.empty() && e.inputs.rank() == 2) return count(e.inputs.shape()[1], "number");
  if (e.features.empty()) return "numbers of the shape " + logitape::to_string(row_shape(e.inputs.shape()));
  const auto texts =
      std::count_if(e.features.begin(), e.features.end(), [](const auto& f) { return !f.categories.empty(); });
  const auto numbers = static_cast<std::int64_t>(e.features.size()) - texts;
  if (texts == 0) return count(numbers, "column") + " of numbers";
  if (numbers == 0) return count(texts, "column") + " of text";
  return count(numbers, "column") + " of numbers, " + std::to_string(texts) + " of text";
}

// "setosa: 50, versicolor: 50"; of many classes the first eight
inline std::string classes_text(const std::vector<std::string>& names, const std::vector<std::int64_t>& sizes) {
  std::string text;
  for (std::size_t c = 0; c < std::min<std::size_t>(names.size(), 8); ++c)
    text += (c == 0 ? "" : ", ") + names[c] + ": " + std::to_string(sizes[c]);
  return names.size() > 8 ? text + ", ... " + std::to_string(names.size()) + " classes" : text;
}

// "177 of age, 12 of deck"; of many columns the first three; "" if no cell is missing.
inline std::string missing_text(const logitape::Examples& e) {
  std::string text;
  std::size_t columns = 0;
  const std::vector<double> x = e.features.empty() ? std::vector<double>() : e.inputs.to_vector<double>();
  for (std::size_t c = 0; c < e.features.size(); ++c) {
    std::int64_t missing = 0;
    for (std::size_t i = c; i < x.size(); i += e.features.size()) missing += std::isnan(x[i]);
    if (missing > 0 && ++columns <= 3)
      text += (text.empty() ? "" : ", ") + std::to_string(missing) + " of " + e.features[c].name;
  }
  return columns > 3 ? text + ", ... " + std::to_string(columns) + " columns" : text;
}

// The facts of a file, for the terminal and for the page.
inline std::vector<logitape::TrainingReport::Fact> data_facts(const DataFlags& d, const logitape::Examples& all) {
  std::vector<logitape::TrainingReport::Fact> facts = {
      {"file", d.path}, {"rows", std::to_string(all.size())}, {"a row", row_text(all)}};
  if (all.labels.defined()) {
    facts.push_back({"class", all.label.empty() ? "the labels" : all.label});
    facts.push_back({"classes", classes_text(all.classes, class_sizes(all))});
  }
  if (const std::string missing = missing_text(all); !missing.empty()) facts.push_back({"missing", missing});
  for (const std::string& note : all.notes) facts.push_back({"note", note});
  return facts;
}

inline std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Choices that the user may not mean, a sentence each: another column that has a name for classes, classes spelt in two
// ways, a column that numbers the rows, a class that is a measured number.
inline std::vector<logitape::TrainingReport::Fact> doubts(const DataFlags& d, const logitape::Examples& e) {
  std::vector<logitape::TrainingReport::Fact> facts;
  const auto is_usual = [](const std::string& name) {
    constexpr std::array<std::string_view, 7> usual = {"label", "labels",  "class",   "target",
                                                       "y",     "species", "category"};
    return std::ranges::find(usual, lower_case(name)) != usual.end();
  };
  if (d.label.empty() && !is_usual(e.label))
    for (const logitape::Feature& feature : e.features)
      if (is_usual(feature.name))
        facts.push_back({"note", "the class is '" + e.label + "', the last column, and '" + feature.name +
                                     "' is an input: --label \"" + feature.name + "\" makes it the class"});
  std::map<std::string, std::string> spelt;
  for (const std::string& name : e.classes)
    if (const auto [other, fresh] = spelt.emplace(lower_case(name), name); !fresh)
      facts.push_back(
          {"note", "the classes '" + other->second + "' and '" + name + "' differ in capital letters alone"});
  const auto rows = static_cast<std::size_t>(e.size()), columns = e.features.size();
  const std::vector<double> x = columns < 2 || rows < 10 ? std::vector<double>() : e.inputs.to_vector<double>();
  for (std::size_t c = 0; c < columns && !x.empty(); ++c) {
    const auto& [name, categories] = e.features[c];
    bool counts = categories.empty();
    for (std::size_t r = 1; r < rows && counts; ++r) counts = x[r * columns + c] == x[(r - 1) * columns + c] + 1;
    if (counts) facts.push_back({"note", "'" + name + "' numbers the rows: --ignore leaves it out"});
  }
  const auto is_number = [](const std::string& text) { return number_in<double>(text).has_value(); };
  if (const std::size_t classes = e.classes.size();
      classes > 20 && 5 * classes > rows && std::ranges::all_of(e.classes, is_number))
    facts.push_back(
        {"note", std::to_string(classes) + " numbers as classes: this tells classes apart, it does not measure"});
  return facts;
}

// What became of columns without a value, and of texts that only one row has.
inline std::vector<logitape::TrainingReport::Fact> single_texts(const logitape::Examples& training,
                                                                const logitape::Preprocessing& p) {
  std::vector<logitape::TrainingReport::Fact> facts;
  if (!p.from_table || p.tokenizer || training.image.rank() > 0) return facts;
  for (const logitape::Feature& feature : training.features) {
    const auto column = std::ranges::find(p.columns, feature.name, &logitape::PreparedColumn::name);
    if (feature.categories.empty() && column == p.columns.end())
      facts.push_back({"note", "'" + feature.name + "' has no value: left out"});
    if (feature.categories.empty()) continue;
    if (column == p.columns.end())
      facts.push_back({"note", "'" + feature.name + "' is another text in every row, which teaches nothing: left out"});
    else if (2 * column->categories.size() < feature.categories.size())
      facts.push_back({"note", "'" + feature.name + "' has " + std::to_string(column->categories.size()) +
                                   " texts that more rows than one share; others are left out"});
  }
  return facts;
}

// Texts that training did not have, the first of each column: such a cell is like none of the categories.
inline std::vector<logitape::TrainingReport::Fact> new_texts(const logitape::Examples& rows,
                                                             const logitape::Preprocessing& p) {
  std::vector<logitape::TrainingReport::Fact> facts;
  for (const logitape::PreparedColumn& column : p.columns) {
    const auto feature = std::ranges::find(rows.features, column.name, &logitape::Feature::name);
    if (column.categories.empty() || feature == rows.features.end()) continue;
    const auto is_new = [&](const std::string& text) {
      return std::ranges::find(column.categories, text) == column.categories.end();
    };
    const auto first = std::ranges::find_if(feature->categories, is_new);
    if (first == feature->categories.end()) continue;
    const auto others = std::ranges::count_if(feature->categories, is_new) - 1;
    facts.push_back({"note", "'" + column.name + "' has '" + *first + "'" +
                                 (others > 0 ? " and " + count(others, "other text") : "") +
                                 ", which training did not have, or in too few rows: read as none of its texts"});
  }
  return facts;
}

inline void print_facts(const std::vector<logitape::TrainingReport::Fact>& facts) {
  for (const auto& [name, value] : facts) std::printf("%-12s%s\n", name.c_str(), logitape::printable(value).c_str());
}
