// Files that are no table: what they are called, and how a table is made of them. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0::data {

// A format by the bytes that it begins with.
struct ForeignFormat {
  std::string_view magic;
  std::size_t at;           // where they stand
  std::string_view name;    // "a Parquet file"
  std::string_view advice;  // what its owner can do
};
std::span<const ForeignFormat> foreign_formats();

// "a Parquet file: write it as CSV, ...": what the beginning of a file says that it is; "" where it may be a table of
// text. 1024 bytes are enough.
std::string foreign_format(std::string_view head);
// The same of a zip archive, by the names in it; "" where it may be a .npz file.
std::string foreign_archive(const std::vector<std::string>& names);

}  // namespace logitape::inline v0::data
