// Rows shared out at random: to training, validation and test, or to folds; each class in proportion.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/random.h"
#include "logitape/train/data/examples.h"

namespace logitape::inline v0 {

// The rows of each part, in random order.
struct SplitRows {
  std::vector<std::int64_t> train, validation, test;
};

// The shares of the rows; training has what is left.
struct SplitOptions {
  NamedOnly named_only = NamedOnly();
  double validation = 0;
  double test = 0.2;
  // Every part has each class in proportion, within one row; but every class keeps a row in training.
  bool stratified = true;
};

// labels: i64 [n], places of classes from 0 on. Each part gets round(share * n) rows; the state of rng decides which.
// Errors: shares outside [0, 1), or that add up to 1 or more; a part with a share above 0 but no row; no row for
// training.
SplitRows split_rows(const Tensor& labels, const SplitOptions& options, Generator& rng);

// What a stratified split shares out evenly, i64 [n] for split_rows and folds: the classes; of several labels the
// rarest that the row has, so that each label is learnt from; of numbers nothing, all 0. Error: no labels.
Tensor strata(const Examples& examples);

// The examples of each part, by their strata; a part with share 0 has no rows. Errors: those of split_rows; labels that
// Preprocessing::fit refuses.
struct SplitExamples {
  Examples train, validation, test;
};
SplitExamples split(const Examples& examples, const SplitOptions& options, Generator& rng);

// One round of a cross-validation. Every row is in the test part of exactly one round.
struct Fold {
  std::vector<std::int64_t> train, test;
};
// k folds whose sizes differ by at most one row; with `stratified`, so do their sizes in each class. Errors: k outside
// [2, n]; if stratified, a class of one row: training would not see it in the round that tests it.
std::vector<Fold> folds(const Tensor& labels, std::int64_t k, Generator& rng, bool stratified = true);

// One number for each of k folds, stratified if the task is classes: `score` trains anew on `train` and measures on
// `test`. Errors: those of folds; no labels; what `score` throws.
std::vector<double> cross_validate(const Examples& examples, std::int64_t k, Generator& rng,
                                   const std::function<double(const Examples& train, const Examples& test)>& score);

}  // namespace logitape::inline v0
