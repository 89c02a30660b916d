// Cells become labels, numbers or weights; the first that is none is named with its file, line and column.
#include "logitape/train/data/detail/targets.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/data/detail/row_weights.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* targets_op = "examples_of";

[[noreturn]] void complain(const Table& table, std::size_t row, std::size_t column, const std::string& why) {
  fail(ErrorCode::invalid_argument, targets_op, "{}: {}", place_of_cell(table, row, column), why);
}

// Rows of 0 and 1 of the labels in each row.
Targets rows_of_labels(const std::vector<std::vector<std::string>>& rows) {
  std::map<std::string, std::size_t> places;
  for (const auto& row : rows)
    for (const std::string& label : row) places.emplace(label, 0);
  Targets targets;
  for (auto& [label, place] : places) {
    place = targets.names.size();
    targets.names.push_back(label);
  }
  std::vector<float> ones(rows.size() * places.size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (const std::string& label : rows[row]) ones[row * places.size() + places.at(label)] = 1;
  targets.labels = from_span(ones, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(places.size())});
  return targets;
}

}  // namespace

std::string place_of_cell(const Table& table, std::size_t row, std::size_t column) {
  const std::string file = table.path.empty() ? "" : table.path + ", ";
  const std::string where = table.lines.empty() ? fmt::format("row {}", row) : fmt::format("line {}", table.lines[row]);
  return fmt::format("{}{}, column {} ({})", file, where, column + 1, table.columns[column].name);
}

Targets label_sets_of(const Table& table, std::size_t place) {
  const Column& column = table.columns[place];
  std::vector<std::vector<std::string>> rows;
  bool numbers = true;
  std::optional<std::size_t> measured;  // the first row whose cell is no whole number
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    const std::string cell = column.text(row);
    rows.push_back(column.is_missing(row) ? std::vector<std::string>() : labels_in(cell));
    double number = 0;
    if (column.is_missing(row)) continue;
    numbers = numbers && parse_number(cell, number);
    if (numbers && !measured && std::trunc(number) != number) measured = row;
  }
  if (numbers && measured)
    complain(table, *measured, place,
             fmt::format("the label {} is a number that measures; labels are texts such as a;b, and numbers are learnt "
                         "by the task regression (Task, --task regression)",
                         column.text(*measured)));
  Targets targets = rows_of_labels(rows);
  require(!targets.names.empty(), targets_op, "{}column '{}' has no label in any of the {} rows",
          table.path.empty() ? "" : table.path + ": ", column.name, rows.size());
  return targets;
}

Targets numbers_of(const Table& table, std::size_t place) {
  const Column& column = table.columns[place];
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    double number = 0;
    if (column.is_missing(row))
      complain(table, row, place, "the target is missing; a row without one has to be taken out");
    if (column.is_text() && !parse_number(column.text(row), number))
      complain(table, row, place,
               fmt::format("the target '{}' is no number, and the task is regression; another column is named by "
                           "--label (TableOptions::label), and texts are told apart by the task classes",
                           column.text(row)));
    if (!column.is_text() && !std::isfinite(column.values[row]))
      complain(table, row, place, fmt::format("the target {} is not finite", column.values[row]));
  }
  require(!column.is_text(), targets_op, "{}column '{}' was read as text, and the task is regression",
          table.path.empty() ? "" : table.path + ": ", column.name);
  return {from_span(column.values, {table.rows()})};
}

Tensor weights_of(const Table& table, const std::string& name, std::size_t label) {
  const std::size_t place = table.place_of(name);
  const Column& column = table.columns[place];
  const std::string where = table.path.empty() ? "" : table.path + ": ";
  require(place != label, targets_op,
          "{}column '{}' is the last, and holds the weights of the rows: say which column is the label "
          "(TableOptions::label, --label)",
          where, column.name);
  double sum = 0;
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (column.is_missing(row)) complain(table, row, place, "the weight of the row is missing");
    if (column.is_text()) complain(table, row, place, fmt::format("the weight '{}' is no number", column.text(row)));
    if (!(std::isfinite(column.values[row]) && column.values[row] >= 0))
      complain(table, row, place,
               fmt::format("the weight {} is not a finite number of 0 or more", number_text(column.values[row])));
    sum += column.values[row];
  }
  require(std::isfinite(sum) && sum > 0, targets_op, "{}the weights in column '{}' add up to {}", where, column.name,
          sum);
  return from_span(column.values, {table.rows()});
}

Targets targets_of(const Tensor& labels, std::vector<std::string> names, Task task) {
  const std::vector<double> x = labels.to_vector<double>();
  const auto each = labels.shape()[0] == 0 ? 1 : labels.size() / labels.shape()[0];
  const auto row_of = [&](std::size_t i) { return i / static_cast<std::size_t>(each); };
  if (task == Task::regression) {
    require(each == 1, targets_op, "the targets are {}; [n] or [n,1] is needed, a number for each row", labels);
    for (std::size_t i = 0; i < x.size(); ++i)
      require(std::isfinite(x[i]), targets_op, "row {}: the target {} is not finite", i, x[i]);
    return {from_span(x, {labels.shape()[0]})};
  }
  require(labels.rank() == 2, targets_op, "the labels are {}; 0 and 1 in [n, labels] are needed", labels);
  require(names.empty() || static_cast<std::int64_t>(names.size()) == each, targets_op,
          "{} names are given for {} labels", names.size(), each);
  for (std::size_t i = 0; i < x.size(); ++i)
    require(x[i] == 0 || x[i] == 1, targets_op, "row {} of the labels has {}; 0 and 1 are needed", row_of(i), x[i]);
  for (std::int64_t label = static_cast<std::int64_t>(names.size()); label < each; ++label)
    names.push_back(std::to_string(label));
  return {labels.to(DType::f32), std::move(names)};
}

Tensor matched_label_sets(const Examples& examples, const std::vector<std::string>& names,
                          const std::vector<std::int64_t>& sizes) {
  const std::vector<float> from = examples.labels.to_vector<float>();
  const std::size_t rows = static_cast<std::size_t>(examples.size()), width = examples.classes.size();
  const std::vector<std::int64_t> members = class_sizes(examples);
  std::vector<float> to(rows * names.size());
  for (std::size_t label = 0; label < width; ++label) {
    if (members[label] == 0) continue;
    const auto found = std::find(names.begin(), names.end(), examples.classes[label]);
    const auto place = static_cast<std::size_t>(found - names.begin());
    require(found != names.end() && sizes[place] > 0, "Preprocessing",
            "label '{}' has {} rows here and none in training", examples.classes[label], members[label]);
    for (std::size_t row = 0; row < rows; ++row) to[row * names.size() + place] = from[row * width + label];
  }
  return from_span(to, {examples.size(), static_cast<std::int64_t>(names.size())});
}

}  // namespace logitape::inline v0::data
