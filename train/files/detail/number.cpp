// std::from_chars and std::to_chars, which know no locale.
#include "logitape/train/files/detail/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "logitape/core/detail/text.h"

namespace logitape::inline v0::data {

namespace {

// Whether a number that no f64 holds is too large rather than too small: its first digit that is not 0 is before the
// point, after the exponent has moved the point.
bool is_too_large(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<std::int64_t>(std::min(digits.find_first_of("123456789"), digits.size()));
  std::string_view power = text.substr(std::min(e + 1, text.size()));
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec == std::errc::result_out_of_range)
    return !power.starts_with('-');  // no file has enough digits to balance such an exponent
  return exponent > first - point;
}

}  // namespace

bool parse_number(std::string_view text, double& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (rest != end || text.empty()) return false;
  if (error == std::errc::result_out_of_range) {
    value = text.starts_with('-') ? -0.0 : 0;
    return !is_too_large(text);
  }
  return error == std::errc() && std::isfinite(value);
}

bool is_infinite(std::string_view text) {
  double value = 0;
  if (parse_number(text, value)) return false;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return rest == end && !text.empty() && (error == std::errc::result_out_of_range || std::isinf(value));
}

std::string number_text(double value) {
  if (std::isnan(value)) return "";
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = first_character(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace logitape::inline v0::data
