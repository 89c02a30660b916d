// What is done to raw examples before a model sees them: fitted on the training part only, and kept with the model.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/data/dataset.h"
#include "logitape/train/data/examples.h"
#include "logitape/train/data/load.h"
#include "logitape/train/data/tokenizer.h"

namespace logitape::inline v0 {

// What numbers become. `standardise`: (x - mean) / standard deviation; `min_max`: (x - min) / (max - min); of each
// column by itself, or of all pixels together where rows are images. A constant column becomes 0. `automatic`: min_max
// for images, else standardise.
enum class Scaling { automatic, none, standardise, min_max };

// How a Preprocessing is fitted.
struct PreprocessingOptions {
  NamedOnly named_only = NamedOnly();
  Scaling scaling = Scaling::automatic;
  std::int64_t most_categories = 1000;  // a column of text with more is refused: it would be as many columns
  // A text that stands in one row alone tells nothing about another row. A column that has so many of them, or more,
  // has categories for its other texts only; where there are no others, it is left out. 0: every text is a category.
  std::int64_t many_single_texts = 50;
  // Whether the only input column is free text, to become ids of its words. Empty: seen from the training part, where
  // more than half of the rows have texts that differ, of two words and more on average (blanks tell).
  std::optional<bool> free_text = {};
  HashingTokenizer tokenizer = {};  // for free text
};

// Of one input column: a number becomes (x - offset) / scale, a missing one `mean` first; text becomes a column for
// each category, 1 in its own and 0 in the others. A text that training did not have is 0 in all of them, as is a
// missing one; where training had missing ones too, they have a category of their own, "". Where the cells of such a
// column were read as numbers, they are matched by value, and refused if a category is no number below 2^53 in size or
// two are the same number.
struct PreparedColumn {
  std::string name;
  std::vector<std::string> categories;  // empty: a column of numbers
  double mean = 0, offset = 0, scale = 1;
};

// Plain data, to be fitted, kept and applied. The columns of inputs that are rows of a table or [n, features] are
// prepared one by one; all elements of others, and of images, by the one column there is.
struct Preprocessing {
  std::string label;                      // what the labels are called
  std::vector<std::string> classes;       // their names, in the order of the logits
  std::vector<std::int64_t> class_sizes;  // rows of each in training
  std::vector<PreparedColumn> columns;
  std::vector<std::int64_t> row;    // the shape of a raw row
  std::vector<std::int64_t> image;  // that rows are [height, width] or [height, width, channels]; empty: none
  bool from_table = false;          // columns are found by their names
  // The only column is free text, and inputs() are its ids: for EmbeddingBag.
  std::optional<HashingTokenizer> tokenizer = {};
  std::optional<LoadOptions> reading = {};  // how the file was read, if that is known: for how_to_read()

  // Looks at the training part alone. Errors: no rows; a column of numbers without any, or with one that is infinite; a
  // column of text with too many categories; labels that are all of one class, or, of 10 rows and more, each of its
  // own; free text asked for where there is not one column of a table.
  static Preprocessing fit(const Examples& training, const PreprocessingOptions& options = {});

  // f32 [n, features] or the raw inputs' own shape, of free text i64 [n, ids] (HashingTokenizer); labels i64 [n] as
  // places in `classes`. Errors: as of inputs(); no labels; a class that training never saw, by name, with how many
  // rows have it.
  Dataset operator()(const Examples& examples) const;

  // Only the inputs. A missing text is an empty one. A table needs the columns that training had, by name, in any
  // order; others are passed over. Errors: a column that is missing, or is of text where training had numbers, or of
  // numbers where training had text that those cannot stand for; rows of another shape; a result that f32 cannot hold.
  Tensor inputs(const Examples& examples) const;
  Tensor inputs(const Table& table) const;
  Tensor inputs(const Tensor& raw) const;

  // What each column of the result is called: "petal_length", "colour=red"; of other inputs than tables "input 1". Free
  // text has the one name of its column.
  std::vector<std::string> feature_names() const;

  // The columns that were text in training, for CsvOptions::text: whoever reads rows later has to read them as text
  // too, since a cell that looks like a number (a zip code) would be taken for one.
  std::vector<std::string> text_columns() const;

  // How load_examples is to read a file of more such rows: as `reading` says, where nothing is known with missing cells
  // allowed; of a table the columns that training had, by name, and no others, those that were text as text; images as
  // images of that shape. labelled: with the label, as text unless every class is a number.
  LoadOptions how_to_read(bool labelled) const;

  // To text and back, all digits kept; for the metadata of save_parameters. Error: io for text that is no such JSON.
  std::string json() const;
  static Preprocessing from_json(std::string_view given);
};

// As they are, in f32, text as one column a category: what fit() makes of them without scaling and free text, whatever
// classes there are.
Dataset dataset_of(const Examples& examples);

}  // namespace logitape::inline v0
