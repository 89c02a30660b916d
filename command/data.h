// What train, predict and evaluate do with a file: they read it as the flags say, and describe it.
#pragma once
#include <logitape.h>

#include <vector>

#include "train_flags.h"
#include "words.h"

namespace command {

// How a training file is read if no flag says otherwise.
lt::LoadOptions plainly();
// As the flags say, else as in `o`.
lt::LoadOptions load_options(const DataFlags& d, bool labelled, lt::LoadOptions o = plainly());
// The examples of the file that the flags name. Errors: the file's; a flag that is for another format.
lt::Examples examples_of_file(const DataFlags& d, const lt::LoadOptions& how);
// 1, 2, 3, ...: the numbers of all rows of a file.
std::vector<std::int64_t> row_numbers(const lt::Examples& all);

// The places of the rows whose weight is not 0: all, if they have none.
std::vector<std::int64_t> rows_that_count(const lt::Examples& all);

// The facts of a file, for the terminal and for the page.
std::vector<Fact> data_facts(const DataFlags& d, const lt::Examples& all);
// Choices that the user may not mean, a sentence each: another column that has a name for classes, classes spelt in two
// ways, a column that numbers the rows, a class that is a measured number.
std::vector<Fact> doubts(const DataFlags& d, const lt::Examples& e);
// What became of columns without a value, and of texts that only one row has.
std::vector<Fact> single_texts(const lt::Examples& training, const lt::Preprocessing& p);
// Texts that training did not have, the first of each column: such a cell is like none of the categories.
std::vector<Fact> new_texts(const lt::Examples& rows, const lt::Preprocessing& p);

}  // namespace command
