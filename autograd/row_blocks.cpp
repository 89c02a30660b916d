// The rows in force are one pointer a thread; what is asked for is checked before it is set.
#include "logitape/autograd/row_blocks.h"

#include <algorithm>
#include <utility>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

thread_local const BatchRows* in_force = nullptr;

BatchRows checked(BatchRows rows) {
  require(rows.edges.size() >= 2 && rows.edges.front() == 0, "RowBlocks",
          "{} edges are given; blocks begin at 0 and end", rows.edges.size());
  for (std::size_t i = 1; i < rows.edges.size(); ++i)
    require(rows.edges[i] > rows.edges[i - 1], "RowBlocks", "block {} is from row {} to {}; it has no rows", i - 1,
            rows.edges[i - 1], rows.edges[i]);
  require(rows.first >= 0 && rows.first <= rows.total - rows.here(), "RowBlocks",
          "rows {} to {} are here, of a batch of {}", rows.first, rows.first + rows.here(), rows.total);
  return rows;
}

BatchRows whole(std::int64_t rows, int blocks) {
  require(rows >= 1 && blocks >= 1, ErrorCode::out_of_range, "RowBlocks",
          "{} rows in {} blocks are asked for; each has to be at least 1", rows, blocks);
  BatchRows all{{0}, 0, rows, {}};
  const std::int64_t count = std::min<std::int64_t>(rows, blocks);
  for (std::int64_t b = 1; b <= count; ++b) all.edges.push_back(rows / count * b + rows % count * b / count);
  return all;
}

}  // namespace

RowBlocks::RowBlocks(BatchRows rows) : rows_(checked(std::move(rows))), outer_(std::exchange(in_force, &rows_)) {}
RowBlocks::RowBlocks(std::int64_t rows, int blocks) : RowBlocks(whole(rows, blocks)) {}
RowBlocks::~RowBlocks() { in_force = outer_; }

const BatchRows* RowBlocks::now() noexcept { return in_force; }

std::int64_t RowBlocks::in_batch(std::int64_t extent) noexcept {
  if (!in_force || extent % in_force->here() != 0) return extent;
  return extent / in_force->here() * in_force->total;
}

}  // namespace logitape::inline v0
