// The records of a CSV file, one after another. Not installed.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// How lines are cut.
struct CsvCut {
  char separator = ',';         // ' ': any run of blanks
  bool comments = false;        // a line that begins with # is skipped, as is a line of dashes;
  std::size_t columns = 0;      // but a # line with this many cells is a row
  std::int64_t first_line = 1;  // lines before it are not read
};

class CsvRecords {
 public:
  CsvRecords(Stream& stream, const CsvCut& cut);

  // Reads the next record that is not a blank line; false at the end. Errors: io, with the line, if it is not CSV.
  bool next();
  // The cells of the record, valid until the next call: each without its quotes and the blanks around it.
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t cell) const {
    const std::size_t begin = cell == 0 ? 0 : ends_[cell - 1];
    return std::string_view(text_).substr(begin, ends_[cell] - begin);
  }
  bool is_quoted(std::size_t cell) const { return quoted_[cell]; }
  bool is_empty() const { return !says_something_; }  // there are separators only
  std::int64_t line() const { return line_; }         // where the record begins; the first line is 1

 private:
  int peek();
  int get();
  bool skips_line();  // whether it skipped a line that is not of the table
  std::size_t cells_in(std::string_view line) const;
  bool read_cell();  // true: it is quoted
  void read_quoted();
  bool ends_here();  // takes a separator, or the end of the line
  void skip_blanks();
  bool is_blank(int c) const { return c == ' ' || (c == '\t' && cut_.separator != '\t'); }
  void check_length() const;
  template <class... A>
  [[noreturn]] void refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const;

  Stream& stream_;
  CsvCut cut_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::string text_;               // of all cells, concatenated
  std::vector<std::size_t> ends_;  // where each cell ends in text_
  std::vector<bool> quoted_;
  bool says_something_ = false;
  std::int64_t line_ = 0, next_line_ = 1;
};

}  // namespace logitape::inline v0::data
