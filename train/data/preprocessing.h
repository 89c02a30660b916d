// What is done to raw examples before a model sees them: fitted on the training part alone, and kept with the model.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/data/dataset.h"
#include "logitape/train/data/examples.h"
#include "logitape/train/data/load.h"
#include "logitape/train/data/tokenizer.h"

namespace logitape::inline v0 {

// What numbers become. `standardise`: (x - mean) / standard deviation; `min_max`: (x - min) / (max - min). Each column
// is scaled by itself; if rows are images, all pixels together. A constant column becomes 0. `automatic`: min_max for
// images, else standardise.
enum class Scaling { automatic, none, standardise, min_max };

// How a Preprocessing is fitted.
struct PreprocessingOptions {
  NamedOnly named_only = NamedOnly();
  Scaling scaling = Scaling::automatic;
  std::int64_t most_categories = 1000;  // a column of text with more is refused: it would become as many columns
  // A text that only one row has tells nothing about other rows. If a column has so many of them or more, only its
  // other texts become categories; if there are no others, the column is left out. 0: every text is a category.
  std::int64_t many_single_texts = 50;
  // Whether the only input column is free text, which becomes ids of its words. Empty: the training part decides: more
  // than half of the rows have different texts, with two words or more on average (blanks separate words).
  std::optional<bool> free_text = {};
  HashingTokenizer tokenizer = {};  // for free text
};

// One input column. A number becomes (x - offset) / scale; a missing number becomes `mean` first. A text becomes a
// column for each category, with 1 in its own and 0 in the others. A text that training did not have is 0 in all of
// them. So is a missing one; but if training had missing ones too, they have a category of their own, "". If the cells
// of such a column were read as numbers, they are matched by value; this is refused if a category is not a number below
// 2^53 in size, or if two are the same number.
struct PreparedColumn {
  std::string name;
  std::vector<std::string> categories;  // empty: a column of numbers
  double mean = 0, offset = 0, scale = 1;
};

// Plain data: fitted, kept and applied. If inputs are rows of a table or [n, features], each of their columns is
// prepared by itself. All elements of other inputs, and of images, are prepared by the only column.
struct Preprocessing {
  std::string label;                      // what the labels are called
  std::vector<std::string> classes;       // their names, in the order of the logits
  std::vector<std::int64_t> class_sizes;  // rows of each in training
  std::vector<PreparedColumn> columns;
  std::vector<std::int64_t> row;    // the shape of a raw row
  std::vector<std::int64_t> image;  // rows are images [height, width] or [height, width, channels]; empty: they are not
  bool from_table = false;          // columns are found by their names
  // The only column is free text, and inputs() gives its ids: for EmbeddingBag.
  std::optional<HashingTokenizer> tokenizer = {};
  std::optional<LoadOptions> reading = {};  // how the file was read, if that is known: for how_to_read()
  Task task = Task::classes;                // what the labels are; of regression there are no classes
  PreparedColumn target = {};  // of regression: a target becomes (y - offset) / scale, mean and standard deviation

  // Looks only at the training part. Errors: no rows; a column of numbers without any, or with an infinite one; a
  // column of text with too many categories; labels that are all of one class, or, in 10 rows or more, each of its own
  // class; no label that some rows have and others have not; targets that are all the same, or whose spread f64 cannot
  // hold; free text asked for when the inputs are not one column of a table.
  static Preprocessing fit(const Examples& training, const PreprocessingOptions& options = {});

  // Inputs: f32 [n, features], or the raw inputs' own shape; for free text i64 [n, ids] (HashingTokenizer). Labels: i64
  // [n], places in `classes`; multilabel f32 [n, labels]; regression f32 [n, 1], scaled. Weights as they are. Errors:
  // those of inputs(); no labels, or of another task; a class or label that training never saw, with its name and how
  // many rows it has.
  Dataset operator()(const Examples& examples) const;

  // Only the inputs. A missing text counts as an empty one. A table needs the columns that training had, by name, in
  // any order; other columns are ignored. Errors: a missing column; a column of text where training had numbers, or of
  // numbers where training had text that they cannot stand for; rows of another shape; a result that f32 cannot hold.
  Tensor inputs(const Examples& examples) const;
  Tensor inputs(const Table& table) const;
  Tensor inputs(const Tensor& raw) const;

  // Raw rows as plain numbers, one row behind the other, as exported headers and <logitape/c.h> take them: for a table
  // too. A number is itself, NaN a missing one; a text is its place in columns[i].categories, any other number a text
  // that training did not see, NaN a missing one. Errors: no whole rows; free text; a result that f32 cannot hold.
  Tensor inputs_of_numbers(std::span<const double> rows) const;
  std::int64_t numbers_of_a_row() const;  // columns of a table, or elements of a row

  // The name of each column of the result: "petal_length", "colour=red"; "input 1" if the inputs are no table. Free
  // text has only the name of its column.
  std::vector<std::string> feature_names() const;

  // The columns that were text in training, for CsvOptions::text. Later rows must be read with them as text too: else a
  // cell that looks like a number (a zip code) becomes one.
  std::vector<std::string> text_columns() const;

  // How load_examples must read a file of more such rows: as `reading` says; if that is unknown, with missing cells
  // allowed. From a table only the columns that training had, by name, with text columns as text; images as images of
  // that shape. labelled: with the label, as text unless every class is a number.
  LoadOptions how_to_read(bool labelled) const;

  // To text and back, with all digits; for the metadata of save_parameters. Error: io for text of another form.
  std::string json() const;
  static Preprocessing from_json(std::string_view given);
};

// Examples as they are, in f32, with a column for each category of text: what fit() makes without scaling and free
// text, whatever the classes are.
Dataset dataset_of(const Examples& examples);

}  // namespace logitape::inline v0
