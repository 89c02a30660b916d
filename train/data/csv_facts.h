// What the first reading of a CSV file finds out: its separator, its columns, and whether it begins with a header. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/train/data/csv.h"

namespace logitape::inline v0::data {

// A column of the file.
struct CsvColumn {
  std::string name;
  bool ignored = false;
  bool is_text = false;
  bool asked_for = false;  // as text, by the options
};

struct CsvFacts {
  char separator = ',';
  bool skips_first = false;              // the first line is no row
  std::vector<std::string> class_names;  // that it gave
  std::vector<CsvColumn> columns;
  std::int64_t rows = 0;
};

// Errors: all of read_csv's that concern what the file says.
CsvFacts find_csv_facts(const std::string& path, const CsvOptions& options);

}  // namespace logitape::inline v0::data
