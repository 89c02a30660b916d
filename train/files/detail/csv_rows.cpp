// Blank records are held back until a row follows: only then they are rows.
#include "logitape/train/files/detail/csv_rows.h"

#include <algorithm>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

bool is_footer(const CsvRecords& record) {
  return record.size() == 1 && !record.is_quoted(0) && !parse_amount(record[0], '.') && !parse_amount(record[0], ',');
}

}  // namespace

CsvRows::CsvRows(Stream& stream, const CsvFacts& facts) : records_(stream, facts.cut), facts_(facts) {
  const auto is_word = [](const std::string& name) {
    double value = 0;
    return !name.empty() && !parse_number(name, value);
  };
  const bool any_text = facts.columns.size() == 1 && facts.columns[0].asked_for;
  tells_itself_ = !any_text && std::any_of(facts.header.begin(), facts.header.end(), is_word);
  if (facts.skips_first) records_.next();
}

bool CsvRows::is_header() const {
  if (!tells_itself_ || records_.size() < facts_.header.size()) return false;
  for (std::size_t i = 0; i < facts_.header.size(); ++i)
    if (records_[i] != facts_.header[i]) return false;
  return true;
}

bool CsvRows::next() {
  if (blank_at_ < blank_lines_.size()) {
    ++blank_at_;
    return true;
  }
  if (blank_at_ > 0) {  // the record behind them has been read already
    blank_lines_.clear();
    blank_at_ = 0;
    return true;
  }
  while (records_.next()) {
    if (records_.size() == 1 && records_[0] == "\x1a") continue;  // Ctrl-Z, the end of a DOS file
    if (records_.is_empty()) {
      blank_lines_.push_back(records_.line());
      continue;
    }
    if (facts_.columns.size() > 2 && facts_.class_names.empty() && is_footer(records_)) {
      if (footer_.line == 0) footer_ = {records_.line(), std::string(records_[0])};
      continue;
    }
    footer_.ends = footer_.line == 0;
    if (is_header()) {
      ++headers_;
      continue;
    }
    blank_at_ = blank_lines_.empty() ? 0 : 1;
    return true;
  }
  return false;
}

std::size_t CsvRows::size() const {
  if (is_blank()) return facts_.columns.size();
  std::size_t size = records_.size();
  while (size > facts_.columns.size() && records_[size - 1].empty() && !records_.is_quoted(size - 1)) --size;
  return size;
}

}  // namespace logitape::inline v0::data
