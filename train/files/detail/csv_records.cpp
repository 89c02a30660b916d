// RFC 4180, and what programs make of it: blanks around cells, carriage returns with a line feed or without, blank
// lines.
#include "logitape/train/files/detail/csv_records.h"

#include <algorithm>

#include "logitape/train/files/detail/amount.h"

namespace logitape::inline v0::data {
namespace {

constexpr int end_of_file = -1;
constexpr std::size_t most_bytes =
    64 << 20;  // in a record: a quote that is never closed ends here, not when memory does
constexpr std::size_t most_cells = 1'000'000;  // in a record: even an empty cell takes memory

}  // namespace

CsvRecords::CsvRecords(Stream& stream, const CsvCut& cut)
    : stream_(stream), cut_(cut), buffer_(1 << 16), filled_(stream_.read(buffer_.data(), buffer_.size())) {
  if (std::string_view(buffer_.data(), filled_).starts_with("\xef\xbb\xbf")) at_ = 3;  // the byte order mark of UTF-8
  while (next_line_ < cut_.first_line && peek() != end_of_file) get();
}

template <class... A>
void CsvRecords::refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const {
  fail(ErrorCode::io, stream_.op, "{}, line {}, column {}: {}", stream_.name, line, ends_.size() + 1,
       fmt::format(why, values...));
}

int CsvRecords::peek() {
  if (at_ == filled_) {
    filled_ = stream_.read(buffer_.data(), buffer_.size());
    at_ = 0;
    if (filled_ == 0) return end_of_file;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvRecords::get() {
  const int c = peek();
  if (c == end_of_file) return c;
  ++at_;
  if (c == 0) refuse(next_line_, "there is a byte 0, so this is no text");
  if (c == '\n') ++next_line_;
  if (c == '\r' && peek() != '\n') ++next_line_;  // a carriage return alone, as old Macs ended lines
  check_length();
  return c;
}

void CsvRecords::check_length() const {
  if (text_.size() > most_bytes)
    refuse(line_, "the line goes on for more than {} MB; is a quote not closed?", most_bytes >> 20);
}

bool CsvRecords::next() {
  do {
    if (peek() == end_of_file) return false;
    ends_.clear();
    if (cut_.comments && skips_line()) continue;
    text_.clear();
    quoted_.clear();
    line_ = next_line_;
    says_something_ = false;
    for (bool more = true; more;) {
      const bool quoted = read_cell();
      more = ends_here();
      if (ends_.size() == most_cells) refuse(line_, "the line has more than {} cells", most_cells);
      ends_.push_back(text_.size());
      quoted_.push_back(quoted);
      says_something_ = says_something_ || quoted || !text_.empty();
    }
  } while (ends_.empty() || (ends_.size() == 1 && !says_something_));  // a comment or a blank line
  return true;
}

// Good enough for a comment: it ignores quotes.
std::size_t CsvRecords::cells_in(std::string_view line) const {
  std::size_t cells = 1;
  for (std::size_t i = 1; i < line.size(); ++i)
    cells += line[i] == cut_.separator &&
             (cut_.separator != ' ' || (line[i - 1] != ' ' && line.find_first_not_of(" \t", i) != line.npos));
  return cells;
}

// A drawn line has three dashes or more: "---- | ----" and "+----+", but not "-,-".
bool CsvRecords::skips_line() {
  std::size_t end = at_, dashes = 0;
  bool drawn = true;
  for (; end < filled_ && buffer_[end] != '\n' && buffer_[end] != '\r'; ++end) {
    const char c = buffer_[end];
    dashes += c == '-' || c == '=';
    drawn = drawn && std::string_view("-=+|: \t").find(c) != std::string_view::npos;
  }
  if (end == filled_ &&
      at_ > 0) {  // the line may continue behind the buffer: move its beginning to the front, and try again
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(at_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= at_;
    at_ = 0;
    filled_ += stream_.read(buffer_.data() + filled_, buffer_.size() - filled_);
    return skips_line();
  }
  const bool commented =
      buffer_[at_] == '#' && (cut_.columns == 0 || cells_in({buffer_.data() + at_, end - at_}) != cut_.columns);
  if (!commented && !(drawn && dashes >= 3)) return false;
  for (const std::int64_t line = next_line_; next_line_ == line && peek() != end_of_file;) get();
  return true;
}

void CsvRecords::skip_blanks() {
  while (is_blank(peek())) get();
}

bool CsvRecords::read_cell() {
  skip_blanks();
  if (peek() == '"') {
    read_quoted();
    return true;
  }
  const std::size_t begin = text_.size();
  const bool blanks = cut_.separator == ' ';
  const auto ends = [this, blanks](char c) {
    return c == cut_.separator || c == '\n' || c == '\r' || c == '\0' || (blanks && c == '\t');
  };
  while (peek() != end_of_file) {  // one piece of the buffer at a time
    const char *const from = buffer_.data() + at_, *const to = std::find_if(
                                                       from, const_cast<const char*>(buffer_.data()) + filled_, ends);
    text_.append(from, to);
    at_ += static_cast<std::size_t>(to - from);
    check_length();
    if (at_ < filled_) break;
  }
  if (peek() == 0) get();  // refuses it
  const std::string_view cell = std::string_view(text_).substr(begin), kept = trimmed(cell);
  if (kept.size() < cell.size()) text_.replace(begin, cell.size(), std::string(kept));
  return false;
}

void CsvRecords::read_quoted() {
  const std::int64_t begin = next_line_;
  const std::size_t cell = text_.size();
  const auto may_end_here = [this] {
    const int c = peek();
    return c == end_of_file || c == '\n' || c == '\r' || c == static_cast<unsigned char>(cut_.separator);
  };
  for (get();;) {
    const int c = get();
    if (c == end_of_file) refuse(begin, "the quote that begins here is not closed");
    if (c == '"') {
      const bool escaped = text_.size() > cell && text_.back() == '\\' && peek() != '"' && !may_end_here();
      if (escaped) text_.pop_back();  // \", as Spark and MySQL write a quote
      else if (peek() != '"') break;
      else get();
    }
    text_ += static_cast<char>(c);
  }
  skip_blanks();
}

bool CsvRecords::ends_here() {
  if (cut_.separator == ' ') {
    skip_blanks();
    if (const int c = peek(); c != '\n' && c != '\r' && c != end_of_file) return true;
  }
  const int c = get();
  if (c == static_cast<unsigned char>(cut_.separator)) return true;
  if (c == '\r' && peek() == '\n') get();
  if (c != '\n' && c != '\r' && c != end_of_file)
    refuse(line_, "'{}' stands behind a closing quote", static_cast<char>(c));
  return false;
}

}  // namespace logitape::inline v0::data
