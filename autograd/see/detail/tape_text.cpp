// How numbers and names become short enough for a row or a box.
#include "logitape/autograd/see/detail/tape_text.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"

namespace logitape::inline v0::see {
namespace {

void write_values(const Tensor& values, const std::vector<double>& v, int axis, std::size_t& at, std::string& text) {
  if (axis == values.rank()) {
    text += short_number(v[at++]);
    return;
  }
  text += "[";
  for (std::int64_t i = 0; i < values.shape()[axis]; ++i) {
    if (i > 0) text += " ";
    write_values(values, v, axis + 1, at, text);
  }
  text += "]";
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string plain(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    const bool fits = bytes > 0 && code >= 0x20 && (code < 0x7f || code >= 0xa0) && (code & 0xfffe) != 0xfffe;
    line += fits ? text.substr(0, bytes) : "?";
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return line;
}

std::string cut_to(std::string_view text, std::size_t columns, std::string_view mark) {
  if (columns_of(text) <= columns) return std::string(text);
  const std::size_t room = columns - std::min(columns, columns_of(mark));
  std::size_t end = 0;
  for (std::size_t seen = 0; seen < room; ++seen)
    for (++end; end < text.size() && (text[end] & 0xc0) == 0x80; ++end) {
    }
  return std::string(text.substr(0, end)).append(mark);
}

std::string with_commas(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string short_bytes(std::int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::string_view units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; size >= 999.5; size /= 1000) ++unit;
  return fmt::format("{:.{}f} {}", size, size < 9.95 ? 1 : 0, units[unit]);
}

std::string short_number(double number) {
  if (std::isnan(number)) return "nan";  // whatever its sign
  return number == 0 ? "0" : fmt::format("{:.3g}", number);
}

std::string counted(std::int64_t number, std::string_view thing) {
  return fmt::format("{} {}{}", with_commas(number), thing, number == 1 ? "" : "s");
}

std::string shape_text(const Tensor& slot) { return fmt::format("{} {}", slot.dtype(), slot.shape()); }

std::string values_text(const Tensor& values) {
  std::string text;
  std::size_t at = 0;
  write_values(values, values.to_vector(), 0, at, text);
  return text;
}

}  // namespace logitape::inline v0::see
