// Which columns a classifier looks at: how much worse it gets when one of them is shuffled.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/data/examples.h"

namespace logitape::inline v0 {

// How columns are shuffled.
struct ImportanceOptions {
  NamedOnly named_only = NamedOnly();
  int repeats = 5;  // shuffles of each column
  std::uint64_t seed = 0;
};

// One raw column, as it was before preprocessing: of text too.
struct ColumnImportance {
  std::string name;
  double mean = 0;    // of the accuracy that is lost, over the shuffles; below 0: it did better
  double spread = 0;  // their standard deviation, sqrt(sum (x - mean)^2 / repeats)
};

// The accuracy on the examples, less the accuracy with one column's cells dealt out anew among the rows; for each
// column that the classifier reads, in its own order. It tells what this classifier leans on, not what the class
// depends on: of two columns that say the same neither may matter. Errors: no preprocessing, images or free text, whose
// columns have no meaning by themselves; examples without labels, or of fewer than 2 rows; repeats below 1; those of
// predict. scikit-learn's name: permutation_importance. Breiman, "Random forests", Machine Learning 45, 2001.
std::vector<ColumnImportance> permutation_importance(const Classifier& classifier, const Examples& examples,
                                                     const ImportanceOptions& options = {});

}  // namespace logitape::inline v0
