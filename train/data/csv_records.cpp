// RFC 4180, and what programs make of it: blanks around cells, carriage returns with a line feed or without, blank lines.
#include "logitape/train/data/csv_records.h"

#include <algorithm>

namespace logitape::inline v0::data {
namespace {

constexpr int end_of_file = -1;
constexpr std::size_t most_bytes = 64 << 20;   // of a record: a quote that is never closed ends here, not with the memory
constexpr std::size_t most_cells = 1'000'000;  // of a record: a cell without a byte takes memory too

}  // namespace

CsvRecords::CsvRecords(Stream& stream, char separator)
    : stream_(stream), separator_(separator), buffer_(1 << 16), filled_(stream_.read(buffer_.data(), buffer_.size())) {
  const std::string_view begin(buffer_.data(), filled_);
  if (begin.starts_with("\xef\xbb\xbf")) at_ = 3;  // the byte order mark of UTF-8
  if (begin.starts_with("\xff\xfe") || begin.starts_with("\xfe\xff"))
    fail(ErrorCode::io, stream_.op, "{} is UTF-16: save it as UTF-8, for example by iconv -f UTF-16 -t UTF-8", stream_.name);
}

template <class... A>
void CsvRecords::refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const {
  fail(ErrorCode::io, stream_.op, "{}, line {}, column {}: {}", stream_.name, line, ends_.size() + 1, fmt::format(why, values...));
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
  if (c == '\r' && peek() != '\n') ++next_line_;  // alone, as old Macs ended their lines
  check_length();
  return c;
}

void CsvRecords::check_length() const {
  if (text_.size() > most_bytes) refuse(line_, "the line goes on for more than {} MB; is a quote not closed?", most_bytes >> 20);
}

bool CsvRecords::next() {
  do {
    if (peek() == end_of_file) return false;
    text_.clear();
    ends_.clear();
    line_ = next_line_;
    quoted_ = false;
    do {
      read_cell();
      more_cells_ = ends_here();
      if (ends_.size() == most_cells) refuse(line_, "the line has more than {} cells", most_cells);
      ends_.push_back(text_.size());
    } while (more_cells_);
  } while (ends_.size() == 1 && text_.empty() && !quoted_);  // a blank line
  return true;
}

void CsvRecords::skip_blanks() {
  while (peek() == ' ' || (peek() == '\t' && separator_ != '\t')) get();
}

void CsvRecords::read_cell() {
  skip_blanks();
  if (peek() == '"') return read_quoted();
  const std::size_t begin = text_.size();
  const auto ends = [this](char c) { return c == separator_ || c == '\n' || c == '\r' || c == '\0'; };
  while (peek() != end_of_file) {  // a piece of the buffer at a time
    const char *const from = buffer_.data() + at_, *const to = std::find_if(from, const_cast<const char*>(buffer_.data()) + filled_, ends);
    text_.append(from, to);
    at_ += static_cast<std::size_t>(to - from);
    check_length();
    if (at_ < filled_) break;
  }
  if (peek() == 0) get();  // which refuses it
  while (text_.size() > begin && (text_.back() == ' ' || text_.back() == '\t')) text_.pop_back();
}

void CsvRecords::read_quoted() {
  const std::int64_t begin = next_line_;
  quoted_ = true;
  for (get();;) {
    const int c = get();
    if (c == end_of_file) refuse(begin, "the quote that begins here is not closed");
    if (c == '"') {
      if (peek() != '"') break;
      get();
    }
    text_ += static_cast<char>(c);
  }
  skip_blanks();
}

bool CsvRecords::ends_here() {
  const int c = get();
  if (c == static_cast<unsigned char>(separator_)) return true;
  if (c == '\r' && peek() == '\n') get();
  if (c != '\n' && c != '\r' && c != end_of_file) refuse(line_, "'{}' stands behind a closing quote", static_cast<char>(c));
  return false;
}

}  // namespace logitape::inline v0::data
