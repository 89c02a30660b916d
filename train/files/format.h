// What kind of file it is, of those that are read here: its first bytes tell.
#pragma once
#include <string>

namespace logitape::inline v0 {

// gzip around a format is passed over. npz: any zip archive. picture: PNG or JPEG. csv: whatever is none of the others.
enum class FileFormat { csv, idx, npy, npz, safetensors, picture };

// Error io, in the name of `op`: the file cannot be read, or is empty.
FileFormat format_of(const char* op, const std::string& path);

}  // namespace logitape::inline v0
