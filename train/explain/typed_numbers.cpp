// Reads what a learner types. Its errors teach: they name the word, its row, and how to write it.
#include "logitape/train/explain/typed_numbers.h"

#include <cmath>
#include <limits>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "typed_numbers";

// Dashes and other blanks that keyboards and web pages make, as ASCII.
std::string plain(std::string_view text) {
  std::string all;
  while (!text.empty()) {
    const Character c = first_character(text);
    const std::size_t bytes = c.bytes == 0 ? 1 : c.bytes;
    switch (c.code) {
      case 0x2212:
      case 0x2010:
      case 0x2011:
      case 0x2012:
      case 0x2013:
      case 0xff0d: all += '-'; break;
      case 0xa0:
      case 0x2007:
      case 0x2009:
      case 0x202f:
      case 0x3000: all += ' '; break;
      case 0xff0c:
      case 0x3001: all += ','; break;
      case 0xff1b: all += ';'; break;
      case 0x221e: all += "inf"; break;
      default: all.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return all;
}

// Without fractions and percents.
std::optional<double> simple(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+') || text.empty()) return {};
  if (const auto value = number_in<double>(text)) return value;
  // too large or too small for an f64: it is still a number
  const bool digits = text.find_first_not_of("+-.0123456789eE") == std::string_view::npos &&
                      text.find_first_of("0123456789") != std::string_view::npos;
  const std::size_t e = text.find_first_of("eE");
  if (!digits || e == std::string_view::npos || !number_in<double>(text.substr(0, e))) return {};
  if (!number_in<std::int64_t>(text.substr(e + 1 + (text[e + 1 < text.size() ? e + 1 : e] == '+')))) return {};
  const double sign = text.starts_with('-') ? -1 : 1;
  return text.find('-', e) != std::string_view::npos ? sign * 0.0 : sign * std::numeric_limits<double>::infinity();
}

std::optional<double> one_number(std::string_view text) {
  if (text.ends_with('%')) {
    const auto value = simple(text.substr(0, text.size() - 1));
    return value ? std::optional(*value / 100) : value;
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return simple(text);
  const auto above = simple(text.substr(0, slash)), below = simple(text.substr(slash + 1));
  if (!above || !below || *below == 0) return {};
  return *above / *below;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

}  // namespace

std::optional<double> typed_number(std::string_view text) {
  std::string word = plain(text);
  std::erase_if(word, is_blank);
  if (const std::size_t comma = word.find(','); comma != std::string::npos && word.find('.') == std::string::npos)
    word[comma] = '.';
  return one_number(word);
}

Tensor typed_numbers(std::string_view text, std::string_view what) {
  const std::string all = plain(text);
  std::vector<double> values;
  std::vector<std::size_t> lengths = {0};  // of the rows
  std::string word;
  int depth = 0;
  bool listed = false;  // rows are in brackets, or behind a semicolon: one row is a list of rows, too
  const auto end_word = [&] {
    if (word.empty()) return;
    const auto value = one_number(word);
    require(value.has_value(), op,
            "\"{}\" in {} is no number: write numbers with a point, as 0.5 or -2, and blanks or commas between them",
            printable(word), what);
    values.push_back(*value);
    ++lengths.back();
    word.clear();
  };
  const auto end_row = [&] {
    end_word();
    if (lengths.back() > 0) lengths.push_back(0);
  };
  for (const char c : all) {
    if (c == '[' || c == '(' || c == '{') end_word(), listed = listed || ++depth > 1;
    else if (c == ']' || c == ')' || c == '}') end_row(), --depth;
    else if (c == ';') end_row(), listed = true;
    else if (c == '\n') end_row();
    else if (is_blank(c) || c == ',') end_word();
    else word += c;
  }
  end_row();
  lengths.pop_back();
  require(!lengths.empty(), op, "there are no numbers in {}: write one for each class, as in 4 2 1", what);
  for (std::size_t r = 1; r < lengths.size(); ++r)
    require(lengths[r] == lengths[0], op,
            "row {} of {} has {} numbers, but row 0 has {}: each row has one for each class", r, what, lengths[r],
            lengths[0]);
  const auto columns = static_cast<std::int64_t>(lengths[0]), rows = static_cast<std::int64_t>(lengths.size());
  return listed || rows > 1 ? from_span(values, {rows, columns}) : from_span(values, {columns});
}

}  // namespace logitape::inline v0
