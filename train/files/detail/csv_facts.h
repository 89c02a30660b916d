// What the first reading of a CSV file finds: how to cut it, and the names and contents of its columns. Not installed.
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
  bool asked_for = false;                 // as text, in the options
  bool is_classes = false;                // the column of the classes
  std::vector<std::string> classes = {};  // markers that, unquoted, are classes here and not missing cells
};

struct CsvFacts {
  CsvCut cut;
  bool skips_first = false;         // the first record is not a row
  std::vector<std::string> header;  // the cells of the first record, if it names the columns
  char decimal = '.';
  std::vector<std::string> class_names;  // the classes that an announcement names
  std::vector<CsvColumn> columns;
  std::vector<std::string> notes;
  std::int64_t rows = 0;
};

// Errors: those of read_csv about what is in the file.
CsvFacts find_csv_facts(const std::string& path, const CsvOptions& options);

}  // namespace logitape::inline v0::data
