// The rows of a CSV file, behind its header. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/files/detail/csv_facts.h"
#include "logitape/train/files/detail/csv_records.h"

namespace logitape::inline v0::data {

// A record that says what the header says is no row, as where files were put one behind the other. It is one if a row
// may say that: where the header is numbers alone, or names the only column, asked for as text. Records of empty cells
// behind the last row, which spreadsheets write, are no rows; between rows they are, so that each has its place. Lines
// of one text behind the last row of three columns and more are a footer.
class CsvRows {
 public:
  CsvRows(Stream& stream, const CsvFacts& facts);

  bool next();
  // As of CsvRecords; cells behind the last column are not counted if they are empty.
  std::size_t size() const;
  std::string_view operator[](std::size_t cell) const { return is_blank() ? std::string_view() : records_[cell]; }
  bool is_quoted(std::size_t cell) const { return !is_blank() && records_.is_quoted(cell); }
  std::int64_t line() const { return is_blank() ? blank_lines_[blank_at_ - 1] : records_.line(); }

  std::int64_t headers() const { return headers_; }  // that were passed over
  struct Footer {
    std::int64_t line = 0;  // of the first
    std::string text = {};
    bool ends = true;  // no row follows
  };
  const Footer& footer() const { return footer_; }

 private:
  bool is_blank() const { return blank_at_ > 0; }
  bool is_header() const;

  CsvRecords records_;
  const CsvFacts& facts_;
  bool tells_itself_ = false;              // the header: no row would say that
  std::vector<std::int64_t> blank_lines_;  // of the records of empty cells before the one that was read last
  std::size_t blank_at_ = 0;               // how many of them have been given out; 0: that record has
  std::int64_t headers_ = 0;
  Footer footer_;
};

}  // namespace logitape::inline v0::data
