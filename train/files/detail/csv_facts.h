// What the first reading of a CSV file finds out: how it is cut, what its columns are called and hold. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/train/files/csv.h"
#include "logitape/train/files/detail/csv_records.h"

namespace logitape::inline v0::data {

// A column of the file.
struct CsvColumn {
  std::string name;
  bool ignored = false;
  bool is_text = false;
  bool asked_for = false;                 // as text, by the options
  bool is_classes = false;                // the column of the classes
  std::vector<std::string> classes = {};  // markers that are classes there, not missing ones, where they are not quoted
};

struct CsvFacts {
  CsvCut cut;
  bool skips_first = false;         // the first record is no row
  std::vector<std::string> header;  // what it says, if it names the columns
  char decimal = '.';
  std::vector<std::string> class_names;  // that it gave
  std::vector<CsvColumn> columns;
  std::vector<std::string> notes;
  std::int64_t rows = 0;
};

// Errors: all of read_csv's that concern what the file says.
CsvFacts find_csv_facts(const std::string& path, const CsvOptions& options);

}  // namespace logitape::inline v0::data
