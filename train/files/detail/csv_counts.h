// Counts the kinds of cells in a column of a CSV file, and keeps the first of each kind. Not installed.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "logitape/train/files/detail/csv_facts.h"
#include "logitape/train/files/detail/missing.h"

namespace logitape::inline v0::data {

// The first cell of a kind.
struct FirstCell {
  std::int64_t line = INT64_MAX;
  std::string text = {};

  bool exists() const { return line != INT64_MAX; }
  void see(std::string_view cell, std::int64_t where) {
    if (where < line) *this = {where, std::string(cell)};
  }
};

struct CsvCounts {
  std::int64_t numbers = 0, texts = 0;
  std::int64_t missing = 0;  // cells that are missing in a column of any kind
  std::int64_t words = 0;    // cells that are missing among numbers, but texts among texts
  std::int64_t quoted_markers = 0;
  // texts that look like 1,5, or 1.5 where a comma is the decimal mark; like 2024-01-31 or 12:30; like 5 kg; all that
  // begin with a digit
  std::int64_t other_marks = 0, dates = 0, measures = 0, like_numbers = 0;
  bool has_point = false, is_certain = false;  // a number with a point; one whose comma can only part groups
  std::string unit;                            // of the amounts
  FirstCell text, empty, word, amount, either, zero, power, rounded, other_unit;
  std::map<std::string, std::int64_t> markers;  // those that are not empty, and not quoted in a column of classes
  std::map<std::string, std::int64_t, std::less<>> classes = {};  // the texts of a column of classes

  void add(std::string_view cell, bool quoted, std::int64_t line, const CsvColumn& column,
           const MissingMarkers& markers, char decimal);

  bool of_text() const { return texts > numbers || (numbers == 0 && texts + words > 0); }
};

}  // namespace logitape::inline v0::data
