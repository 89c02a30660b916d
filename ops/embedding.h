// Rows of a table by their numbers: what turns words and categories into vectors. Indices are of any integer dtype.
// Gradients flow into the table, added row by row in the order of the indices, whatever the threads.
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// y[..., :] = table[indices[...], :]; table is [rows, width], y of the shape of indices and then width. Any dtype.
// Errors: table not of rank 2, an index outside [0, rows). tf.nn.embedding_lookup.
Tensor embedding(const Tensor& table, const Tensor& indices);

// What becomes of the rows of a bag.
struct EmbeddingBagOptions {
  NamedOnly named_only = NamedOnly();
  bool mean = true;  // their mean; else their sum
};

// y[b, :] = the mean of table[indices[b, j], :] over j; an index of -1 is padding and counts for nothing; a bag of
// padding alone is 0. indices is [bags, length], y [bags, width]. Errors: table or indices not of rank 2, an index
// outside [-1, rows).
Tensor embedding_bag(const Tensor& table, const Tensor& indices, const EmbeddingBagOptions& options = {});
// The same of bags of any lengths: index i belongs to bag bags[i], in [0, count). indices and bags are [total], y
// [count, width]. Errors: shapes that differ, an index outside [0, rows) or a bag outside [0, count).
// tf.nn.embedding_lookup_sparse.
Tensor embedding_bag(const Tensor& table, const Tensor& indices, const Tensor& bags, std::int64_t count,
                     const EmbeddingBagOptions& options = {});

}  // namespace logitape::inline v0
