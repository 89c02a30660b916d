// An array in NumPy's format from any stream: a file, or a part of an archive. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/files/detail/source.h"

namespace logitape::inline v0::data {

struct NpyHeader;

// Errors: those of load_npy.
Tensor read_npy(Stream& stream);

// What a file may hold under a name: numbers, texts, or something that cannot be read.
struct FileArray {
  std::string name = {};
  Tensor numbers = {};                  // empty if there are none
  std::vector<std::string> texts = {};  // in UTF-8
  std::string refusal = {};             // why it cannot be read
};

// The same for texts too: '<U8' and '|S8' of [n] or [n, 1]. Errors: those of load_npy; a text that is not UTF-8.
FileArray read_npy_array(Stream& stream);
std::vector<std::string> read_npy_texts(Stream& stream, const NpyHeader& header);

// All arrays of an archive; one whose elements cannot be read has a refusal. Errors: the others of load_npz.
std::vector<FileArray> read_npz_arrays(const std::string& path, const ReadProgress& progress);

}  // namespace logitape::inline v0::data
