// The second reading of a CSV file fills the columns that the first reading found. Also writes a table as a CSV file.
#include "logitape/train/files/csv.h"

#include <algorithm>
#include <limits>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/categories.h"
#include "logitape/train/files/detail/csv_facts.h"
#include "logitape/train/files/detail/csv_rows.h"
#include "logitape/train/files/detail/missing.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace {

// One column as it fills.
struct Filling {
  const data::CsvColumn* column;
  std::vector<double> values = {};
  data::Categories categories = {};

  // False: the first reading did not see such a cell.
  bool add(std::string_view cell, bool quoted, const data::MissingMarkers& missing, char decimal) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (column->is_text) {
      if (!missing.anywhere(cell) || is_class(cell, quoted)) value = categories.place(cell);
    } else if (!missing.among_numbers(cell)) {
      const auto number = data::parse_amount(cell, decimal);
      if (!number) return false;
      value = number->value;
    }
    values.push_back(value);
    return true;
  }

 private:
  // Whether a marker of missing values is a class here: only in a column of classes.
  bool is_class(std::string_view cell, bool quoted) const {
    if (!column->is_classes || cell.empty()) return false;
    return quoted || std::find(column->classes.begin(), column->classes.end(), cell) != column->classes.end();
  }
};

std::string quoted(const std::string& cell) {
  const bool plain =
      cell.find_first_of(",;|\t\"\r\n#") == std::string::npos && !cell.empty() && data::trimmed(cell) == cell;
  if (plain) return cell;
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + '"';
}

}  // namespace

Table read_csv(const std::string& path, const CsvOptions& options) {
  const data::CsvFacts facts = data::find_csv_facts(path, options);
  std::vector<Filling> filling;
  for (const data::CsvColumn& column : facts.columns) {
    filling.push_back({.column = &column});
    if (!column.ignored) filling.back().values.reserve(static_cast<std::size_t>(facts.rows));
  }
  Table table;
  table.path = path;
  table.class_names = facts.class_names;
  table.notes = facts.notes;
  const data::MissingMarkers missing(options);
  const auto stream = data::open_stream("read_csv", path);
  data::CsvRows records(*stream, facts);
  bool same = true;
  while (same && records.next()) {
    same = records.size() == filling.size();
    for (std::size_t i = 0; same && i < filling.size(); ++i)
      if (!filling[i].column->ignored) same = filling[i].add(records[i], records.is_quoted(i), missing, facts.decimal);
    table.lines.push_back(records.line());
  }
  if (!same || static_cast<std::int64_t>(table.lines.size()) != facts.rows)
    fail(ErrorCode::io, "read_csv", "{} changed while it was read", path);
  for (Filling& f : filling)
    if (!f.column->ignored) table.columns.push_back(f.categories.column(f.column->name, std::move(f.values)));
  return table;
}

std::string csv_text(const Table& table) {
  std::string text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    require(static_cast<std::int64_t>(column.values.size()) == table.rows(), "csv_text",
            "column '{}' has {} rows, '{}' has {}", column.name, column.values.size(), table.columns.front().name,
            table.rows());
    if (i > 0) text += ',';
    text += quoted(column.name);
  }
  text += '\n';
  for (std::size_t row = 0; row < static_cast<std::size_t>(table.rows()); ++row) {
    // a row without any value is quoted: a line of empty cells would be no row
    const bool says_something =
        std::any_of(table.columns.begin(), table.columns.end(), [row](const Column& c) { return !c.is_missing(row); });
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      if (i > 0) text += ',';
      if (!column.is_missing(row) || !says_something) text += quoted(column.text(row));
    }
    text += '\n';
  }
  return text;
}

void write_csv(const std::string& path, const Table& table) { write_file(path, csv_text(table)); }

}  // namespace logitape::inline v0
