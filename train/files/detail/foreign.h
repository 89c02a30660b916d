// Files that are no tables: their names, and how to make a table of them. Not installed.
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
  std::size_t at;           // where these bytes are in the file
  std::string_view name;    // "a Parquet file"
  std::string_view advice;  // what its owner can do
};
std::span<const ForeignFormat> foreign_formats();

// "a Parquet file: write it as CSV, ...": the format that the beginning of a file shows; "" if it may be a table in
// text. 1024 bytes are enough.
std::string foreign_format(std::string_view head);
// The same for a zip archive, from the names in it; "" if it may be a .npz file.
std::string foreign_archive(const std::vector<std::string>& names);

}  // namespace logitape::inline v0::data
