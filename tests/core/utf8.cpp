// Characters of UTF-8 against another library's reading of the same bytes.
#include "logitape/core/detail/text.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = logitape::first_character(text).bytes;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool other_says(const std::string& text) { return nlohmann::json::accept('"' + text + '"'); }

}  // namespace

TEST_CASE("UTF-8 is what another library takes for it, over every beginning of two bytes that is not ASCII") {
  int differ = 0, valid = 0;
  for (int first = 0x80; first < 256; ++first)
    for (int second = 'a'; second < 256; ++second)
      // alone, and before bytes that may complete a character of three or four
      for (const char* rest : {"", "\x80", "\xbf", "\x80\x80", "\xbf\xbf", "\xc0", "a"}) {
        const std::string text = std::string{static_cast<char>(first), static_cast<char>(second)} + rest;
        differ += is_utf8(text) != other_says(text);
        valid += is_utf8(text);
      }
  CHECK(differ == 0);
  CHECK(valid > 30 * 64);  // characters of two bytes
}

TEST_CASE("the length of a character is 1 to 4 bytes, and 0 where there is none") {
  const auto utf8_character = [](std::string_view text) { return logitape::first_character(text).bytes; };
  CHECK(utf8_character("") == 0);
  CHECK(utf8_character(std::string_view("\0", 1)) == 1);
  CHECK(utf8_character("a\xff") == 1);
  CHECK(utf8_character("ä") == 2);
  CHECK(utf8_character("層") == 3);
  CHECK(utf8_character("😀") == 4);
  CHECK(utf8_character("\x80") == 0);
  CHECK(utf8_character("\xf0\x9f\x98") == 0);      // cut off
  CHECK(utf8_character("\xc0\x80") == 0);          // longer than it needs to be
  CHECK(utf8_character("\xed\xa0\x80") == 0);      // half of a pair
  CHECK(utf8_character("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
}
