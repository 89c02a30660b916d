// Notes about the columns of a CSV file: cells that are read differently from how they are written. Not installed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/train/files/detail/csv_counts.h"

namespace logitape::inline v0::data {

// A sentence for each note; if many columns have the same note, only for the first three.
std::vector<std::string> csv_notes(std::span<const CsvColumn> columns, std::span<const CsvCounts> counts, char decimal);

}  // namespace logitape::inline v0::data
