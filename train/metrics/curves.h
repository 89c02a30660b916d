// How much a classifier's probabilities are worth, on rows that it has not learnt from: at each threshold, and whether
// 90% means nine in ten.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// One class against the rest. As the threshold falls: the fraction of its rows above it, against that of the others.
struct RocCurve {
  // From (0, 0) to (1, 1), at the places where the curve turns; empty if there is no area.
  std::vector<double> false_positives, true_positives;
  // The probability that a row of the class gets a higher probability of it than a row of another class, where ties
  // count one half: the Mann-Whitney statistic, exact and rounded once. NaN if there are no rows of the class, or none
  // of others.
  double area = 0;
};

// A curve a class. probabilities [rows, classes], any scores that rank the rows; labels: class indices [rows]. Errors:
// other shapes or dtypes, a label outside [0, classes), a NaN, named with its row. scikit-learn's names: roc_curve,
// roc_auc_score of each class against the rest. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters
// 27, 2006.
std::vector<RocCurve> roc_curves(const Tensor& probabilities, const Tensor& labels);

// How often the model is right against how sure it is, in bins of equal width. A row falls in the bin (low, high] of
// its largest probability; 0 falls in the first.
struct ReliabilityDiagram {
  struct Bin {
    double low = 0, high = 0;
    std::int64_t rows = 0;
    double confidence = 0, accuracy = 0;  // means of the largest probabilities and of the right rows; 0 without rows
  };
  std::string title = {};
  std::vector<Bin> bins = {};
};

// probabilities [rows, classes], labels: class indices [rows]. Errors: as for roc_curves; bins below 1; a largest
// probability outside [0, 1], named with its row.
ReliabilityDiagram reliability_diagram(const Tensor& probabilities, const Tensor& labels, int bins = 15);

// The expected calibration error, sum over bins of rows(bin) / rows * |accuracy(bin) - confidence(bin)|; 0 without
// rows. Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", 2017.
double expected_calibration_error(const ReliabilityDiagram& diagram);

}  // namespace logitape::inline v0
