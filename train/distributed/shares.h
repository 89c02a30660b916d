// Which rows of a batch each rank has. The batch is cut into blocks, and sums over its rows are sums of the blocks'
// sums, along one binary tree that knows no ranks. A rank has a whole subtree of it, so that what ranks exchange are
// the nodes of that tree: the same bits for any number of ranks.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace logitape::inline v0::distributed {

// The blocks [low, high), and the node of the tree above them: the sum of its two halves.
struct Subtree {
  int low = 0, high = 1;
  int size() const noexcept { return high - low; }
  // The left half has as many blocks as the largest power of two below size().
  int middle() const noexcept { return low + static_cast<int>(std::bit_floor(static_cast<unsigned>(size() - 1))); }
  Subtree left() const noexcept { return {low, middle()}; }
  Subtree right() const noexcept { return {middle(), high}; }
  friend bool operator==(const Subtree&, const Subtree&) = default;
};

// How `rows` rows in `blocks` blocks are dealt out to `ranks` ranks. Block b has the rows [rows*b/blocks,
// rows*(b+1)/blocks); there are at most as many blocks as rows. A rank beyond the last block has no share of the sums:
// it computes another's rows once more, rank % active(), so that it too goes through every exchange.
class Shares {
 public:
  Shares(std::int64_t rows, int blocks, int ranks);

  std::int64_t rows() const noexcept { return rows_; }
  int blocks() const noexcept { return blocks_; }
  int ranks() const noexcept { return ranks_; }
  int active() const noexcept { return static_cast<int>(of_.size()); }  // ranks with a share
  const Subtree& of(int rank) const noexcept { return of_[static_cast<std::size_t>(rank % active())]; }

  std::int64_t first_row(int block) const noexcept;
  std::int64_t first_row_of(int rank) const noexcept { return first_row(of(rank).low); }
  std::int64_t rows_of(int rank) const noexcept { return first_row(of(rank).high) - first_row(of(rank).low); }
  // The blocks of the rank that has most, over what each would have if all had as many: 1 is best.
  double imbalance() const noexcept;

  // Whether ranks are a power of two and the tree above their shares is that of a tournament: neighbours first.
  bool is_tournament() const noexcept;

 private:
  void deal(const Subtree& tree, int ranks);

  std::int64_t rows_;
  int blocks_, ranks_;
  std::vector<Subtree> of_;
};

}  // namespace logitape::inline v0::distributed
