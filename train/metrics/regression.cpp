// Residuals in f64, and their weighted means.
#include "logitape/train/metrics/regression.h"

#include <cmath>
#include <limits>
#include <vector>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/row_weights.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* regression_op = "regression_scores";

std::vector<double> finite_numbers(const char* what, const Tensor& x) {
  const bool is_row_of_numbers = x.defined() && (x.rank() == 1 || (x.rank() == 2 && x.shape()[1] == 1));
  require(is_row_of_numbers && x.shape()[0] > 0, regression_op, "the {} are {}; [rows] or [rows, 1] is needed", what,
          x);
  std::vector<double> values = x.to_vector<double>();
  for (std::size_t row = 0; row < values.size(); ++row)
    require(std::isfinite(values[row]), regression_op, "the {} have {} in row {}", what, values[row], row);
  return values;
}

}  // namespace

RegressionScores regression_scores(const Tensor& predictions, const Tensor& targets, const Tensor& weights) {
  const std::vector<double> said = finite_numbers("predictions", predictions), y = finite_numbers("targets", targets);
  require(said.size() == y.size(), regression_op, "{} predictions are given for {} targets", said.size(), y.size());
  const std::vector<double> w = train::checked_weights(regression_op, weights, static_cast<std::int64_t>(y.size()));
  double sum = 0, mean = 0, absolute = 0, squares = 0, spread = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    sum += w[i];
    mean += w[i] * y[i];
    absolute += w[i] * std::abs(y[i] - said[i]);
    squares += w[i] * (y[i] - said[i]) * (y[i] - said[i]);
  }
  mean /= sum;
  bool same = true;  // a mean of equal targets may be off by a rounding, and then their spread is not 0
  for (std::size_t i = 0; i < y.size(); ++i) {
    spread += w[i] * (y[i] - mean) * (y[i] - mean);
    same = same && y[i] == y[0];
  }
  RegressionScores s{.mean_absolute_error = absolute / sum, .root_mean_squared_error = std::sqrt(squares / sum)};
  s.r2 = y.size() < 2 ? std::numeric_limits<double>::quiet_NaN() : same ? (squares == 0 ? 1 : 0) : 1 - squares / spread;
  return s;
}

}  // namespace logitape::inline v0
