// Tensors by name in a file, in the safetensors format (https://github.com/huggingface/safetensors): the length of a
// JSON header as 8 bytes, little-endian; the header, which gives each name its dtype, shape and place; the tensors'
// bytes.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0 {

// What a file holds beside tensors with names (NamedTensor, train/nn/parameter.h): words about them.
using Metadata = std::map<std::string, std::string>;

// A file, read.
struct Safetensors {
  std::vector<NamedTensor> tensors;  // in the order of their bytes
  Metadata metadata;

  // Error: no tensor has that name.
  const Tensor& at(const std::string& name) const;
};

// Writes them whole or not at all (train/files/file.h); every tensor's bytes begin at a multiple of its element's size.
// Errors: invalid_argument for an empty tensor, a name given twice, "__metadata__" as a name, text that is not UTF-8;
// io where the file cannot be written. The old file is then as it was.
void save_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata = {});

// Errors: io where the file cannot be read or is not such a file (truncated, a header that is no header, a place
// outside the file, overlapping another or leaving a hole, a name given twice); invalid_argument for a dtype or rank
// that a Tensor cannot have; unsupported for a U64 above 2^63-1. U16 is read as i32, U32 and U64 as i64. Nothing in a
// file is believed before it is checked.
Safetensors load_safetensors(const std::string& path);

// A model's parameters, and its floating buffers (module.h), by their names. Errors: those of save_safetensors; a
// parameter that is not initialised.
void save_parameters(const std::string& path, std::span<Parameter* const> parameters, const Metadata& metadata = {});
template <HasParameters M>
void save_parameters(const std::string& path, const M& model, const Metadata& metadata = {}) {
  // visit shows boxes that may be written to; here they are only read
  save_parameters(path, std::span<Parameter* const>(weights_of(const_cast<M&>(model))), metadata);
}

// Puts the file's values in the boxes of an initialised model and returns the metadata. Errors: those of
// load_safetensors; invalid_argument for a name that only one of the two has, another dtype or shape, a parameter that
// is not initialised. The model is then as it was.
Metadata load_parameters(const std::string& path, std::span<Parameter* const> parameters);
template <HasParameters M>
Metadata load_parameters(const std::string& path, M& model) {
  return load_parameters(path, std::span<Parameter* const>(weights_of(model)));
}

}  // namespace logitape::inline v0
