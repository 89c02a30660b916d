// Rows are gathered, and added up where they belong together. Padding goes to one extra bag, which is then left out.
#include "logitape/ops/embedding.h"

#include "logitape/ops/create.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

void check_table(const char* op, const Tensor& table, const Tensor& indices) {
  ops::check_present(op, {{"table", table}, {"indices", indices}});
  require(table.rank() == 2, op, "table is {}; it has to be [rows, width]", table.shape());
  ops::check_indices(op, {"indices", indices});
}

// Sums, or means, of the rows of each bag.
Tensor bags_of(const Tensor& table, const Tensor& indices, const Tensor& bags, std::int64_t count, bool mean) {
  const std::int64_t width = table.shape()[1];
  const Tensor rows = gather(table, indices);
  Tensor sums = scatter_add(zeros({count, width}, table.dtype(), table.device()), bags, rows);
  if (!mean) return sums;
  const Tensor each = ones({indices.size(), 1}, table.dtype(), table.device());
  const Tensor sizes = scatter_add(zeros({count, 1}, table.dtype(), table.device()), bags, each);
  return sums / maximum(sizes, 1);
}

}  // namespace

Tensor embedding(const Tensor& table, const Tensor& indices) {
  check_table("embedding", table, indices);
  require(indices.rank() < max_rank, "embedding",
          "indices {} of {} axes and the table's width are too many; at most {} are possible", indices.shape(),
          indices.rank(), max_rank);
  ops::check_index_range("embedding", "index", "position", indices, table.shape()[0]);
  return ops::gather_checked(table, indices);
}

Tensor embedding_bag(const Tensor& table, const Tensor& indices, const EmbeddingBagOptions& options) {
  const char* op = "embedding_bag";
  ops::check_arithmetic(op, {{"table", table}});
  check_table(op, table, indices);
  require(indices.rank() == 2, op, "indices are {}; they have to be [bags, length]", indices.shape());
  require(table.shape()[0] > 0, op, "table {} has no rows", table.shape());
  const std::int64_t count = indices.shape()[0], length = indices.shape()[1], rows = table.shape()[0];
  const Tensor flat = reshape(indices.to(DType::i64), {indices.size()});
  const Tensor padding = equal(flat, -1);
  const Tensor kept = logical_not(padding);
  ops::check_index_range(op, "index", "position", flat, rows, static_cast<const std::uint8_t*>(kept.data()));
  const Tensor bag =
      reshape(broadcast_to(reshape(arange(count).to(flat.device()), {count, 1}), {count, length}), {count * length});
  const Tensor rows_at = where(padding, 0, flat), bags = where(padding, static_cast<double>(count), bag);
  const Tensor sums = bags_of(table, rows_at, bags, count + 1, options.mean);
  return slice(sums, {0, 0}, {count, -1});
}

Tensor embedding_bag(const Tensor& table, const Tensor& indices, const Tensor& bags, std::int64_t count,
                     const EmbeddingBagOptions& options) {
  const char* op = "embedding_bag";
  ops::check_arithmetic(op, {{"table", table}});
  check_table(op, table, indices);
  ops::check_present(op, {{"indices", indices}, {"bags", bags}});
  ops::check_indices(op, {"bags", bags});
  require(indices.rank() == 1 && bags.shape() == indices.shape(), op,
          "indices are {}, bags {}: they have to be [total], both", indices.shape(), bags.shape());
  require(count >= 0, op, "{} bags are asked for; at least 0 are possible", count);
  ops::check_index_range(op, "index", "position", indices, table.shape()[0]);
  ops::check_index_range(op, "bag", "position", bags, count);
  return bags_of(table, indices, bags, count, options.mean);
}

}  // namespace logitape::inline v0
