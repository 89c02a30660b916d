// Rows follow Laplace's rule. For names the shares below are guesses at how people name columns. They matter little: a
// file of twenty rows outvotes them.
#include "logitape/train/files/detail/csv_header.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <string_view>
#include <unordered_map>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr double new_text = 0.95, again = 0.05, a_number = 0.002, a_marker = 0.002;
constexpr double same_name = 0.2;                      // a name that another column has too
constexpr double no_first_name = 0.3, no_name = 0.05;  // pandas gives no name to the column that counts the rows
constexpr double counting = 0.02,
                 stepping = 0.005;  // names that count up from 0 or 1 or are years; that go up by another step
constexpr std::array<std::string_view, 30> usual_names = {
    "id",       "x",     "y",       "text",      "label",   "labels", "class", "classes",  "target",  "category",
    "name",     "title", "type",    "date",      "value",   "kind",   "sex",   "message",  "email",   "review",
    "sentence", "body",  "content", "sentiment", "species", "gender", "lang",  "language", "country", "index"};

enum class Kind { number, text, missing };

Kind kind_of(std::string_view text, const MissingMarkers& missing) {
  if (text.empty() || missing.among_numbers(text)) return Kind::missing;
  return parse_amount(text, '.') || parse_amount(text, ',') || is_infinite(text) ? Kind::number : Kind::text;
}

// The pattern of a text: "ID0042" -> "a9999", "2024-01-31" -> "9999-99-99".
std::string made_of(std::string_view text) {
  std::string shape;
  for (const char c : text) {
    const char kind = c >= '0' && c <= '9' ? '9' : (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0 ? 'a' : c;
    if (shape.empty() || kind != shape.back() || kind == '9') shape += kind;
  }
  return shape;
}

// Counts of one column below the first record.
struct Below {
  double rows = 0, numbers = 0, texts = 0, missing = 0;
  double alone = 0;       // texts that occur once
  double made_alike = 0;  // texts with the pattern of the first record's text
  double like_first = 0;  // cells equal to the first record's
  double words = 0;       // texts without a blank
  std::size_t shortest = SIZE_MAX;
  double share(double count) const { return (count + 1) / (rows + 2); }
  double share_of_strangers(double count) const {
    return (count + 0.2) / (rows + 2);
  }  // for numbers among texts, and texts among numbers
  bool of_numbers() const { return numbers > 0 && numbers >= texts; }
};

Below below(const CsvCell& first, std::span<const CsvCells> rows, std::size_t column, const MissingMarkers& missing) {
  Below b;
  std::unordered_map<std::string_view, int> seen;
  const std::string shape = made_of(first.text);
  for (const CsvCells& row : rows) {
    if (column >= row.size()) continue;
    const std::string& text = row[column].text;
    ++b.rows;
    switch (kind_of(text, missing)) {
      case Kind::number: ++b.numbers; break;
      case Kind::missing: ++b.missing; break;
      case Kind::text:
        ++b.texts;
        ++seen[text];
        b.made_alike += made_of(text) == shape;
        b.words += text.find(' ') == std::string::npos;
        b.shortest = std::min(b.shortest, text.size());
    }
    b.like_first += text == first.text;
  }
  for (const auto& [text, count] : seen) b.alone += count == 1;
  return b;
}

bool is_usual_name(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(usual_names.begin(), usual_names.end(), small) != usual_names.end();
}

// The evidence from a cell that is no number.
double of_text(const CsvCell& first, Kind kind, const Below& b, bool is_first) {
  if (kind == Kind::missing)
    return std::log((!first.text.empty() ? a_marker : is_first ? no_first_name : no_name) / b.share(b.missing));
  if (b.of_numbers()) return std::log(new_text / b.share_of_strangers(b.texts));
  if (b.like_first > 0) return std::log(again / std::max(b.share(b.texts - b.alone), 0.5));
  double sum = std::log(new_text / b.share(b.alone));
  const bool is_like_them = first.text.find_first_of("0123456789") != std::string::npos && 2 * b.made_alike > b.rows;
  if (is_like_them) return std::log(again);  // a date above dates
  if (is_usual_name(first.text)) sum += 2;
  if (first.text.find(' ') != std::string::npos || b.texts == 0) return sum;
  // a word above sentences; or a text that is much shorter: of n + 1 rows in random order the shortest is first with
  // probability 1 / (n + 1)
  const double as_word = new_text / b.share(b.words),
               as_shortest = 2 * first.text.size() < b.shortest ? (b.texts + 1) / 4 : 1;
  sum += std::log(std::max({1.0, as_word, as_shortest}));
  return sum;
}

// The probability that names are exactly these numbers; 0: they do not count up.
double share_of_names(std::span<const double> numbers) {
  if (numbers.size() < 2) return numbers[0] == 0 || numbers[0] == 1 ? stepping : 0;
  const double step = numbers[1] - numbers[0];
  bool even = step > 0, up = true, years = true;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) even = even && std::abs(numbers[i] - numbers[i - 1] - step) <= 1e-9 * std::abs(numbers[i]);
    up = up && (i == 0 || numbers[i] > numbers[i - 1]);
    years = years && numbers[i] == std::trunc(numbers[i]) && numbers[i] >= 1900 && numbers[i] <= 2100;
  }
  if ((even && step == 1 && (numbers[0] == 0 || numbers[0] == 1)) || (up && years)) return counting;
  return even && numbers.size() > 2 && numbers[0] >= 0 ? stepping : 0;
}

