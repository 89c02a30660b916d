// Where characters end in text that should be UTF-8 and may be anything. Not installed.
#pragma once
#include <cstddef>
#include <string_view>

namespace logitape::inline v0::detail {

// The bytes of the UTF-8 character that the text begins with, 1 to 4; 0 where it begins with none: a byte that begins
// nothing, a character that is cut off or longer than it needs to be, half of a surrogate pair, beyond U+10FFFF.
constexpr std::size_t utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (text.empty() || first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xc0 || first >= 0xf8) return 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  unsigned code = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

}  // namespace logitape::inline v0::detail
