// Who has which rows: every row once, whole subtrees, and nobody much more than others.
#include "logitape/train/distributed/shares.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "logitape/core/error.h"

using logitape::distributed::Shares;
using logitape::distributed::Subtree;

namespace {

bool is_in_tree(const Subtree& node, const Subtree& tree) {
  return node == tree || (tree.size() > 1 && (is_in_tree(node, tree.left()) || is_in_tree(node, tree.right())));
}

}  // namespace

TEST_CASE("every block belongs to one rank, and every share is a whole subtree") {
  for (const int blocks : {1, 2, 3, 5, 7, 8, 12, 13, 24, 64})
    for (int ranks = 1; ranks <= 20; ++ranks) {
      const Shares shares(1000, blocks, ranks);
      CHECK_EQ(shares.active(), std::min(blocks, ranks));
      int next = 0;
      for (int r = 0; r < shares.active(); ++r) {
        CHECK_EQ(shares.of(r).low, next);
        CHECK(is_in_tree(shares.of(r), {0, blocks}));
        next = shares.of(r).high;
      }
      CHECK_EQ(next, blocks);
      for (int r = shares.active(); r < ranks; ++r) CHECK_EQ(shares.of(r), shares.of(r % shares.active()));
    }
}

TEST_CASE("blocks that are a multiple of the ranks by a power of two are shared out evenly") {
  for (const int ranks : {1, 2, 3, 5, 6, 7, 12})
    for (const int times : {1, 2, 4, 8}) CHECK_EQ(Shares(4096, ranks * times, ranks).imbalance(), 1);
  CHECK_EQ(Shares(4096, 8, 3).imbalance(), doctest::Approx(1.5));  // 4, 2, 2
}

TEST_CASE("rows are cut as [rows * b / blocks], and there are at most as many blocks as rows") {
  const Shares shares(38, 8, 3);
  for (int b = 0; b <= 8; ++b) CHECK_EQ(shares.first_row(b), 38 * b / 8);
  CHECK_EQ(shares.rows_of(0) + shares.rows_of(1) + shares.rows_of(2), 38);
  CHECK_EQ(Shares(3, 8, 4).blocks(), 3);
  CHECK_EQ(Shares(3, 8, 4).rows_of(3), 1);  // a rank without a share computes rank 0's once more
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK_EQ(Shares(most, 13, 1).first_row(13), most);
}

TEST_CASE("a tournament is told from other trees") {
  CHECK(Shares(100, 8, 4).is_tournament());
  CHECK(Shares(100, 12, 1).is_tournament());
  CHECK_FALSE(Shares(100, 8, 3).is_tournament());
  CHECK_FALSE(Shares(3, 8, 4).is_tournament());  // one rank has no share
}

TEST_CASE("shares of nothing are refused") {
  CHECK_THROWS_WITH_AS(Shares(0, 8, 2), doctest::Contains("0 rows in 8 blocks"), logitape::Error);
  CHECK_THROWS_AS(Shares(10, 0, 2), logitape::Error);
  CHECK_THROWS_AS(Shares(10, 8, 0), logitape::Error);
}
