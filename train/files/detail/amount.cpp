// Takes off what is around the digits, from outside to inside; then removes the groups; then reads the digits.
#include "logitape/train/files/detail/amount.h"

#include <algorithm>
#include <array>

#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::array<std::string_view, 9> blanks = {
    " ", "\t", "\r", "\n", "\xc2\xa0", "\xe2\x80\x87", "\xe2\x80\xaf", "\xe2\x80\x89", "\xef\xbb\xbf"};
constexpr std::array<std::string_view, 3> minuses = {"-", "\xe2\x88\x92", "\xe2\x80\x93"};  // a hyphen, a minus, a dash
constexpr std::array<std::string_view, 6> group_marks = {" ", "\xc2\xa0",    "\xe2\x80\xaf", "\xe2\x80\x89",
                                                         "'", "\xe2\x80\x99"};
constexpr std::array<std::string_view, 22> units = {
    "US$", "EUR", "USD", "GBP", "CHF", "JPY", "CNY",      "INR",      "CAD",          "AUD",          "SEK",
    "NOK", "DKK", "Rs.", "R$",  "kr",  "$",   "\xc2\xa3", "\xc2\xa5", "\xe2\x82\xac", "\xe2\x82\xb9", "%"};

bool take_front(std::string_view& text, std::string_view what) {
  if (!text.starts_with(what)) return false;
  text = trimmed(text.substr(what.size()));
  return true;
}

bool take_back(std::string_view& text, std::string_view what) {
  if (!text.ends_with(what)) return false;
  text = trimmed(text.substr(0, text.size() - what.size()));
  return true;
}

bool take_sign(std::string_view& text, bool& negative) {
  for (const std::string_view minus : minuses)
    if (take_front(text, minus)) return negative = true;
  return take_front(text, "+");
}

// The digits without the marks between groups of three. Empty if there are none, or if the groups are wrong.
std::string without_groups(std::string_view text, std::string_view mark) {
  std::string digits;
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos || at == 0 || at > 3 || text[0] == '0') return {};
  digits = text.substr(0, at);
  while (text.substr(at).starts_with(mark)) {
    at += mark.size();
    const std::string_view group = text.substr(at, 3);
    if (group.size() != 3 || !std::all_of(group.begin(), group.end(), is_digit)) return {};
    digits += group;
    at += 3;
  }
  const std::string_view rest = text.substr(at);
  if (!rest.empty() && is_digit(rest[0])) return {};
  return std::all_of(digits.begin(), digits.end(), is_digit) ? digits + std::string(rest) : std::string();
}

// The text with a point for the decimal mark. Empty if it has a point already.
std::string with_point(std::string text, char decimal) {
  if (decimal == '.') return text;
  if (text.find('.') != std::string::npos) return {};
  std::replace(text.begin(), text.end(), decimal, '.');
  return text;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view blank : blanks) {
      if (text.starts_with(blank)) {
        text.remove_prefix(blank.size());
        again = true;
      } else if (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        again = true;
      }
    }
  }
  return text;
}

std::optional<Amount> parse_amount(std::string_view text, char decimal) {
  Amount a;
  const auto is_plain = [&] { return a.plain = decimal == '.' && parse_number(text, a.value); };
  if (is_plain()) return a;
  text = trimmed(text);
  if (is_plain()) return a;
  // a cheap check first: no number is without a digit, or longer than this
  if (text.empty() || text.size() > 1000 || std::none_of(text.begin(), text.end(), is_digit)) return {};
  const bool is_quoted =
      text.starts_with('\'') && text.ends_with('\'');  // Excel's apostrophe before a text stands alone
  if (is_quoted) text = trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return {};
  const bool in_parentheses = text.starts_with('(') && text.ends_with(')');
  if (in_parentheses) text = trimmed(text.substr(1, text.size() - 2));
  bool negative = in_parentheses, signed_already = take_sign(text, negative);
  for (const std::string_view unit : units)
    if (take_front(text, unit) || take_back(text, unit)) {
      a.unit = unit;
      while (take_back(text, unit)) {
      }
      break;
    }
  if (!signed_already) signed_already = take_sign(text, negative);
  if (text.empty() || !(is_digit(text[0]) || text[0] == decimal) || (in_parentheses && signed_already)) return {};
  std::string digits;
  const std::string_view other = decimal == '.' ? "," : ".";
  if (digits = without_groups(text, other); !digits.empty()) {
    a.certain = !a.unit.empty() || text.find(other) != text.rfind(other) || digits.find(decimal) != std::string::npos;
  } else {
    for (const std::string_view mark : group_marks)
      if (digits = without_groups(text, mark); !digits.empty()) break;
  }
  digits = with_point(digits.empty() ? std::string(text) : digits, decimal);
  if (!parse_number(digits, a.value)) return {};
  if (negative) a.value = -a.value;
  a.plain =
      decimal != '.' && !is_quoted && !in_parentheses && a.unit.empty() && text.find(other) == std::string_view::npos;
  return a;
}

}  // namespace logitape::inline v0::data
