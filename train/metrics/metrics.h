// How good a model is.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The fraction of rows whose largest logit is the label's. logits [..., classes]; labels: class indices of logits'
// shape less the last axis. Errors: other shapes or dtypes, no rows, a label outside [0, classes), or a logit that is
// NaN (no logit is the largest then), named with its row. scikit-learn's name: accuracy_score, of the argmax.
double accuracy(const Tensor& logits, const Tensor& labels);

// The fraction of rows whose label is among the k largest logits; with k = 1 the accuracy. Of equal logits the one of
// the smaller class is the larger, as for argmax: a row whose logits are all the same is right where its label is below
// k. Arguments and errors as for accuracy; k outside [1, classes]. scikit-learn's name: top_k_accuracy_score;
// TensorFlow's in_top_k takes every class that ties with the k-th.
double top_k_accuracy(const Tensor& logits, const Tensor& labels, std::int64_t k);

// The fraction of `labels` that are the most frequent of training_labels (of equally frequent ones the smallest): the
// accuracy of saying that class of every row. Both integers [n]. Errors: other shapes or dtypes, no rows.
double majority_accuracy(const Tensor& training_labels, const Tensor& labels);

// i64 [classes, classes]: at [t, p] how many rows of class t have their largest logit at p. Rows are the true class, so
// the diagonal is what was right. Arguments and errors as for accuracy, but no rows give zeros. scikit-learn's name:
// confusion_matrix. Precision, recall and F1 of it are in train/metrics/scores.h.
Tensor confusion_matrix(const Tensor& logits, const Tensor& labels);

// One class of a confusion matrix. Its recall is right / members, its precision right / named.
struct ClassCounts {
  std::int64_t members = 0;  // rows of this class
  std::int64_t named = 0;    // rows taken for this class
  std::int64_t right = 0;    // rows that are both
};

// Error: the matrix is not i64 [classes, classes].
std::vector<ClassCounts> class_counts(const Tensor& confusion);

}  // namespace logitape::inline v0
