// The records of a CSV file, one after another. Not installed.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/data/source.h"

namespace logitape::inline v0::data {

class CsvRecords {
 public:
  CsvRecords(Stream& stream, char separator);

  // Reads the next record that is no blank line; false at the end. Errors: io, with the line, where it is not CSV.
  bool next();
  // What it holds until the next call: each cell without its quotes and the blanks around it.
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t cell) const {
    const std::size_t begin = cell == 0 ? 0 : ends_[cell - 1];
    return std::string_view(text_).substr(begin, ends_[cell] - begin);
  }
  std::int64_t line() const { return line_; }  // where it begins; 1 is the first

 private:
  int peek();
  int get();
  void read_cell();
  void read_quoted();
  bool ends_here();  // takes a separator, or the end of the line
  void skip_blanks();
  void check_length() const;
  template <class... A>
  [[noreturn]] void refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const;

  Stream& stream_;
  char separator_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::string text_;               // of all cells, one behind the other
  std::vector<std::size_t> ends_;  // of each cell in it
  std::int64_t line_ = 0, next_line_ = 1;
  bool more_cells_ = false, quoted_ = false;
};

}  // namespace logitape::inline v0::data
