// How the commands say things: counts, shares, errors, files that were written.
#pragma once
#include <logitape.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace command {

namespace lt = logitape;

using Fact = lt::TrainingReport::Fact;  // a name and a value

// The number, if the whole text is one.
template <class T>
std::optional<T> number_in(const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + text.starts_with('+'), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// "1 row", "150 rows"
std::string count(std::int64_t n, const std::string& one);
std::string percent(double fraction);  // "97.5%"

// An error for a user who called no function: the sentence without the function's name.
std::string sentence_of(const std::exception& error);

// `, did you mean "train"?`, if one of the names is near to what was typed; else "".
std::string meant(std::string_view typed, const std::vector<std::string>& names);

// Each on a line of its own, the values in one column.
void print_facts(const std::vector<Fact>& facts);
// A table, its columns two blanks apart.
void print_rows(const std::vector<std::vector<std::string>>& rows);
void print_written(const std::vector<std::string>& paths);

// --color's answer for standard output.
lt::Terminal terminal(const std::string& color);

// Error: the file would be written over one of those that are read; empty names are none.
void require_other_file(const std::string& flag, const std::string& written, const std::vector<std::string>& read);

}  // namespace command
