// Whether the first record of a CSV file names the columns. Not installed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/train/files/detail/missing.h"

namespace logitape::inline v0::data {

struct CsvCell {
  std::string text;
  bool quoted = false;
};
using CsvCells = std::vector<CsvCell>;

// The evidence of the records for and against a header, in nats: the log of a ratio. It compares the probability of the
// records if the first one names the columns, and if the first one is a row like the others.
struct HeaderEvidence {
  double sum = 0;                  // above 0: it is a header
  double for_it = 0, against = 0;  // the positive and the negative parts of the sum, both at least 0
  bool numbers_as_names = false;
};

// Each column gives evidence. A row's cell is drawn like the n cells below it: each kind (a number, a text that occurs
// again, one that does not, none) has the probability (count + 1) / (n + 2), by Laplace's rule. A name is nearly always
// a text that does not occur below. Names that are numbers count up (0, 1, 2; 2023, 2024); then they are certain.
HeaderEvidence header_evidence(const CsvCells& first, std::span<const CsvCells> all, const MissingMarkers& missing);

}  // namespace logitape::inline v0::data
