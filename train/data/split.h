// Rows dealt out at random: to training, validation and test, or to folds; each class in its share.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/random.h"
#include "logitape/train/data/examples.h"

namespace logitape::inline v0 {

// Which rows each part has, in random order.
struct SplitRows {
  std::vector<std::int64_t> train, validation, test;
};

// The shares of the rows; training has what is left.
struct SplitOptions {
  NamedOnly named_only = NamedOnly();
  double validation = 0;
  double test = 0.2;
  // Every part has each class in its share, give or take a row; a class has a row in training first.
  bool stratified = true;
};

// labels: i64 [n], places of classes from 0 on. round(share * n) rows each; as rng stands, so are they dealt. Errors:
// shares outside [0, 1) or of 1 and more together, a part whose share is above 0 without a row, none for training.
SplitRows split_rows(const Tensor& labels, const SplitOptions& options, Generator& rng);

// The examples of each part; one whose share is 0 has no rows. Errors: those of split_rows; labels that
// Preprocessing::fit refuses.
struct SplitExamples {
  Examples train, validation, test;
};
SplitExamples split(const Examples& examples, const SplitOptions& options, Generator& rng);

// One round of a cross-validation: every row is in the test of exactly one.
struct Fold {
  std::vector<std::int64_t> train, test;
};
// k folds whose sizes differ by a row at most; with `stratified` those of each class do too. Errors: k outside [2, n];
// a class of one row, which training would not see in the round that tests it (only where stratified).
std::vector<Fold> folds(const Tensor& labels, std::int64_t k, Generator& rng, bool stratified = true);

// A number for each of k stratified folds: what `score` makes of a round, by training anew on `train` and looking at
// `test`. Errors: those of folds; no labels; what `score` throws.
std::vector<double> cross_validate(const Examples& examples, std::int64_t k, Generator& rng,
                                   const std::function<double(const Examples& train, const Examples& test)>& score);

}  // namespace logitape::inline v0
