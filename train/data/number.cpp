// std::from_chars and std::to_chars, which know no locale.
#include "logitape/train/data/number.h"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace logitape::inline v0::data {

bool parse_number(std::string_view text, double& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (rest != end || text.empty()) return false;
  if (error == std::errc::result_out_of_range && text.find_first_of("eE") < text.size()) {
    value = 0;
    return text[text.find_first_of("eE") + 1] == '-';
  }
  return error == std::errc() && std::isfinite(value);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "";
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end};
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - i < static_cast<std::size_t>(more)) return false;
    std::uint32_t point = lead & (0x3fu >> more);
    for (int k = 0; k < more; ++k) {
      const auto byte = static_cast<unsigned char>(text[i++]);
      if ((byte & 0xc0) != 0x80) return false;
      point = point << 6 | (byte & 0x3f);
    }
    // too long a form, half of a pair, beyond Unicode
    if (point < (more == 3 ? 0x10000u : more == 2 ? 0x800u : 0x80u) || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
      return false;
  }
  return true;
}

}  // namespace logitape::inline v0::data
