// How ops cut their sums over the rows of a batch (autograd/row_blocks.h). Not installed.
#pragma once
#include <bit>
#include <utility>

#include "logitape/autograd/row_blocks.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0::ops {

// The blocks of an axis of `extent`: none (false) if no RowBlocks is in force, if it has one block, or if the axis
// counts other things.
class RowCuts {
 public:
  explicit RowCuts(std::int64_t extent) noexcept : rows_(RowBlocks::now()) {
    if (!rows_) return;
    if (rows_->edges.size() == 2 || extent == 0 || extent % rows_->here() != 0) rows_ = nullptr;
    else times_ = extent / rows_->here();
  }
  explicit operator bool() const noexcept { return rows_ != nullptr; }
  int blocks() const noexcept { return static_cast<int>(rows_->edges.size()) - 1; }
  std::int64_t edge(int block) const noexcept { return rows_->edges[static_cast<std::size_t>(block)] * times_; }

 private:
  const BatchRows* rows_;
  std::int64_t times_ = 1;
};

// The sum along the tree of make(low, high), which is that of the blocks [low, high): of one block, or of several of at
// most `whole` rows together, which make adds up along the tree itself.
template <class Make>
Tensor sum_of_blocks(const char* op, const RowCuts& cuts, std::int64_t whole, const Make& make, int low, int high) {
  if (high - low == 1 || cuts.edge(high) - cuts.edge(low) <= whole) return make(low, high);
  const int middle = low + static_cast<int>(std::bit_floor(static_cast<unsigned>(high - low - 1)));
  Tensor left = sum_of_blocks(op, cuts, whole, make, low, middle);
  const Tensor right = sum_of_blocks(op, cuts, whole, make, middle, high);
  const bool in_place = left.device() == Device::cpu();  // what is added to is in the cache
  Tensor y = in_place ? std::move(left) : Tensor::uninitialised(left.shape(), left.dtype(), left.device());
  backends::run(
      op, y.device(), &Kernels::add,
      backends::BinaryArgs{
          y.dtype(), {1, {y.size()}, {{1}, {1}}}, in_place ? y.data() : left.data(), right.data(), y.writable()});
  return y;
}
template <class Make>
Tensor sum_of_blocks(const char* op, const RowCuts& cuts, std::int64_t whole, const Make& make) {
  return sum_of_blocks(op, cuts, whole, make, 0, cuts.blocks());
}
// The same where make(first, count) is a block's own sum.
template <class Make>
Tensor sum_of_blocks(const char* op, const RowCuts& cuts, const Make& make) {
  return sum_of_blocks(op, cuts, 0,
                       [&](int low, int high) { return make(cuts.edge(low), cuts.edge(high) - cuts.edge(low)); });
}

// The bytes from element `first` on.
inline const void* from_element(const void* data, std::int64_t first, DType dtype) {
  return static_cast<const std::byte*>(data) + first * static_cast<std::int64_t>(byte_size(dtype));
}

// Whether x is a variable: its first axis counts no rows.
inline bool is_variable(const Tensor& x) { return x.node() && x.node()->is_leaf(); }

// What is drawn for x: `count` numbers for the whole batch, of which those of x begin at `first`.
struct Drawn {
  std::uint64_t first, count;
};
inline Drawn drawn_for(const Tensor& x) {
  const auto size = static_cast<std::uint64_t>(x.size());
  const BatchRows* const rows = RowBlocks::now();
  if (!rows || rows->here() == rows->total || x.rank() == 0 || x.size() == 0 || x.shape()[0] % rows->here() != 0 ||
      is_variable(x))
    return {0, size};
  const std::uint64_t width = size / static_cast<std::uint64_t>(rows->here());
  return {static_cast<std::uint64_t>(rows->first) * width, static_cast<std::uint64_t>(rows->total) * width};
}

}  // namespace logitape::inline v0::ops