// Whether the first number continues the step of the next two backwards: in rows that count themselves it does.
bool goes_on(double first, std::span<const CsvCells> rows, std::size_t column) {
  if (rows.size() < 2 || column >= std::min(rows[0].size(), rows[1].size())) return false;
  double second = 0, third = 0;
  return parse_number(rows[0][column].text, second) && parse_number(rows[1][column].text, third) &&
         second - first == third - second;
}

}  // namespace

HeaderEvidence header_evidence(const CsvCells& first, std::span<const CsvCells> all, const MissingMarkers& missing) {
  // concatenated files repeat their header, and a repetition says nothing about the header
  const auto is_first = [&](const CsvCells& row) {
    return row.size() == first.size() &&
           std::equal(row.begin(), row.end(), first.begin(),
                      [](const CsvCell& a, const CsvCell& b) { return a.text == b.text; });
  };
  std::vector<CsvCells> others;
  if (const auto again = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_first));
      again > 0 && 20 * again < all.size() + 20)
    std::remove_copy_if(all.begin(), all.end(), std::back_inserter(others), is_first);
  const std::span<const CsvCells> rows = others.empty() ? all : others;
  HeaderEvidence e;
  const auto add = [&e](double nats) {
    e.sum += nats;
    (nats > 0 ? e.for_it : e.against) += std::abs(nats);
  };
  std::set<std::string_view> different;
  for (const CsvCell& cell : first)
    if (!cell.text.empty() && !different.insert(cell.text).second) add(std::log(same_name));
  std::vector<double> numbers;
  double as_row = 0, as_other_numbers = 0;  // about the numbers in the first record
  bool all_go_on = true, all_above_numbers = true;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const Below b = below(first[i], rows, i, missing);
    const Kind kind = kind_of(first[i].text, missing);
    if (kind != Kind::number) {
      add(of_text(first[i], kind, b, i == 0));
      continue;
    }
    double number = -1;  // names nothing
    (void)parse_number(first[i].text, number);
    numbers.push_back(number);
    as_other_numbers += std::log(a_number / b.share(b.numbers));
    const bool on = goes_on(number, rows, i);
    all_go_on = all_go_on && on;
    all_above_numbers = all_above_numbers && b.of_numbers();
    as_row -= on ? 0 : std::log(b.of_numbers() ? b.share(b.like_first) : b.share_of_strangers(b.numbers));
  }
  if (numbers.empty()) return e;
  const double names = all_go_on ? 0 : share_of_names(numbers);
  // a file of numbers only needs clear evidence: its first row may count up by chance
  const double clearly = numbers.size() == first.size() && all_above_numbers ? 2 : 0;
  e.numbers_as_names = names > 0;
  add(names > 0 ? std::max(std::log(names) + as_row - clearly, as_other_numbers) : as_other_numbers);
  return e;
}

}  // namespace logitape::inline v0::data
