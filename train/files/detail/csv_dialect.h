// How a CSV file is written, found from its beginning: its separator, where the table begins, whether it has a header.
// Not installed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/files/csv.h"
#include "logitape/train/files/detail/csv_header.h"
#include "logitape/train/files/detail/csv_records.h"

namespace logitape::inline v0::data {

// 150,4,setosa,versicolor,virginica: the counts of rows and of inputs, the names of the classes.
struct Announced {
  std::int64_t rows;
  std::size_t inputs;
};

struct CsvDialect {
  CsvCut cut;  // its first line is that of the first record
  std::size_t columns = 0;
  CsvCells first;                           // the names, if there are any; else the first row
  bool has_header = false;                  // `first` names the columns
  bool skips_first = false;                 // the first record of the cut is not a row
  std::optional<Announced> announced = {};  // set if the first record announces these: it is neither names nor a row
  std::vector<std::string> notes = {};
};

// Errors: io for a file of another format, an empty file, or one whose beginning is not CSV.
CsvDialect find_csv_dialect(const std::string& path, const CsvOptions& options);

}  // namespace logitape::inline v0::data
