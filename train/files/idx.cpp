// The header of an IDX file, checked against what the file can hold.
#include "logitape/train/files/idx.h"

#include <array>
#include <vector>

#include "logitape/train/files/detail/array.h"

namespace logitape::inline v0 {
namespace {

DType dtype_of_code(const data::Stream& file, unsigned char code) {
  switch (code) {
    case 0x08: return DType::u8;
    case 0x09: return DType::i8;
    case 0x0b: return DType::i16;
    case 0x0c: return DType::i32;
    case 0x0d: return DType::f32;
    case 0x0e: return DType::f64;
    default:
      file.refuse("is not an IDX file: its element type is {:#04x}; there are 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e",
                  code);
  }
}

}  // namespace

Tensor load_idx(const std::string& path, const ReadProgress& progress) {
  const auto file = data::open_stream("load_idx", path, progress);
  std::array<unsigned char, 4> magic{};
  const std::size_t got = file->read(reinterpret_cast<char*>(magic.data()), magic.size());
  if (got < magic.size() || magic[0] != 0 || magic[1] != 0)
    file->refuse("is not an IDX file: it does not begin with two zero bytes");
  const DType dtype = dtype_of_code(*file, magic[2]);
  require(magic[3] >= 1 && magic[3] <= max_rank, ErrorCode::unsupported, "load_idx",
          "\"{}\" has rank {}; 1 to {} can be read", path, static_cast<int>(magic[3]), max_rank);
  std::vector<std::int64_t> extents;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::uint32_t extent = 0;
    file->read_exactly(&extent, sizeof extent, "header");
    data::swap_bytes(&extent, 1, sizeof extent);
    extents.push_back(extent);
  }
  data::bytes_of(*file, extents, byte_size(dtype));
  Tensor array = data::read_elements(*file, Shape(extents), dtype, byte_size(dtype) > 1);
  data::require_end(*file);
  return array;
}

}  // namespace logitape::inline v0
