// Arrays of a file to examples. Not installed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/data/load.h"
#include "logitape/train/files/detail/npy_reader.h"

namespace logitape::inline v0::data {

// Inputs and labels; labels that are texts become classes of these names. Errors name the file.
Examples examples_of_arrays(const std::string& path, const FileArray& inputs, const FileArray& labels,
                            const std::optional<Shape>& image);

// Those of several that the options, or else their names, call inputs and labels.
Examples examples_of_arrays(const std::string& path, const std::vector<FileArray>& arrays, const LoadOptions& options);

// [n, columns], with the labels in its last column; where no labels are wanted inputs of any shape.
Examples examples_of_table(const std::string& path, const FileArray& table, const LoadOptions& options);

}  // namespace logitape::inline v0::data
