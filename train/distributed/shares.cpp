// Ranks are dealt out along the tree, in proportion to blocks.
#include "logitape/train/distributed/shares.h"

#include <algorithm>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::distributed {

Shares::Shares(std::int64_t rows, int blocks, int ranks) : rows_(rows), blocks_(blocks), ranks_(ranks) {
  constexpr int most = 1 << 20;
  require(rows >= 1 && blocks >= 1 && blocks <= most && ranks >= 1, ErrorCode::out_of_range, "Shares",
          "{} rows in {} blocks are dealt out to {} ranks; each has to be at least 1, blocks at most {}", rows, blocks,
          ranks, most);
  blocks_ = static_cast<int>(std::min<std::int64_t>(rows, blocks));
  deal({0, blocks_}, std::min(ranks, blocks_));
}

// The left half gets ranks in proportion to its blocks, and no more than it has.
void Shares::deal(const Subtree& tree, int ranks) {
  if (ranks == 1) return of_.push_back(tree);
  const int size = tree.size(), left = tree.left().size(), right = size - left;
  const auto part = static_cast<int>((static_cast<std::int64_t>(ranks) * left + size / 2) / size);
  const int ranks_left = std::clamp(part, std::max(1, ranks - right), std::min(left, ranks - 1));
  deal(tree.left(), ranks_left);
  deal(tree.right(), ranks - ranks_left);
}

// rows * block may be beyond 64 bits: the rows are cut into equal parts, and what is left over is dealt out as it
// comes.
std::int64_t Shares::first_row(int block) const noexcept {
  return rows_ / blocks_ * block + rows_ % blocks_ * block / blocks_;
}

double Shares::imbalance() const noexcept {
  int most = 0;
  for (const Subtree& s : of_) most = std::max(most, s.size());
  return static_cast<double>(most) * ranks_ / blocks_;
}

namespace {

// Whether `of` from `first` on, `count` of them, are the leaves of a tournament below `tree`.
bool tournament(const std::vector<Subtree>& of, std::size_t first, std::size_t count, const Subtree& tree) {
  if (count == 1) return of[first] == tree;
  if (tree.size() == 1) return false;
  return tournament(of, first, count / 2, tree.left()) && tournament(of, first + count / 2, count / 2, tree.right());
}

}  // namespace

bool Shares::is_tournament() const noexcept {
  return active() == ranks_ && std::has_single_bit(static_cast<unsigned>(ranks_)) &&
         tournament(of_, 0, of_.size(), {0, blocks_});
}

}  // namespace logitape::inline v0::distributed
