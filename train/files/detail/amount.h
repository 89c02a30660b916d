// Numbers as people write them: $1,234.50, 12 %, (3), 1 234,5. Not installed.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace logitape::inline v0::data {

// The number, what is written beside it, and how its digits are grouped.
struct Amount {
  double value = 0;
  std::string unit = {};  // "$", "EUR", "%"; "": none
  bool plain = false;     // parse_number reads it as it stands
  bool certain = true;    // false: 1,234 by itself, where the comma may be a decimal one
};

// The number in a cell. `decimal`, a point or a comma, is before its fraction; the other one may separate groups of
// three digits, as may a blank or an apostrophe. Around the digits may be a sign, a currency, a percent sign, which
// changes nothing (5% is 5), or parentheses, a bookkeeper's minus. Empty: it is no number.
std::optional<Amount> parse_amount(std::string_view text, char decimal = '.');

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text without the blanks around it, Unicode's included.
std::string_view trimmed(std::string_view text);

}  // namespace logitape::inline v0::data
