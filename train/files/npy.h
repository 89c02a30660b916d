// NumPy's files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): .npy, an array behind a
// header in Python's notation, and .npz, a zip archive of them.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/files/file.h"
#include "logitape/train/nn/parameter.h"

namespace logitape::inline v0 {

// The array of a .npy file, version 1, 2 or 3, little- or big-endian, in C's or Fortran's order, plain or packed by
// gzip. f2 f4 f8 i1 i2 i4 i8 u1 b1 keep their type; u2 becomes i32, u4 and u8 become i64. `progress` is told how far
// reading is. Errors: io if the file cannot be read or is not .npy (truncated, a broken header, more elements than the
// file can hold, bytes behind the end); unsupported for another dtype (text, objects, complex numbers, records), a rank
// above 8, a u8 above 2^63-1.
Tensor load_npy(const std::string& path, const ReadProgress& progress = {});

// Writes it whole or not at all, as version 1 in C's order. Errors: invalid_argument for an empty tensor; unsupported
// for bf16, which NumPy does not have; io if the file cannot be written: the old one stays as it was.
void save_npy(const std::string& path, const Tensor& tensor);

// The arrays of a .npz file, stored or deflated, by name and in the file's order. Checksums are compared. Errors: those
// of load_npy; io for a file that is no archive or a damaged one: places outside the file or on top of each other,
// sizes that disagree, a wrong checksum, a name that occurs twice; unsupported for encryption, zip64, another packing.
std::vector<NamedTensor> load_npz(const std::string& path, const ReadProgress& progress = {});

}  // namespace logitape::inline v0
