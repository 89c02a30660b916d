// One formula for every loss. The sum of the weights is a constant of the tape.
#include "logitape/train/fit/detail/weighted.h"

#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/data/detail/row_weights.h"
#include "logitape/train/data/detail/rows.h"

namespace logitape::inline v0::train {

Tensor mean_loss(const char* op, const Loss& loss, const Tensor& outputs, const Tensor& labels, const Tensor& weights,
                 const CrossEntropyOptions& options) {
  const bool weighted = weights.defined();
  if (!loss && !weighted) return cross_entropy(outputs, labels, options);
  if (!loss) {
    const Tensor w = weights.to(outputs.dtype());
    CrossEntropyOptions summed = options;
    summed.sample_weights = w;
    summed.reduction = Reduction::sum;
    return cross_entropy(outputs, labels, summed) / sum(w);
  }
  const Tensor losses = loss(outputs, labels);
  const std::int64_t rows = labels.rank() > 0 ? labels.shape()[0] : 1;
  if (losses.size() == 1 && (losses.rank() == 0 || rows != 1)) {
    require(!weighted, op, "rows have weights, and the loss is {}: return a number a row, [{}], whose mean is taken",
            losses, rows);
    return losses;
  }
  require(losses.shape() == Shape{rows}, op, "the loss is {}; a scalar or a number a row, [{}], is needed", losses,
          rows);
  if (!weighted) return mean(losses);
  const Tensor w = weights.to(losses.dtype());
  return sum(losses * w) / sum(w);
}

double total_weight(const Tensor& weights, std::int64_t rows) {
  return weights.defined() ? sum(weights.to(DType::f64)).item<double>() : static_cast<double>(rows);
}

bool all_count(const char* op, const Dataset& rows) {
  if (!rows.weights.defined()) return true;
  const std::vector<double> weights = checked_weights(op, rows.weights, rows.size());
  return std::ranges::find(weights, 0.0) == weights.end();
}

Dataset rows_that_count(const char* op, const Dataset& rows, std::vector<double>& per_row) {
  const std::vector<double> weights = checked_weights(op, rows.weights, rows.size());
  std::vector<std::int64_t> kept;
  std::vector<double> kept_per_row;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0) continue;
    kept.push_back(static_cast<std::int64_t>(row));
    if (row < per_row.size()) kept_per_row.push_back(per_row[row]);
  }
  per_row = std::move(kept_per_row);
  const auto count = static_cast<std::int64_t>(kept.size());
  return rows_of(rows, from_span(kept, {count}), 0, count);
}

}  // namespace logitape::inline v0::train
