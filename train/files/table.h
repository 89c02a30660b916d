// A table: columns with names, each of numbers or of text. What a CSV file gives, and what is written as one.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0 {

// Numbers, or text: then the values are places in `categories`. NaN where a cell is missing.
struct Column {
  std::string name;
  std::vector<double> values;
  std::vector<std::string> categories;  // what its cells say, each once, in ascending order; empty: a column of numbers

  bool is_text() const { return !categories.empty(); }
  bool is_missing(std::size_t row) const { return values[row] != values[row]; }
  // The cell as it is written: the text, or the shortest digits that give the number back; "" where it is missing.
  std::string text(std::size_t row) const;
};

// A column from cells of text; an empty cell is a missing one.
Column text_column(std::string name, std::span<const std::string> cells);

// Columns of one length, row i of one beside row i of the others.
struct Table {
  std::vector<Column> columns;
  std::string path = {};                 // of its file, for messages; empty: it has none
  std::vector<std::int64_t> lines = {};  // where each row begins in that file; empty: nobody knows
  // Of a file that begins "150,4,setosa,...": what 0, 1, ... in its last column mean.
  std::vector<std::string> class_names = {};
  std::vector<std::string> notes = {};  // what its reader decided and might be otherwise, a sentence each

  std::int64_t rows() const { return columns.empty() ? 0 : static_cast<std::int64_t>(columns.front().values.size()); }
  // The place of the column of that name or, where none has it, of that number: 1 is the first, -1 the last, as is "".
  // Error: there is none; the columns that there are stand in the sentence.
  std::size_t place_of(std::string_view column) const;
  // Those of several names, a comma between: a name that has a comma itself is found whole, or stands in quotes ("a,
  // b",c). Error: as above.
  std::vector<std::size_t> places_of(std::string_view columns) const;
  const Column& at(std::string_view column) const { return columns[place_of(column)]; }
};

// Those rows, in that order, a row as often as it is named. Error: a row outside [0, rows).
Table take(const Table& table, std::span<const std::int64_t> rows);

}  // namespace logitape::inline v0
