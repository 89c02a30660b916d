// A last layer whose classes are too many for one rank: each has a slice of them, with its gradients and moments. What
// ranks exchange is 24 bytes a row, and the gradient of the layer's input.
#pragma once
#include <cstdint>

#include "logitape/core/named.h"
#include "logitape/train/distributed/world.h"

namespace logitape::inline v0::distributed {

// Classes in blocks, the leaves of a tree; a rank has those of a whole subtree.
class ClassSlices {
 public:
  // Errors: classes or block below 1; more ranks than blocks.
  ClassSlices(std::int64_t classes, const World& world, std::int64_t block = 1024);

  std::int64_t classes() const noexcept { return classes_; }
  std::int64_t block() const noexcept { return block_; }
  const Shares& shares() const noexcept { return shares_; }  // of blocks
  // Of this rank.
  std::int64_t first() const noexcept { return first_; }
  std::int64_t count() const noexcept { return count_; }
  // The columns [in, first : first + count] of a whole weight [in, classes]; of a bias, its elements.
  Tensor slice_of(const Tensor& whole) const;

 private:
  std::int64_t classes_, block_;
  Shares shares_;
  std::int64_t first_, count_;
};

// Which rows of the loss count.
struct SlicedLossOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t ignore_index = -1;  // rows of this target do not count
};

// The mean over the rows that count of lse(x) - x[target], x = hidden * weight, of hidden [rows, in], the same in every
// rank, this rank's slice of the weight, [in, count], and targets [rows], the same in every rank. No row: 0. Gradients
// into the slice, which stay here, and into hidden, the sum over all ranks: loss and gradients have the same bits for
// any number of ranks, of one process too; derivatives of higher orders are open, and differ in last digits. The logits
// of one block exist at a time. All ranks call it, and differentiate it, alike. Errors: shapes that do not meet,
// another dtype than f32 or f64, a target outside [0, classes). After Shoeybi et al., "Megatron-LM", 2019, with one
// exchange for three.
Tensor linear_cross_entropy(World& world, const ClassSlices& slices, const Tensor& hidden, const Tensor& weight,
                            const Tensor& targets, const SlicedLossOptions& options = {});

}  // namespace logitape::inline v0::distributed
