// The elements of an array from a stream: as many as the header says, swapped where they are big-endian. Not installed.
#pragma once
#include <span>

#include "logitape/core/tensor.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// The bytes of so many elements. Errors: io where the extents, or the bytes, are more than the stream can hold.
std::uint64_t bytes_of(const Stream& stream, std::span<const std::int64_t> extents, std::size_t element);

// Elements in row-major order, in memory that is asked for only once bytes_of has found the size possible. Error: io
// where the stream ends before; a boolean that is neither 0 nor 1.
Tensor read_elements(Stream& stream, const Shape& shape, DType dtype, bool swapped);

// Error: io where bytes are left.
void require_end(Stream& stream);

// Turns the bytes of every element of that width round.
void swap_bytes(void* elements, std::uint64_t count, std::size_t width);

}  // namespace logitape::inline v0::data
