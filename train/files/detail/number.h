// Text as a number and back, the same whatever the locale. Not installed.
#pragma once
#include <string>
#include <string_view>

namespace logitape::inline v0::data {

// Whether all of it is one finite number: 1, -2.5, +3e-4, of any number of digits. One too small for an f64 is 0; one
// too large is none.
bool parse_number(std::string_view text, double& value);

// Whether it is a number that is not finite: inf, -Infinity, 1e999.
bool is_infinite(std::string_view text);

// The shortest digits that give it back: 1, -2.5, 0.0003; "nan" has none and is "".
std::string number_text(double value);

// Whether it is UTF-8.
bool is_utf8(std::string_view text);

}  // namespace logitape::inline v0::data
