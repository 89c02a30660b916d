// Text as numbers and as characters, the same whatever the locale. Not installed.
#pragma once
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace logitape::inline v0 {

// All of the text as one number, as std::from_chars reads it: no blanks, no sign +. None if there is anything else, or
// if T cannot hold the number.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

// The UTF-8 character at the front of the text. `bytes` is 0 if there is none: at the end, for a form longer than
// needed, for half of a surrogate pair, for a number beyond Unicode.
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;
};
Character first_character(std::string_view text);

}  // namespace logitape::inline v0
