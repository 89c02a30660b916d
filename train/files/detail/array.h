// The elements of an array from a stream: as many as the header says, swapped if they are big-endian. Not installed.
#pragma once
#include <span>

#include "logitape/core/tensor.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// The number of bytes of all elements. Errors: io if the stream cannot hold that many elements or bytes.
std::uint64_t bytes_of(const Stream& stream, std::span<const std::int64_t> extents, std::size_t element);

// Elements in row-major order. Memory is taken only after bytes_of has found the size possible. Errors: io if the
// stream ends early; a boolean that is neither 0 nor 1.
Tensor read_elements(Stream& stream, const Shape& shape, DType dtype, bool swapped);

// Error: io if bytes are left.
void require_end(Stream& stream);

// Reverses the bytes of every element of that width.
void swap_bytes(void* elements, std::uint64_t count, std::size_t width);

}  // namespace logitape::inline v0::data
