// A table: columns with names, each of numbers or of text. CSV files are read to tables and written from them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0 {

// Numbers; or text: then the values are places in `categories`. NaN means a missing cell.
struct Column {
  std::string name;
  std::vector<double> values;
  std::vector<std::string> categories;  // the different texts in ascending order; empty: a column of numbers

  bool is_text() const { return !categories.empty(); }
  bool is_missing(std::size_t row) const { return values[row] != values[row]; }
  // The cell as it is written: the text, or the fewest digits that give the same number again; "" if it is missing.
  std::string text(std::size_t row) const;
};

// A column from cells of text; an empty cell is a missing one.
Column text_column(std::string name, std::span<const std::string> cells);

// Columns of one length; row i is element i of every column.
struct Table {
  std::vector<Column> columns;
  std::string path = {};                 // of its file, for messages; empty: there is no file
  std::vector<std::int64_t> lines = {};  // where each row begins in that file; empty: unknown
  // For a file that begins "150,4,setosa,...": the meanings of 0, 1, ... in its last column.
  std::vector<std::string> class_names = {};
  std::vector<std::string> notes = {};  // what the reader decided and might be otherwise, a sentence each

  std::int64_t rows() const { return columns.empty() ? 0 : static_cast<std::int64_t>(columns.front().values.size()); }
  // The place of the column of that name. If no column has it, the place of the column of that number: 1 is the first,
  // -1 the last, as is "". Error: there is none; the sentence lists the columns.
  std::size_t place_of(std::string_view column) const;
  // The places of several names with commas between. A name that has a comma itself is found whole, or stands in quotes
  // ("a, b",c). Error: as above.
  std::vector<std::size_t> places_of(std::string_view columns) const;
  const Column& at(std::string_view column) const { return columns[place_of(column)]; }
};

// These rows, in this order; a row may occur more than once. Error: a row outside [0, rows).
Table take(const Table& table, std::span<const std::int64_t> rows);

}  // namespace logitape::inline v0
