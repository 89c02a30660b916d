// Makes examples from the arrays of a file. Not installed.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/data/load.h"
#include "logitape/train/files/detail/npy_reader.h"

namespace logitape::inline v0::data {

// From inputs and labels; labels that are texts become classes of these names. Errors name the file; rows of arrays
// have no weights.
Examples examples_of_arrays(const std::string& path, const FileArray& inputs, const FileArray& labels,
                            const LoadOptions& options);

// From two of several arrays: the options name the inputs and the labels, or else their own names do.
Examples examples_of_arrays(const std::string& path, const std::vector<FileArray>& arrays, const LoadOptions& options);

// From [n, columns] with the labels in its last column; without labels from inputs of any shape.
Examples examples_of_table(const std::string& path, const FileArray& table, const LoadOptions& options);

}  // namespace logitape::inline v0::data
