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
  bool comments = false;        // a line that begins with # is none of the table, nor is one drawn of dashes;
  std::size_t columns = 0;      // but one with # that has so many cells is
  std::int64_t first_line = 1;  // those before are not read
};

class CsvRecords {
 public:
  CsvRecords(Stream& stream, const CsvCut& cut);

  // Reads the next record that is no blank line; false at the end. Errors: io, with the line, where it is not CSV.
  bool next();
  // What it holds until the next call: each cell without its quotes and the blanks around it.
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t cell) const {
    const std::size_t begin = cell == 0 ? 0 : ends_[cell - 1];
    return std::string_view(text_).substr(begin, ends_[cell] - begin);
  }
  bool is_quoted(std::size_t cell) const { return quoted_[cell]; }
  bool is_empty() const { return !says_something_; }  // it has separators and no more
  std::int64_t line() const { return line_; }         // where it begins; 1 is the first

 private:
  int peek();
  int get();
  bool skips_line();  // one that is none of the table
  std::size_t cells_in(std::string_view line) const;
  bool read_cell();  // whether it is quoted
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
  std::string text_;               // of all cells, one behind the other
  std::vector<std::size_t> ends_;  // of each cell in it
  std::vector<bool> quoted_;
  bool says_something_ = false;
  std::int64_t line_ = 0, next_line_ = 1;
};

}  // namespace logitape::inline v0::data
