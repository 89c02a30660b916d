// What is said of a CSV file's columns: cells that were read otherwise than they stand there. Not installed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/train/files/detail/csv_counts.h"

namespace logitape::inline v0::data {

// A sentence each; of many columns with the same the first three.
std::vector<std::string> csv_notes(std::span<const CsvColumn> columns, std::span<const CsvCounts> counts, char decimal);

}  // namespace logitape::inline v0::data
