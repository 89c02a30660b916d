// Examples as they are read, before anything is fitted: inputs of any dtype, classes with names, columns with names.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/train/data/task.h"
#include "logitape/train/files/table.h"

namespace logitape::inline v0 {

// A column of the inputs. If it is text, its elements are places in `categories`.
struct Feature {
  std::string name;
  std::vector<std::string> categories = {};
};

// Row i of the inputs belongs to label i. Preprocessing makes from it the Dataset that a model learns from.
struct Examples {
  Tensor inputs;                        // [n, ...]; from a table: f64 [n, features], NaN for a missing cell
  Tensor labels;                        // i64 [n], places in `classes`, or as the task says; empty: unknown
  std::vector<std::string> classes;     // their names: numbers by value, then text in ascending order
  std::string label;                    // the name of the labels: of their column
  std::vector<Feature> features;        // from a table: its input columns
  Shape image;                          // [height, width] or [height, width, channels]; rank 0: a row is no image
  std::string path = {};                // of their file, for messages; empty: they have none
  std::vector<std::string> files = {};  // of pictures: the file of each row; else empty
  std::vector<std::string> notes = {};  // what the reader decided and might be otherwise, a sentence each
  // multilabel: labels are f32 [n, labels] of 0 and 1, `classes` the names of the labels; regression: f64 [n], no names
  Task task = Task::classes;
  Tensor weights = {};  // f64 [n], how many rows each counts as; empty: one

  std::int64_t size() const { return inputs.shape()[0]; }
};

// How a table becomes examples.
struct TableOptions {
  NamedOnly named_only = NamedOnly();
  std::string label = {};     // the column that is the class, by name or number (Table::place_of); "": the last
  bool labelled = true;       // false: every column is an input
  Task task = Task::classes;  // what the label column holds
  // The column of the rows' weights, by name or number; it is no input. "": there is none.
  std::string weights = {};
  std::optional<Shape> image = {};  // a row is such an image; Shape(): none; empty: seen from the numbers
};

// The label column becomes classes, every other column an input. Unless `image` decides, rows are images [s, s] if all
// of the s*s >= 64 inputs are whole numbers from 0 to 255 and look like pictures: over 30 rows or more, inputs that
// would be neighbours go together, and distant ones do not. A note says so. Errors, naming file, line and column if
// known: no such column, no inputs, no rows, a missing label, labels that are numbers but not whole (they name no
// class); a weight that is missing, negative, infinite or no number; weights that are all 0.
// multilabel: cells "a;b" (labels_in); an empty one is a row without labels. Errors: numbers that are not whole, no
// label in any row. regression: numbers. Errors: text; a cell that is missing or infinite.
Examples examples_of(const Table& table, const TableOptions& options = {});

// Arrays of any dtype: inputs [n, ...], where [n] counts as [n, 1]; labels [n] or [n, 1], whole numbers, or [n,
// classes] with one 1 among zeros in each row: its place is the label. classes: the names of labels 0, 1, ...; empty:
// the labels themselves, in ascending order, are the names. multilabel: labels [n, labels] of 0 and 1; regression: [n]
// or [n, 1] of any finite numbers. Unless `image` says what a row is (Shape(): no image), rows
// are images if the inputs are
//   [n, height, width]             of u8, or where all numbers are in [0, 255] and both extents 8 or more
//   [n, height, width, channels]   up to 4 channels
//   [n, channels, height, width]   the same, if the last extent is above 4: the channels are moved to the end
// Errors: another number of rows, labels that are not whole or outside the names, an image of another size than the
// rows.
Examples examples_of(const Tensor& inputs, const Tensor& labels, std::vector<std::string> classes = {},
                     std::optional<Shape> image = {}, Task task = Task::classes);
// The same without labels.
Examples examples_of(const Tensor& inputs, std::optional<Shape> image = {});

// Those rows, in that order. Error: a row outside [0, size).
Examples take(const Examples& examples, std::span<const std::int64_t> rows);

// How many rows each class, or label, has; of regression there are none. Errors: no labels; a label that is no place in
// `classes`.
std::vector<std::int64_t> class_sizes(const Examples& examples);

}  // namespace logitape::inline v0
