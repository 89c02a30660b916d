// CSV files (RFC 4180, and what programs write for it) as tables, and tables as CSV files.
#pragma once
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/files/file.h"
#include "logitape/train/files/table.h"

namespace logitape::inline v0 {

// How a CSV file is read. Columns are called by their name or number, as in Table::place_of.
struct CsvOptions {
  NamedOnly named_only = NamedOnly();
  std::optional<bool> header = {};  // whether the first line names the columns; empty: seen from the file
  // '\0': one of tab ; | , and blanks is chosen: the one that cuts the first lines into the same number of columns, in
  // cells that hold none of the others. ' ' is any run of blanks.
  char separator = '\0';
  // The mark before a number's fraction, '.' or ','; the other one then separates groups of three digits. '\0': a
  // point; a number that could be read both ways is refused.
  char decimal = '\0';
  // Cells that stand for no value.
  std::vector<std::string> missing_text = {"", "NA", "N/A", "NaN", "nan", "null", "?"};
  // And cells that stand for no value in columns of numbers only: in text they may be ordinary words.
  // clang-format off
  std::vector<std::string> missing_number = {
      "NULL", "Null", "None", "none", "NONE", "nil", "n/a", "N/a", "na", "n.a.", "N.A.", "<NA>", "<na>", "#N/A", "#NA",
      "#N/A N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "NAN", "-NaN", "-nan", "NaT", "1.#IND",
      "-1.#IND", "1.#QNAN", "-1.#QNAN", "nan(ind)", "-nan(ind)", "\\N", "-", "--", "---", ".", "..", "...", "*",
      "\xe2\x80\x93", "\xe2\x80\x94", "(null)", "<null>", "missing", "Missing", "MISSING", "unknown", "Unknown",
      "UNKNOWN", "undefined", "not available", "Not Available", "nd", "n/d"};
  // clang-format on
  bool allow_missing = false;  // missing cells become NaN; otherwise the first one is refused
  // Columns that are text, even if every cell is a number.
  std::vector<std::string> text = {};
  // Columns left out. In this list and in `text` an entry may be several names with commas between; a name that has a
  // comma itself is found whole, or stands in quotes.
  std::vector<std::string> ignore = {};
  // Columns to read, by name; all others are left out, whatever they hold. Empty: all are read.
  std::vector<std::string> only = {};
  // The column of the classes, by name or number among those that are not left out; "" is the last. A number in it
  // keeps its spelling if an f64 would change it (007, or 17 digits). A marker of missing values is a class if the
  // column is text and the marker is quoted; or if `text` names the column; or (NA, but not ?) if the marker has at
  // least two rows, and as many as the rarest other class. Empty: there is no column of classes.
  std::optional<std::string> classes = {};
  // The column of the classes is text, whatever its cells are, and one that is empty is an empty text.
  bool classes_are_text = false;
  ReadProgress progress = {};  // told how far reading is; show_reading(stderr) makes one
};

// The file as a table. Cells may be quoted ("a ""b"", c", over several lines too). The reader passes over blanks around
// cells (those of Unicode too), blank lines, rows of empty cells at the end, repeated headers, a byte order mark,
// carriage returns, a title above the table, a line of units below its names, a footer of lines of one text, comments
// (lines that begin with # and are no rows), lines of dashes, Excel's "sep=;", and an empty column made by separators
// at the ends of lines. The file may be packed by gzip. It is read twice, in pieces: besides the table, at most 4 MB of
// it are in memory.
//
// A column is numbers if at least half of its cells are numbers, not counting cells that stand for no value; else it is
// text. Numbers are 1.5, -2, 3e-4 (with a point, whatever the locale, unless `decimal` says otherwise), and as people
// write them: $1,234.50, 12 %, (3) for -3, 1'234. One too small for an f64 is 0, one too large is refused.
//
// The first line is a header if it differs more from the lines below than another row would. Each column adds evidence:
// a word above numbers, a text that does not occur again above few different texts, numbers that count up (0, 1, 2 or
// years) above others. A column without a name is called "column 3"; a column whose name another column has is called
// "a (column 3)". A first line "150,4,setosa,versicolor,virginica" counts the rows, counts the inputs and names the
// classes; it is read so if the second line has that many inputs and a class.
//
// Table::notes says what was decided and might be otherwise, a sentence each.
//
// Errors: io, naming file, line and column, for a file that cannot be read or is of another format (the error names it,
// and what to do), an empty one, a line with another number of columns or more than 1000000 of them, a quote that is
// not closed, a cell that is no number among numbers, numbers that could be read both ways, a missing cell;
// invalid_argument for a column in the options that does not exist.
Table read_csv(const std::string& path, const CsvOptions& options = {});

// The table with a header. Cells are quoted where they need it, and numbers have the fewest digits that give the same
// f64 again. Error: columns of different lengths.
std::string csv_text(const Table& table);

// The same as a file, written whole or not at all. Errors: those of csv_text; io if the file cannot be written: the old
// one stays as it was.
void write_csv(const std::string& path, const Table& table);

}  // namespace logitape::inline v0
