// One call that reads examples from any file that holds some.
#pragma once
#include <cstdio>
#include <optional>
#include <string>

#include "logitape/core/named.h"
#include "logitape/train/data/examples.h"
#include "logitape/train/files/csv.h"

namespace logitape::inline v0 {

// How a file is taken for examples. What concerns another format than the file's is not looked at.
struct LoadOptions {
  NamedOnly named_only = NamedOnly();
  bool labelled = true;    // false: there are inputs only
  std::string label = {};  // CSV: the column that is the class, by name or number; "": the last
  CsvOptions csv = {};     // and how it is read
  // .npz, safetensors: the array of that name; "": one called x, inputs, images, data, x_train and their like.
  std::string inputs = {};
  // The same of the labels; "": one called y, labels, targets, classes, y_train and their like.
  std::string labels = {};
  // IDX, .npy: a second file; "": the IDX file named labels-idx1 where this is images-idx3, the last column of a .npy
  // [n, columns].
  std::string labels_file = {};
  std::optional<Shape> image = {};  // a row is such an image; Shape(): none; empty: seen from shape and numbers
  ReadProgress progress = {};       // told how far reading is; show_reading(stderr) makes one
};

// The file's examples; the format is seen from its first bytes: CSV, IDX (both also packed by gzip), .npy, .npz,
// safetensors. Labels that NumPy keeps as texts are classes of these names. A table alone, [n, columns], has the labels
// in its last column. Errors: those of the format's own reader and of examples_of; an array that is not there, with the
// names of those that are.
Examples load_examples(const std::string& path, const LoadOptions& options = {});

}  // namespace logitape::inline v0
