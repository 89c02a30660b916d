// What .npy and IDX share: sizes are checked before memory is taken, then the elements are read.
#include "logitape/train/files/detail/array.h"

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include <algorithm>
#include <bit>

#include "logitape/core/detail/convert.h"

namespace logitape::inline v0::data {

static_assert(std::endian::native == std::endian::little,
              "big-endian elements are swapped, the others copied as they are");

std::uint64_t bytes_of(const Stream& stream, std::span<const std::int64_t> extents, std::size_t element) {
  std::int64_t bytes = static_cast<std::int64_t>(element);
  const bool empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  bool possible = true;
  for (const std::int64_t extent : extents)
    if (extent != 0) possible = possible && !__builtin_mul_overflow(bytes, extent, &bytes);
  if (!possible || (!empty && static_cast<std::uint64_t>(bytes) > stream.bound))
    stream.refuse("is truncated, or no such file: its header announces {} elements of {} bytes, more than it can hold",
                  fmt::format("{}", fmt::join(extents, "x")), element);
  return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

Tensor read_elements(Stream& stream, const Shape& shape, DType dtype, bool swapped) {
  const std::uint64_t bytes = bytes_of(stream, std::vector<std::int64_t>(shape.begin(), shape.end()), byte_size(dtype));
  Tensor t = Tensor::uninitialised(shape, dtype);
  void* to = t.writable();
  stream.read_exactly(to, bytes, "array");
  if (swapped) swap_bytes(to, bytes / byte_size(dtype), byte_size(dtype));
  if (dtype == DType::boolean)
    if (const std::int64_t wrong = first_no_boolean(to, t.size()); wrong < t.size())
      stream.refuse("has a boolean whose element {} is {}", wrong, static_cast<const std::uint8_t*>(to)[wrong]);
  return t;
}

void require_end(Stream& stream) {
  char more = 0;
  if (stream.read(&more, 1) != 0) stream.refuse("has bytes behind the end of its array");
}

void swap_bytes(void* elements, std::uint64_t count, std::size_t width) {
  if (width == 1) return;
  auto* at = static_cast<char*>(elements);
  for (std::uint64_t i = 0; i < count; ++i, at += width) std::reverse(at, at + width);
}

}  // namespace logitape::inline v0::data
