// The k nearest neighbours: a classifier that learns nothing. What a trained model has to beat before its training was
// worth it.
#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "logitape/train/data/dataset.h"

namespace logitape::inline v0 {

// The k training rows y with the least |x - y|^2 each have a vote for their class; of rows as near, the first.
//   NearestNeighbours neighbours{train_set};  accuracy(neighbours(test_set.inputs), test_set.labels)
// f32 inputs: x and y are rows of any shape, flattened; scale them as for a model. i64 inputs, which are the ids of
// texts (HashingTokenizer): x and y are the counts of each id, -1 left out, divided by their Euclidean length, so that
// |x - y|^2 = 2 - 2 cos(x, y), and no text is nearer for being short; one without ids is 0. Computed in f64, in which
// products of f32 are exact, as |y|^2 - 2 xy, which ranks rows as |x - y|^2 does; a block of 1,024 x 2,048 of them at a
// time, smaller where rows have more than 1,024 elements: memory beyond the training set stays below 100 MB.
class NearestNeighbours {
 public:
  // classes: 0 is one more than the largest label. Errors: inputs neither f32 [n, ...] nor i64 [n, ids], a number that
  // is not finite, an id below -1; labels that are not integers [n] in [0, classes); k outside [1, n].
  explicit NearestNeighbours(const Dataset& training, std::int64_t k = 5, std::int64_t classes = 0);

  // f32 [rows, classes]: votes / k. Where several classes have the most, that of the nearest neighbour among theirs is
  // one ULP above the others, so that argmax, and accuracy(), take it. Errors: rows of another shape or dtype than in
  // training (ids may be more or fewer), a number that is not finite.
  Tensor operator()(const Tensor& x) const;

 private:
  struct Nearest;
  struct Occurrence {
    std::size_t row;
    double count;
  };

  std::vector<Nearest> nearest_rows(const Tensor& x) const;
  std::vector<Nearest> nearest_texts(const Tensor& x) const;
  void vote(const Nearest& nearest, std::span<float> shares) const;

  std::size_t k_, classes_;
  std::vector<std::int64_t> labels_;
  Tensor inputs_;
  std::unordered_map<std::int64_t, std::vector<Occurrence>> texts_with_;  // of each id: the training rows that have it
  std::vector<double> squares_;  // of each row of ids: the sum of its counts' squares
};

}  // namespace logitape::inline v0
