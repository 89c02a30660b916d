// How far predicted numbers are from the true ones.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Of residuals r = target - prediction, in the target's units.
struct RegressionScores {
  double mean_absolute_error = 0;      // sum(w * |r|) / sum(w)
  double root_mean_squared_error = 0;  // sqrt(sum(w * r^2) / sum(w))
  // 1 - sum(w * r^2) / sum(w * (y - mean)^2): 1 is perfect, 0 as good as always saying the mean of these targets. Of
  // targets that are all the same it is 1 if every prediction is right, else 0; of a single row it is NaN.
  double r2 = 0;
};

// predictions and targets: [rows] or [rows, 1], of any arithmetic dtype. weights: f32 or f64 [rows], by which rows
// count; empty: as one each. Errors: no rows, other shapes; a number that is not finite, named with its row; weights
// that are negative, not finite, or all 0. scikit-learn's names, with sample_weight: mean_absolute_error,
// root_mean_squared_error, r2_score.
RegressionScores regression_scores(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {});

}  // namespace logitape::inline v0
