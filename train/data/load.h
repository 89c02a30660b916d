// One call that reads examples from any file that holds some, or from a folder of pictures.
#pragma once
#include <cstdio>
#include <optional>
#include <string>

#include "logitape/core/named.h"
#include "logitape/train/data/examples.h"
#include "logitape/train/files/csv.h"

namespace logitape::inline v0 {

// How a file becomes examples. Options for other formats than the file's are ignored.
struct LoadOptions {
  NamedOnly named_only = NamedOnly();
  bool labelled = true;       // false: there are inputs only
  std::string label = {};     // CSV: the column that is the class, by name or number; "": the last
  Task task = Task::classes;  // what the labels are
  std::string weights = {};   // CSV: the column of the rows' weights, which is no input; "": none
  CsvOptions csv = {};        // how a CSV file is read
  // .npz, safetensors: the array of that name; "": one called x, inputs, images, data, x_train or similar.
  std::string inputs = {};
  // The same for the labels; "": one called y, labels, targets, classes, y_train or similar.
  std::string labels = {};
  // IDX, .npy: a second file; "": for IDX, the file named labels-idx1 if this one is images-idx3; for .npy, the last
  // column of [n, columns].
  std::string labels_file = {};
  std::optional<Shape> image = {};  // a row is such an image; Shape(): none; empty: seen from shape and numbers
  ReadProgress progress = {};       // told how far reading is; show_reading(stderr) makes one
};

// The file's examples. Its first bytes tell the format: CSV, IDX (both also packed by gzip), .npy, .npz, safetensors.
// Of a folder those of load_images, of the size of `image`; and without labels, of a picture too. Labels that NumPy
// keeps as texts become classes of these names. A single table, [n, columns], has the labels in its last column.
// Errors: those of the format's own reader and of examples_of; an array that is not there (the sentence lists the
// arrays).
Examples load_examples(const std::string& path, const LoadOptions& options = {});

}  // namespace logitape::inline v0
