// Sums over the rows of a batch, in an order that does not depend on how many processes share the rows.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The rows of a batch that are here: all of it, or one process's part.
struct BatchRows {
  std::vector<std::int64_t> edges;  // where blocks begin, and the end of the last: {0, 8, 16} are two blocks of 8 rows
  std::int64_t first = 0;           // the first row here, counted in the whole batch
  std::int64_t total = 0;           // the rows of the whole batch
  // Of a batch that processes share: adds up what each has, along the tree of their blocks. Means over the batch need
  // it (batch normalisation); all of them call it in the same order.
  std::function<Tensor(const Tensor&)> sum_processes = {};

  std::int64_t here() const noexcept { return edges.back(); }
};

// While one lives, this thread's sums over a first axis that counts these rows, or a multiple of them (rows and
// positions in one axis), are sums of the blocks' sums: in each block as without it, then along one binary tree, whose
// left half has as many blocks as the largest power of two below their number. These are the gradients of what meets
// the rows: weights of matmul, linear and conv2d, what is broadcast to them, tables of embedding; and sum and mean.
// Dropout draws for a row what it would draw if the whole batch were here. All that keeps rows apart computes as ever.
//
//   RowBlocks cut(batch_rows, 8);  const Tensors gradients = grad(loss, parameters);
//
// A first axis that is such a multiple and counts something else is cut too, except that of a variable. That moves last
// digits alone.
class RowBlocks {
 public:
  // Errors: no edges, or edges that do not rise from 0; rows here beyond the total.
  explicit RowBlocks(BatchRows rows);
  // A whole batch; at most as many blocks as rows.
  RowBlocks(std::int64_t rows, int blocks);
  ~RowBlocks();
  RowBlocks(const RowBlocks&) = delete;

  // Those in force in this thread; null: none.
  static const BatchRows* now() noexcept;
  // What a first axis of this extent has in the whole batch, if it counts rows; else the extent itself.
  static std::int64_t in_batch(std::int64_t extent) noexcept;

 private:
  BatchRows rows_;
  const BatchRows* outer_;
};

}  // namespace logitape::inline v0
