// The beginning of a CSV file, cut in several ways until one fits. Not installed.
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
  bool whole = false;  // the sample is the whole file
};
// Up to 256 KB, or up to 4 MB if lines are long; it ends at the end of a line.
CsvSample csv_sample(const char* op, const std::string& path);

// The records of the sample under one cut: at most 1000 records and 200,000 cells, from the first to the last record
// with a cell that is not empty.
struct SampleRecords {
  std::vector<CsvCells> rows;
  std::vector<std::int64_t> lines;  // where each begins
  bool whole = false;               // they reach the end of the file
};
// Error: io if it is not CSV.
SampleRecords cut_sample(const char* op, const CsvSample& sample, const CsvCut& cut);

}  // namespace logitape::inline v0::data
