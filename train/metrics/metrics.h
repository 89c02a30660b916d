// How good a model is.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The fraction of rows whose largest logit is the label's. logits [..., classes]; labels: class indices, of logits'
// shape without the last axis. Errors: other shapes or dtypes, no rows, a label outside [0, classes), or a NaN among
// the logits (none is the largest then), named with its row. scikit-learn's name: accuracy_score, of the argmax.
double accuracy(const Tensor& logits, const Tensor& labels);

// The same by weight, sum(w_i * right_i) / sum(w_i): weights f32 or f64 [rows], finite, 0 or more, not all 0, which
// else are an error that names the row. scikit-learn's sample_weight.
double accuracy(const Tensor& logits, const Tensor& labels, const Tensor& weights);

// The fraction of rows whose label is among the k largest logits; with k = 1 the accuracy. If logits are equal, the one
// of the smaller class counts as larger, as in argmax: a row of equal logits is right if its label is below k.
// Arguments and errors as for accuracy; k outside [1, classes]. scikit-learn's name: top_k_accuracy_score. TensorFlow's
// in_top_k takes every class that ties with the k-th.
double top_k_accuracy(const Tensor& logits, const Tensor& labels, std::int64_t k);

// The accuracy of always saying the most frequent class of training_labels (the smallest one if several are equally
// frequent). Both are integers [n]. Errors: other shapes or dtypes, no rows.
double majority_accuracy(const Tensor& training_labels, const Tensor& labels);

// i64 [classes, classes]: element [t, p] counts rows of class t whose largest logit is at p. A row is a true class, so
// the diagonal is what was right. Arguments and errors as for accuracy, but no rows give zeros. scikit-learn's name:
// confusion_matrix. Its precision, recall and F1 are in train/metrics/scores.h.
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
