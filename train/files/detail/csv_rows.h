// The rows of a CSV file, from behind its header on. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/files/detail/csv_facts.h"
#include "logitape/train/files/detail/csv_records.h"

namespace logitape::inline v0::data {

// A record that repeats the header is no row: files were concatenated. But it is a row if a row may look like that: the
// header has only numbers, or is the name of the only column, and the options ask for that as text. Records of empty
// cells behind the last row, which spreadsheets write, are no rows. Between rows they are rows, so that every row has
// its place. Lines of one text behind the last row are a footer, if the table has three columns or more.
class CsvRows {
 public:
  CsvRows(Stream& stream, const CsvFacts& facts);

  bool next();
  // As in CsvRecords; empty cells behind the last column are not counted.
  std::size_t size() const;
  std::string_view operator[](std::size_t cell) const { return is_blank() ? std::string_view() : records_[cell]; }
  bool is_quoted(std::size_t cell) const { return !is_blank() && records_.is_quoted(cell); }
  std::int64_t line() const { return is_blank() ? blank_lines_[blank_at_ - 1] : records_.line(); }

  std::int64_t headers() const { return headers_; }  // how many were passed over
  struct Footer {
    std::int64_t line = 0;  // of its first line
    std::string text = {};
    bool ends = true;  // no row follows
  };
  const Footer& footer() const { return footer_; }

 private:
  bool is_blank() const { return blank_at_ > 0; }
  bool is_header() const;

  CsvRecords records_;
  const CsvFacts& facts_;
  bool tells_itself_ = false;              // no row would look like the header
  std::vector<std::int64_t> blank_lines_;  // lines of the records of empty cells before the last one read
  std::size_t blank_at_ = 0;               // how many of them have been returned; 0: the last record read is the row
  std::int64_t headers_ = 0;
  Footer footer_;
};

}  // namespace logitape::inline v0::data
