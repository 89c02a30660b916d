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

// What a file holds besides the tensors (NamedTensor, train/nn/parameter.h): texts about them.
using Metadata = std::map<std::string, std::string>;

// The content of a file.
struct Safetensors {
  std::vector<NamedTensor> tensors;  // in the order of their bytes in the file
  Metadata metadata;

  // Error: no tensor has that name.
  const Tensor& at(const std::string& name) const;
};

// Writes them whole or not at all (train/files/file.h). The bytes of every tensor begin at a multiple of its element's
// size. Errors: invalid_argument for an empty tensor, a repeated name, "__metadata__" as a name, text that is not
// UTF-8; io if the file cannot be written. The old file then stays as it was.
void save_safetensors(const std::string& path, std::span<const NamedTensor> tensors, const Metadata& metadata = {});

// Errors: io if the file cannot be read or is not safetensors (truncated, a broken header, a place outside the file,
// one that overlaps another or leaves a hole, a repeated name); invalid_argument for a dtype or rank that a Tensor
// cannot have; unsupported for a U64 above 2^63-1. U16 is read as i32, U32 and U64 as i64. Everything in the file is
// checked before it is used.
Safetensors load_safetensors(const std::string& path);

// Writes a model's parameters, and its floating buffers (module.h), by their names. Errors: those of save_safetensors;
// a parameter that is not initialised.
void save_parameters(const std::string& path, std::span<Parameter* const> parameters, const Metadata& metadata = {});
template <HasParameters M>
void save_parameters(const std::string& path, const M& model, const Metadata& metadata = {}) {
  // visit shows boxes that may be written to; here they are only read
  save_parameters(path, std::span<Parameter* const>(weights_of(const_cast<M&>(model))), metadata);
}

// Puts the file's values in the boxes of an initialised model, and returns the metadata. Errors: those of
// load_safetensors; invalid_argument for a name that only one of the two has, another dtype or shape, a parameter that
// is not initialised. The model then stays as it was.
Metadata load_parameters(const std::string& path, std::span<Parameter* const> parameters);
template <HasParameters M>
Metadata load_parameters(const std::string& path, M& model) {
  return load_parameters(path, std::span<Parameter* const>(weights_of(model)));
}

}  // namespace logitape::inline v0
