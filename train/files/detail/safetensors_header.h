// The header of a safetensors file, written and read. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/files/safetensors.h"

namespace logitape::inline v0::safetensors {

// A tensor as the header describes it: its bytes are [begin, end) behind the header.
struct Entry {
  std::string name;
  DType dtype = DType::f32;
  bool is_unsigned = false;  // U16, U32 and U64, whose bytes are those of I16, I32 and I64
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};

struct Header {
  std::vector<Entry> entries;  // sorted by begin
  Metadata metadata;
};

// The JSON, padded with spaces to a multiple of 8 bytes. Error invalid_argument: text that is not UTF-8.
std::string write_header(const std::string& path, const Header& header);

// Error io: it is not JSON, not of this form, or its entries do not cover the file's `data_bytes` bytes exactly once.
Header read_header(const std::string& path, std::string_view text, std::uint64_t data_bytes);

}  // namespace logitape::inline v0::safetensors
