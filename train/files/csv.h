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
  // '\0': tab ; | , or blanks, whichever cuts the first lines into as many columns each, and cells that hold none of
  // the others; ' ' is any run of blanks.
  char separator = '\0';
  // Before a number's fraction, '.' or ','; the other one then parts groups of three digits. '\0': a point, and what
  // may be either is refused.
  char decimal = '\0';
  // Cells that stand for no value.
  std::vector<std::string> missing_text = {"", "NA", "N/A", "NaN", "nan", "null", "?"};
  // And those that do so in columns of numbers alone: in text they may be a word like others.
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
  // Columns left out. Of both lists an entry may be several names, a comma between; a name that has a comma itself is
  // found whole, or stands in quotes.
  std::vector<std::string> ignore = {};
  // By their names: others are left out, whatever stands in them; empty: all are read.
  std::vector<std::string> only = {};
  // The column of the classes, by name or number among those that are not left out; "" is the last. A number there is
  // kept as it is spelt where an f64 would change it (007, or 17 digits). A marker is a class where the column is text
  // and it is quoted, or the column is named in `text`, or (NA, but not ?) it has two rows and as many as the rarest of
  // the others. Empty: there is none.
  std::optional<std::string> classes = {};
  ReadProgress progress = {};  // told how far reading is; show_reading(stderr) makes one
};

// The file as a table. Cells may be quoted ("a ""b"", c", over several lines too); blanks around them (those of Unicode
// too), blank lines, rows of empty cells at the end, headers that stand there again, a byte order mark and carriage
// returns are passed over; so are a title above the table, a line of units below its names, a footer of lines of one
// text, comments (lines that begin with # and are no rows), lines drawn of dashes, Excel's "sep=;", and an empty column
// that separators at the ends of lines make; the file may be packed by gzip. It is read twice, in pieces: beside the
// table, no more than 4 MB of it are held in memory.
//
// A column is of numbers if at least half of its cells are, those that stand for no value not counted, else of text.
// Numbers are 1.5, -2, 3e-4 (with a point, whatever the locale, unless `decimal` says otherwise), also as people write
// them: $1,234.50, 12 %, (3) for -3, 1'234. One too small for an f64 is 0, one too large is refused.
//
// The first line is a header if, column by column, it is more unlike the lines below than another row would be: a word
// above numbers, a text that does not occur again above few texts, numbers that count up (0, 1, 2 or years) above
// others. A column without a name is "column 3", and so is one whose name another has: "a (column 3)". A first line
// "150,4,setosa,versicolor,virginica" that counts the rows, counts the inputs and names the classes is taken for what
// it is, where the second line has that many inputs and a class.
//
// What was decided and might be otherwise is said in Table::notes, a sentence each.
//
// Errors: io, naming file, line and column, for a file that cannot be read or is of another format (called by its name,
// with what to do), an empty one, a line with another number of columns or more than 1000000 of them, a quote that is
// not closed, a cell that is no number among numbers, numbers that may be either of two, a missing cell;
// invalid_argument for a column in the options that does not exist.
Table read_csv(const std::string& path, const CsvOptions& options = {});

// The table with a header; cells are quoted where they need it, and numbers have the shortest digits that give them
// back. Error: columns of different lengths.
std::string csv_text(const Table& table);

// The same as a file, written whole or not at all. Errors: those of csv_text; io where the file cannot be written: the
// old one is then as it was.
void write_csv(const std::string& path, const Table& table);

}  // namespace logitape::inline v0
