// Words and numbers as the views of a tape show them. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "logitape/core/tensor.h"

namespace logitape::inline v0::see {

// One column a character.
std::size_t columns_of(std::string_view text);
// The text without what no line can hold: control characters and bytes that are not UTF-8 become "?".
std::string plain(std::string_view text);
// At most so many columns; a longer text ends in "...", or in "…" if there is Unicode.
std::string cut_to(std::string_view text, std::size_t columns, std::string_view mark = "...");

std::string with_commas(std::int64_t number);                      // 1,234,567
std::string short_bytes(std::int64_t bytes);                       // 96 B, 1.2 kB of 1000 bytes, 3.4 MB
std::string short_number(double number);                           // three digits: 0.242, 1.5e-09, nan
std::string counted(std::int64_t number, std::string_view thing);  // "1 node", "1,234 nodes"
std::string shape_text(const Tensor& slot);                        // f64 [2,3]
// The values of a small tensor, three digits each: [1 2.5 0], [[1 2] [3 4]]
std::string values_text(const Tensor& values);

}  // namespace logitape::inline v0::see
