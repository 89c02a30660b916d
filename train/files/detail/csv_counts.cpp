// A cell is a marker before it is a number, and a number before it is text.
#include "logitape/train/files/detail/csv_counts.h"

#include <algorithm>
#include <cmath>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr double most_exact = 0x1p53;  // from here on two whole numbers may be the same f64
constexpr std::size_t most_classes = 100'000;

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

// 1E5: a measured number would have a point or a sign there.
bool is_power(std::string_view cell) {
  const std::size_t e = cell.find_first_of("eE");
  return e != std::string_view::npos && all_digits(cell.substr(0, e)) && all_digits(cell.substr(e + 1));
}

// 12:30, 12:30:59
bool is_time(std::string_view cell) {
  const std::size_t colon = cell.find(':');
  return colon != std::string_view::npos && colon <= 2 && all_digits(cell.substr(0, colon)) &&
         all_digits(cell.substr(colon + 1, 2)) &&
         (cell.size() == colon + 3 || (cell.size() > colon + 3 && cell[colon + 3] == ':'));
}

// 5 kg, 10mm, 3.5 stars: a number and a word.
bool is_measure(std::string_view cell) {
  const std::size_t word = cell.find_first_not_of("0123456789.-+");
  if (word == 0 || word == std::string_view::npos) return false;
  double value = 0;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0; };
  const std::string_view unit = trimmed(cell.substr(word));
  return parse_number(cell.substr(0, word), value) && std::all_of(unit.begin(), unit.end(), is_letter);
}

// 2024-01-31, 31.1.2024, 1/31/24; a time may follow behind a blank or a T.
bool is_date(std::string_view cell) {
  cell = cell.substr(0, cell.find_first_of(" T"));
  const std::size_t a = cell.find_first_of("-/."), b = a == std::string_view::npos ? a : cell.find(cell[a], a + 1);
  if (b == std::string_view::npos) return false;
  const std::string_view parts[] = {cell.substr(0, a), cell.substr(a + 1, b - a - 1), cell.substr(b + 1)};
  const auto is_short = [](std::string_view part) {
    return part.size() <= 2;
  };  // a day and a month; 1.234.567 has neither
  return std::count_if(std::begin(parts), std::end(parts), is_short) >= 2 &&
         std::all_of(std::begin(parts), std::end(parts),
                     [](std::string_view part) { return all_digits(part) && part.size() <= 4; });
}

// 0x1f, 3/7, 1.5D+02, 12,34,567, 1.234.567: a text that begins as a number.
bool begins_as_number(std::string_view cell) {
  if (cell.find_first_not_of("0123456789.") == std::string_view::npos)
    return parse_amount(cell, ',').has_value();  // 10.0.0.1 is an address
  cell.remove_prefix(std::min(cell.find_first_not_of("+-.<>~"), cell.size()));
  return !cell.empty() && is_digit(cell[0]);
}

}  // namespace

void CsvCounts::add(std::string_view cell, bool quoted, std::int64_t line, const CsvColumn& column,
                    const MissingMarkers& marks, char decimal) {
  const bool is_quoted_class = column.is_classes && quoted && !cell.empty();
  if (marks.anywhere(cell)) {
    if (is_quoted_class) {
      ++quoted_markers;
      return;
    }
    ++missing;
    if (!cell.empty()) ++markers[std::string(cell)];
    return empty.see(cell, line);
  }
  if (marks.among_numbers(cell)) {
    ++words;
    ++markers[std::string(cell)];
    if (column.is_classes) ++classes[std::string(cell)];
    return word.see(cell, line);
  }
  const auto number = parse_amount(cell, decimal);
  if (number && (number->unit.empty() || unit.empty() || number->unit == unit)) {
    ++numbers;
    if (number->unit.empty() && number->plain) {
      has_point = has_point || cell.find('.') != std::string_view::npos;
      if (cell.size() > 1 && cell[0] == '0' && is_digit(cell[1])) zero.see(cell, line);
      if (std::abs(number->value) >= most_exact && all_digits(cell.substr(cell[0] == '-' || cell[0] == '+')))
        rounded.see(cell, line);
      if (is_power(cell)) power.see(cell, line);
      return;
    }
    unit = unit.empty() ? number->unit : unit;
    amount.see(cell, line);
    is_certain = is_certain || number->certain;
    if (!number->certain) either.see(cell, line);
    return;
  }
  ++texts;
  text.see(cell, line);
  if (number) other_unit.see(cell, line);
  const char other = decimal == '.' ? ',' : '.';
  other_marks += !number && cell.find(other) != std::string_view::npos && parse_amount(cell, other).has_value();
  dates += is_date(cell) || is_time(cell);
  measures += is_measure(cell);
  like_numbers += begins_as_number(cell);
  if (column.is_classes && classes.size() < most_classes) {
    const auto found = classes.find(cell);
    if (found != classes.end()) ++found->second;
    else classes.emplace(cell, 1);
  }
}

}  // namespace logitape::inline v0::data
