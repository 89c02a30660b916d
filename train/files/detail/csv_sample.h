// The beginning of a CSV file, to be cut in several ways until one fits. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/train/files/detail/csv_header.h"
#include "logitape/train/files/detail/csv_records.h"

namespace logitape::inline v0::data {

struct CsvSample {
  std::string name;  // of the file, for messages
  std::string text;
  bool whole = false;  // it is the whole file
};
// Up to 256 KB, and up to 4 MB where lines are long, to the end of a line.
CsvSample csv_sample(const char* op, const std::string& path);

// Its records as that cut has them, up to 1000 and 200,000 cells, from the first to the last that is not of empty
// cells.
struct SampleRecords {
  std::vector<CsvCells> rows;
  std::vector<std::int64_t> lines;  // where each begins
  bool whole = false;               // to the end of the file
};
// Error: io where it is not CSV.
SampleRecords cut_sample(const char* op, const CsvSample& sample, const CsvCut& cut);

}  // namespace logitape::inline v0::data
