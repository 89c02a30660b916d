// The header of a .npy file, to what it says and back. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct NpyHeader {
  char order = '|';   // < little-endian, > big-endian, | of one byte, = native
  char kind = 'f';    // f i u b, and what cannot be read
  std::string width;  // bytes of an element, as it is written
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// Error: io where the stream does not begin so.
NpyHeader read_npy_header(Stream& stream);

}  // namespace logitape::inline v0::data
