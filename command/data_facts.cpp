// Sentences about a file, before anything is learnt from it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string_view>

#include "data.h"
#include "standard_input.h"

namespace command {
namespace {

std::string image_text(const lt::Shape& image) {
  std::string text = std::to_string(image[0]) + " x " + std::to_string(image[1]) + " pixels";
  return image.rank() > 2 && image[2] > 1 ? text + " of " + std::to_string(image[2]) + " channels" : text;
}

lt::Shape row_shape(const lt::Shape& inputs) {
  return lt::Shape(std::vector<std::int64_t>(inputs.begin() + 1, inputs.end()));
}

// A description of a row: "13 columns of numbers, 2 of text".
std::string row_text(const lt::Examples& e) {
  if (e.image.rank() > 0) return image_text(e.image);
  if (e.features.empty() && e.inputs.rank() == 2) return count(e.inputs.shape()[1], "number");
  if (e.features.empty()) return "numbers of the shape " + lt::to_string(row_shape(e.inputs.shape()));
  const auto texts =
      std::count_if(e.features.begin(), e.features.end(), [](const auto& f) { return !f.categories.empty(); });
  const auto numbers = static_cast<std::int64_t>(e.features.size()) - texts;
  if (texts == 0) return count(numbers, "column") + " of numbers";
  if (numbers == 0) return count(texts, "column") + " of text";
  return count(numbers, "column") + " of numbers, " + std::to_string(texts) + " of text";
}

// "setosa: 50, versicolor: 50"; of many classes the first eight
std::string classes_text(const std::vector<std::string>& names, const std::vector<std::int64_t>& sizes) {
  std::string text;
  for (std::size_t c = 0; c < std::min<std::size_t>(names.size(), 8); ++c)
    text += (c == 0 ? "" : ", ") + names[c] + ": " + std::to_string(sizes[c]);
  return names.size() > 8 ? text + ", ... " + std::to_string(names.size()) + " classes" : text;
}

// "5 to 50, mean 22.5"
std::string range_text(const lt::Tensor& numbers) {
  const std::vector<double> x = numbers.to_vector<double>();
  double sum = 0;
  for (const double one : x) sum += one;
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  char text[96];
  std::snprintf(text, sizeof text, "%.5g to %.5g, mean %.5g", *low, *high, sum / static_cast<double>(x.size()));
  return text;
}

// "177 of age, 12 of deck"; of many columns the first three; "" if no cell is missing.
std::string missing_text(const lt::Examples& e) {
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

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

std::vector<Fact> data_facts(const DataFlags& d, const lt::Examples& all) {
  std::vector<Fact> facts = {{all.files.empty() ? "file" : "folder", displayed(d.path)},
                             {all.files.empty() ? "rows" : "pictures", std::to_string(all.size())},
                             {"a row", row_text(all)}};
  if (all.labels.defined()) {
    const bool one_class = all.task == lt::Task::classes, numbers = all.task == lt::Task::regression;
    facts.push_back({one_class ? "class" : "target", all.label.empty() ? "the labels" : all.label});
    if (numbers) facts.push_back({"its numbers", range_text(all.labels)});
    else facts.push_back({one_class ? "classes" : "labels", classes_text(all.classes, class_sizes(all))});
  }
  if (all.weights.defined()) facts.push_back({"weights", "of '" + d.weights + "', " + range_text(all.weights)});
  if (const std::string missing = missing_text(all); !missing.empty()) facts.push_back({"missing", missing});
  for (const std::string& note : all.notes) facts.push_back({"note", note});
  return facts;
}

std::vector<Fact> doubts(const DataFlags& d, const lt::Examples& e) {
  std::vector<Fact> facts;
  const auto is_usual = [](const std::string& name) {
    constexpr std::array<std::string_view, 7> usual = {"label", "labels",  "class",   "target",
                                                       "y",     "species", "category"};
    return std::ranges::find(usual, lower_case(name)) != usual.end();
  };
  if (d.label.empty() && !is_usual(e.label))
    for (const lt::Feature& feature : e.features)
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
  if (e.task == lt::Task::multilabel) {
    const std::vector<std::int64_t> sizes = lt::class_sizes(e);
    const bool several = lt::any(lt::greater(lt::sum(e.labels, 1), 1)).item<bool>();
    if (!several) facts.push_back({"note", "no row has more than one label: they are parted by ;"});
    for (std::size_t k = 0; k < sizes.size(); ++k)
      if (sizes[k] == e.size()) facts.push_back({"note", "every row has the label '" + e.classes[k] + "'"});
  }
  const auto is_number = [](const std::string& text) { return number_in<double>(text).has_value(); };
  if (const std::size_t classes = e.classes.size();
      classes > 20 && 5 * classes > rows && std::ranges::all_of(e.classes, is_number))
    facts.push_back(
        {"note", std::to_string(classes) + " numbers as classes: this tells classes apart, it does not measure"});
  return facts;
}

std::vector<Fact> single_texts(const lt::Examples& training, const lt::Preprocessing& p) {
  std::vector<Fact> facts;
  if (!p.from_table || p.tokenizer || training.image.rank() > 0) return facts;
  for (const lt::Feature& feature : training.features) {
    const auto column = std::ranges::find(p.columns, feature.name, &lt::PreparedColumn::name);
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

std::vector<Fact> new_texts(const lt::Examples& rows, const lt::Preprocessing& p) {
  std::vector<Fact> facts;
  for (const lt::PreparedColumn& column : p.columns) {
    const auto feature = std::ranges::find(rows.features, column.name, &lt::Feature::name);
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

}  // namespace command
