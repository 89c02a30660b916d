// Which probability is enough to say yes: chosen on rows that the model has not learnt from, by what a mistake costs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What a threshold is chosen by, of the counts TP, FP, TN, FN of rows said yes rightly and wrongly, no rightly and
// wrongly.
struct ThresholdGoal {
  enum class Kind {
    f1,        // 2TP / (2TP + FP + FN), the larger the better
    balanced,  // (TP / (TP + FN) + TN / (TN + FP)) / 2, the mean recall of both classes, the larger the better
    cost       // (FP * false_positive + FN * false_negative) / rows, the smaller the better
  };
  Kind kind = Kind::f1;
  double false_positive = 1, false_negative = 1;

  // "f1", "balanced", "cost:FP,FN" with two numbers. Error invalid_argument: another text, a cost that is negative or
  // not finite, two of 0.
  static ThresholdGoal named(std::string_view text);
  std::string str() const;
};

// A threshold, and what it does on the rows by which it was chosen.
struct Threshold {
  double threshold = 0.5;  // yes: a probability of at least this
  double value = 0;        // of the goal, with this threshold
  double at_half = 0;      // the same with 0.5
  std::int64_t true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;
};

// The best threshold. probabilities: [rows, 2], of which the second class is yes; labels: class indices [rows]. All
// thresholds that part the rows differently are tried; the one that is kept lies in the middle between two rows'
// probabilities. Of equally good ones it is the nearest to 0.5. Errors: those of roc_curves; another number of classes;
// labels that are all of one class.
Threshold tune_threshold(const Tensor& probabilities, const Tensor& labels, const ThresholdGoal& goal = {});

}  // namespace logitape::inline v0
