// Arrays as NumPy writes them. Fortran's order is C's order with the axes reversed: it is read in that way, and
// permuted.
#include "logitape/train/files/npy.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>
#include <numeric>

#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/files/detail/array.h"
#include "logitape/train/files/detail/npy_header.h"
#include "logitape/train/files/detail/npy_reader.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace data {
namespace {

// An element type of the file, and the dtype that it becomes.
struct Stored {
  std::string_view code;
  std::size_t bytes;
  DType dtype;  // of the same width: the bytes are copied; else they are widened
};
constexpr Stored stored[] = {{"f2", 2, DType::f16}, {"f4", 4, DType::f32}, {"f8", 8, DType::f64},
                             {"i1", 1, DType::i8},  {"i2", 2, DType::i16}, {"i4", 4, DType::i32},
                             {"i8", 8, DType::i64}, {"u1", 1, DType::u8},  {"u2", 2, DType::i32},
                             {"u4", 4, DType::i64}, {"u8", 8, DType::i64}, {"b1", 1, DType::boolean}};

Stored stored_as(const Stream& stream, const NpyHeader& header) {
  const std::string code = header.kind + header.width;
  const auto* found =
      std::find_if(std::begin(stored), std::end(stored), [&](const Stored& s) { return s.code == code; });
  require(found != std::end(stored), ErrorCode::unsupported, stream.op, "\"{}\" has elements of type '{}'; {}",
          stream.name, code,
          code == "O" ? "save them as numbers, or as texts: a.astype(str)"
                      : "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 can be read");
  return *found;
}

// u2 and u4 are read unchanged and widened; a u8 that fits becomes an i64.
Tensor read_unsigned(Stream& stream, const Shape& shape, const Stored& type, bool swapped) {
  if (type.bytes == 8) {
    Tensor t = read_elements(stream, shape, DType::i64, swapped);
    const auto* values = static_cast<const std::int64_t*>(t.data());
    const auto* large = std::find_if(values, values + t.size(), [](std::int64_t v) { return v < 0; });
    require(large == values + t.size(), ErrorCode::unsupported, stream.op,
            "\"{}\" has the u8 {} at element {}; 2^63-1 is the most there is", stream.name,
            large == values + t.size() ? 0 : static_cast<std::uint64_t>(*large), large - values);
    return t;
  }
  const Tensor raw = read_elements(stream, shape, type.bytes == 2 ? DType::i16 : DType::i32, swapped);
  Tensor wide = Tensor::uninitialised(shape, type.dtype);
  if (type.bytes == 2)
    std::transform(static_cast<const std::uint16_t*>(raw.data()),
                   static_cast<const std::uint16_t*>(raw.data()) + raw.size(),
                   static_cast<std::int32_t*>(wide.writable()), [](std::uint16_t v) { return v; });
  else
    std::transform(static_cast<const std::uint32_t*>(raw.data()),
                   static_cast<const std::uint32_t*>(raw.data()) + raw.size(),
                   static_cast<std::int64_t*>(wide.writable()), [](std::uint32_t v) { return v; });
  return wide;
}

Tensor read_numbers(Stream& stream, NpyHeader header) {
  const Stored type = stored_as(stream, header);
  require(header.shape.size() <= max_rank, ErrorCode::unsupported, stream.op,
          "\"{}\" has rank {}; {} is the most there is", stream.name, header.shape.size(), max_rank);
  bytes_of(stream, header.shape, type.bytes);
  if (header.fortran_order) std::reverse(header.shape.begin(), header.shape.end());
  const Shape shape(header.shape);
  const bool swapped = header.order == '>' && type.bytes > 1;
  Tensor array = header.kind == 'u' && type.bytes > 1 ? read_unsigned(stream, shape, type, swapped)
                                                      : read_elements(stream, shape, type.dtype, swapped);
  require_end(stream);
  if (!header.fortran_order || shape.rank() < 2) return array;
  Ints turned;
  for (int axis = shape.rank(); axis-- > 0;) turned.push(axis);
  return permute(array, turned);
}

}  // namespace

Tensor read_npy(Stream& stream) { return read_numbers(stream, read_npy_header(stream)); }

FileArray read_npy_array(Stream& stream) {
  FileArray array;
  NpyHeader header = read_npy_header(stream);
  if (header.kind == 'U' || header.kind == 'S') array.texts = read_npy_texts(stream, header);
  else array.numbers = read_numbers(stream, std::move(header));
  return array;
}

}  // namespace data

Tensor load_npy(const std::string& path, const ReadProgress& progress) {
  return data::read_npy(*data::open_stream("load_npy", path, progress));
}

void save_npy(const std::string& path, const Tensor& tensor) {
  require(tensor.defined(), "save_npy", "the tensor for \"{}\" is empty", path);
  require(tensor.dtype() != DType::bf16, ErrorCode::unsupported, "save_npy",
          "NumPy has no bf16: cast {} to f32 for \"{}\"", tensor, path);
  const Tensor host = tensor.to(Device::cpu());
  constexpr std::string_view codes[dtype_count] = {"<f2", "", "<f4", "<f8", "|i1", "|u1", "<i2", "<i4", "<i8", "|b1"};
  const std::vector<std::int64_t> extents(host.shape().begin(), host.shape().end());
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", codes[static_cast<int>(host.dtype())],
                  fmt::join(extents, ", "), extents.size() == 1 ? "," : "");
  // the array begins at a multiple of 64 bytes
  constexpr std::size_t before = 10;
  dictionary.append(63 - (before + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  header += dictionary;
  const std::string_view pieces[] = {
      header, {static_cast<const char*>(host.data()), static_cast<std::size_t>(host.size()) * byte_size(host.dtype())}};
  write_file(path, pieces);
}

}  // namespace logitape::inline v0
