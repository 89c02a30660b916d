// The header of a .npy file, read and written. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

// {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct NpyHeader {
  char order = '|';   // < little-endian, > big-endian, | of one byte, = native
  char kind = 'f';    // f i u b, or one that cannot be read
  std::string width;  // bytes of an element, as in the text
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// Error: io if the stream does not begin with such a header.
NpyHeader read_npy_header(Stream& stream);

}  // namespace logitape::inline v0::data
