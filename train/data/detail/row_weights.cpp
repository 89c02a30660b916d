// Weights of rows: one sentence for what is none.
#include "logitape/train/data/detail/row_weights.h"

#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {

std::vector<double> checked_weights(const char* op, const Tensor& weights, std::int64_t rows) {
  if (!weights.defined()) return std::vector<double>(static_cast<std::size_t>(rows), 1.0);
  require(weights.shape() == Shape{rows} && is_arithmetic(weights.dtype()), op,
          "the weights are {}; f32 or f64 [{}] is needed, one for each row", weights, rows);
  std::vector<double> values = weights.to_vector<double>();
  double sum = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    require(std::isfinite(values[row]) && values[row] >= 0, ErrorCode::out_of_range, op,
            "the weight {} of row {} is not a finite number of 0 or more", values[row], row);
    sum += values[row];
  }
  require(std::isfinite(sum) && sum > 0, ErrorCode::out_of_range, op, "the weights of the {} rows add up to {}", rows,
          sum);
  return values;
}

}  // namespace logitape::inline v0::train
