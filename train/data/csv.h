// CSV files (RFC 4180, and what programs write for it) as tables, and tables as CSV files.
#pragma once
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/data/table.h"

namespace logitape::inline v0 {

// How a CSV file is read. Columns are called by their name or number, as in Table::place_of.
struct CsvOptions {
  std::optional<bool> header = {};  // whether the first line names the columns; empty: seen from the file
  char separator = '\0';            // '\0': tab, ; or , whichever cuts the first 20 lines into as many columns each
  std::vector<std::string> missing_text = {"", "NA", "N/A", "NaN", "nan", "null", "?"};  // cells that stand for no value
  bool allow_missing = false;            // missing cells become NaN; otherwise the first one is refused
  std::vector<std::string> text = {};    // columns that are text, even if every cell is a number
  std::vector<std::string> ignore = {};  // columns left out
  std::vector<std::string> only = {};    // by name: all others are left out, whatever stands in them; empty: every column is read
  std::FILE* progress = nullptr;         // where a bar is drawn once reading takes over a second; null: nowhere
};

// The file as a table. Cells may be quoted ("a ""b"", c", over several lines too); blanks around them, blank lines, a byte order
// mark and carriage returns are passed over; the file may be packed by gzip. It is read twice, in pieces: beside the
// table, no more than a line is held in memory.
//
// A column is of numbers if at least half of its cells are (1.5, -2, 3e-4: with a point, whatever the locale), else of
// text. The first line is a header if, in some column, its cell is no number and all others are, or if the columns are all text and none
// of its cells occurs again; a column without a name is "column 3". A first line "150,4,setosa,versicolor,virginica" that
// counts the rows, counts the inputs and names the classes is taken for what it is, where the second line has that many inputs and a class.
//
// Errors: io, naming file, line and column, for a file that cannot be read or is no text, an empty one, a line with
// another number of columns or more than 1000000 of them, a quote that is not closed, a cell that is no number among numbers, a missing
// cell, a name that two columns have; invalid_argument for a column in the options that does not exist.
Table read_csv(const std::string& path, const CsvOptions& options = {});

// The table with a header; cells are quoted where they need it, and numbers have the shortest digits that give them back.
// Error: columns of different lengths.
std::string csv_text(const Table& table);

// The same as a file, written whole or not at all. Errors: those of csv_text; io where the file cannot be written: the old one is then
// as it was.
void write_csv(const std::string& path, const Table& table);

}  // namespace logitape::inline v0
