// How good labels are of which a row has any number: each by itself, all together, and row by row.
#pragma once
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/metrics/precision_recall.h"
#include "logitape/train/metrics/scores.h"
#include "logitape/train/metrics/threshold.h"

namespace logitape::inline v0 {

// The scores of labels that were decided on. A quotient of 0 by 0 is 0.
struct MultilabelScores {
  std::vector<ClassScore> labels;  // each label's precision, recall and F1, and how many rows have it, and got it
  ClassScore micro;                // of all decisions together: 2TP / (2TP + FP + FN)
  ClassScore macro;                // the means over the labels, those that never occur among them as 0
  double subset_accuracy = 0;      // the fraction of rows whose labels are all right
  double hamming_loss = 0;         // the fraction of decisions that are wrong
};

// decided and labels: [rows, labels], boolean or 0 and 1 of any dtype. weights: f32 or f64 [rows], by which rows count;
// empty: as one each. Errors: no rows, other shapes, a number that is neither 0 nor 1, named with its row; weights that
// are negative, not finite, or all 0. scikit-learn's names, of indicator matrices, with sample_weight:
// precision_recall_fscore_support and f1_score with zero_division=0, accuracy_score, hamming_loss.
MultilabelScores multilabel_scores(const Tensor& decided, const Tensor& labels, const Tensor& weights = {});

// Each label against its absence, of probabilities [rows, labels]. Empty, and NaN, where no row has the label, for
// which scikit-learn's average_precision_score says 0. Errors: as above, and a NaN.
std::vector<PrecisionRecallCurve> label_curves(const Tensor& probabilities, const Tensor& labels);

// A threshold for each label by itself: tune_threshold of each column. Of a label that no row has, or every row, it is
// 0.5, with counts of 0. Errors: as above.
std::vector<Threshold> tune_thresholds(const Tensor& probabilities, const Tensor& labels,
                                       const ThresholdGoal& goal = {});

}  // namespace logitape::inline v0
