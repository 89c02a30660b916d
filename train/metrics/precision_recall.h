// What is found against how much of it is right, at each threshold: for a class that is rare, where a ROC curve
// flatters.
#pragma once
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// One class against the rest. A row is taken for the class if its probability is at least the threshold.
struct PrecisionRecallCurve {
  // A point for each different probability, from the largest down: recall rises. precision = right / taken, recall =
  // right / rows of the class. Empty if there are no rows of the class.
  std::vector<double> thresholds, precision, recall;
  // sum_n (recall_n - recall_{n-1}) * precision_n; NaN if there are no rows of the class.
  double average_precision = 0;
};

// A curve a class. probabilities [rows, classes], any scores that rank the rows; labels: class indices [rows]. Errors:
// those of roc_curves. scikit-learn's names: precision_recall_curve, whose points rise with the threshold and end in
// (1, 0), and average_precision_score. Davis and Goadrich, "The relationship between precision-recall and ROC curves",
// ICML 2006.
std::vector<PrecisionRecallCurve> precision_recall_curves(const Tensor& probabilities, const Tensor& labels);

}  // namespace logitape::inline v0
