// Text taken apart: numbers, UTF-8, and bytes that claim to be booleans.
#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/text.h"

using namespace logitape;

TEST_SUITE("text") {
  TEST_CASE("a number is all of its text, or none") {
    CHECK(number_in<int>("-12") == -12);
    CHECK(number_in<double>("1e-3") == 1e-3);
    CHECK(number_in<std::uint64_t>("18446744073709551615") == ~std::uint64_t{0});
    for (const std::string_view text : {"", " 1", "1 ", "+1", "1.5", "12x", "99999999999"}) {
      CAPTURE(text);
      CHECK_FALSE(number_in<int>(text));
    }
  }

  TEST_CASE("the first character of UTF-8, up to the last of Unicode, and what is none") {
    const auto is = [](std::string_view text, std::uint32_t code, std::size_t bytes) {
      CAPTURE(text);
      const Character c = first_character(text);
      CHECK(c.code == code);
      CHECK(c.bytes == bytes);
    };
    is("a", 'a', 1);
    is(std::string_view("\0", 1), 0, 1);
    is("\x7f", 0x7f, 1);
    is("\xc2\x80", 0x80, 2);
    is("\xdf\xbf!", 0x7ff, 2);
    is("\xe0\xa0\x80", 0x800, 3);
    is("\xed\x9f\xbf", 0xd7ff, 3);
    is("\xee\x80\x80", 0xe000, 3);
    is("\xf0\x90\x80\x80", 0x10000, 4);
    is("\xf4\x8f\xbf\xbf", 0x10ffff, 4);
    for (const std::string_view none : {"", "\x80", "\xc1\xbf", "\xc2",
                                        "\xc2"
                                        "a",
                                        "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80", "\xff"})
      is(none, 0, 0);
  }

  TEST_CASE("the first byte that is no boolean") {
    const std::uint8_t bytes[] = {0, 1, 2, 255};
    CHECK(first_no_boolean(bytes, 4) == 2);
    CHECK(first_no_boolean(bytes, 2) == 2);
    CHECK(first_no_boolean(bytes + 3, 1) == 0);
    CHECK(first_no_boolean(nullptr, 0) == 0);
  }
}
