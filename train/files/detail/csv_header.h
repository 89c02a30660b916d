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

// What the records say for and against a header, in nats: the log of how many times likelier what is seen is if the
// first record names the columns than if it is a row like the others.
struct HeaderEvidence {
  double sum = 0;                  // above 0: it is a header
  double for_it = 0, against = 0;  // the parts of the sum, both at least 0
  bool numbers_as_names = false;
};

// Each column is a witness. A row's cell is drawn like those below, so that of n of them each kind (a number, a text
// that occurs again, one that does not, none) is as likely as it is frequent there, (count + 1) / (n + 2) by Laplace's
// rule. A name is nearly always a text that does not occur below; names that are numbers count up (0, 1, 2; 2023,
// 2024), and are then certain.
HeaderEvidence header_evidence(const CsvCells& first, std::span<const CsvCells> all, const MissingMarkers& missing);

}  // namespace logitape::inline v0::data
