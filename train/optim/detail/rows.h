// Steps that change few rows of a large table, such as an embedding's. Values never change, so the step needs another
// table to write: the one before this, if nobody else holds it any more. It differs from this one in a few rows only.
// Not installed.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0::train {

// Some rows of a gradient [rows, ...], the others being 0: row at[i] is row from[i] of `values`.
struct UsedRows {
  std::vector<std::int64_t> at, from;  // both ascending
  Tensor values;                       // [.., width]
};
// The rows that an index names, added up, of a gradient that is gather's; the table of it is not read. Nothing of any
// other gradient, and where more than half of the rows are named.
std::optional<UsedRows> named_rows(const Tensor& gradient);
// The rows that are not 0 throughout, of any gradient.
UsedRows used_rows(const Tensor& gradient);
// The gradient of this shape that has `values` in place of used.values: it names its rows too.
Tensor table_of(const UsedRows& used, const Tensor& values, const Shape& shape);

// A table to be written: x in every row, made of spare.before[k] where that is possible; zeros of `like` where x is
// empty. Nobody else sees it.
Tensor writable_table(Spare* spare, std::size_t k, const Tensor& x, const Tensor& like);

// Calls run(first, count, values) for neighbours among the used rows: `count` elements of the table from `first` on.
template <class F>
void for_each_run(const UsedRows& used, F run) {
  const std::int64_t width = used.values.size() / std::max<std::int64_t>(1, used.values.shape()[0]);
  const auto bytes = width * static_cast<std::int64_t>(byte_size(used.values.dtype()));
  for (std::size_t i = 0, n = 1; i < used.at.size(); i += n, n = 1) {
    while (i + n < used.at.size() && used.at[i + n] - used.at[i] == static_cast<std::int64_t>(n) &&
           used.from[i + n] - used.from[i] == static_cast<std::int64_t>(n))
      ++n;
    run(used.at[i] * width, static_cast<std::int64_t>(n) * width,
        static_cast<const std::byte*>(used.values.data()) + used.from[i] * bytes);
  }
}

}  // namespace logitape::inline v0::train
