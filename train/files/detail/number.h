// Text as a number and back, the same whatever the locale. Not installed.
#pragma once
#include <string>
#include <string_view>

namespace logitape::inline v0::data {

// Whether the whole text is one finite number: 1, -2.5, +3e-4, of any number of digits. One too small for an f64 is 0;
// one too large is not a number here.
bool parse_number(std::string_view text, double& value);

// Whether the text is a number that is not finite: inf, -Infinity, 1e999.
bool is_infinite(std::string_view text);

// The fewest digits that give the same number again: 1, -2.5, 0.0003. A NaN is "".
std::string number_text(double value);

// Whether the text is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace logitape::inline v0::data
