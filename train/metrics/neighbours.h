// The k nearest neighbours: a classifier that learns nothing. A trained model must beat it, or its training was not
// worth it.
#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "logitape/train/data/dataset.h"

namespace logitape::inline v0 {

// The k training rows y with the least |x - y|^2 each vote for their class; of equally near rows, the first.
//   NearestNeighbours neighbours{train_set};  accuracy(neighbours(test_set.inputs), test_set.labels)
// f32 inputs: x and y are rows of any shape, flattened; scale them as for a model. i64 inputs are the ids of texts
// (HashingTokenizer): x and y are the counts of each id, without -1, divided by their Euclidean length. So |x - y|^2 =
// 2 - 2 cos(x, y), and no text is nearer because it is short; a text without ids is 0. Computed in f64, where products
// of f32 are exact, as |y|^2 - 2 xy, which ranks rows as |x - y|^2 does. A block has 1,024 x 2,048 of them, fewer if
// rows have more than 1,024 elements: memory beyond the training set stays below 100 MB.
class NearestNeighbours {
 public:
  // classes: 0 is one more than the largest label. Errors: inputs neither f32 [n, ...] nor i64 [n, ids], a number that
  // is not finite, an id below -1; labels that are not integers [n] in [0, classes); k outside [1, n].
  explicit NearestNeighbours(const Dataset& training, std::int64_t k = 5, std::int64_t classes = 0);

  // f32 [rows, classes]: votes / k. If several classes have the most votes, the one of the nearest neighbour among them
  // is one ULP above the others, so argmax, and accuracy(), take it. Errors: rows of another shape or dtype than in
  // training (the number of ids may differ), a number that is not finite.
  Tensor operator()(const Tensor& x) const;

  // i64 [rows, k]: the places of the nearest training rows, the nearest first; what other votes than of classes are
  // made of. Errors: as above. scikit-learn's kneighbors.
  Tensor nearest(const Tensor& x) const;

 private:
  struct Nearest;
  struct Occurrence {
    std::size_t row;
    double count;
  };

  std::vector<Nearest> found(const Tensor& given) const;
  std::vector<Nearest> nearest_rows(const Tensor& x) const;
  std::vector<Nearest> nearest_texts(const Tensor& x) const;
  void vote(const Nearest& nearest, std::span<float> shares) const;

  std::size_t k_, classes_;
  std::vector<std::int64_t> labels_;
  Tensor inputs_;
  std::unordered_map<std::int64_t, std::vector<Occurrence>> texts_with_;  // for each id the training rows that have it
  std::vector<double> squares_;  // for each row of ids the sum of the squares of its counts
};

}  // namespace logitape::inline v0
