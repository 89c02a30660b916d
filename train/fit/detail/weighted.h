// Means over rows that count differently: of losses, and what a training leaves out. Not installed.
#pragma once
#include <vector>

#include "logitape/ops/cross_entropy.h"
#include "logitape/train/fit/evaluate.h"

namespace logitape::inline v0::train {

// sum(w_i * l_i) / sum(w_i) of the rows' losses; without weights their mean. `loss` empty: cross_entropy with
// `options`. Error of `op`: a loss of one's own that is a scalar beside weights, or is no number a row.
Tensor mean_loss(const char* op, const Loss& loss, const Tensor& outputs, const Tensor& labels, const Tensor& weights,
                 const CrossEntropyOptions& options = {});

// How much the rows of a batch count together: their number, without weights.
double total_weight(const Tensor& weights, std::int64_t rows);

// The rows without those of weight 0, which are to be as if they were absent; `per_row` loses the same. Errors of `op`:
// weights that are negative, not finite, or all 0.
Dataset rows_that_count(const char* op, const Dataset& rows, std::vector<double>& per_row);
bool all_count(const char* op, const Dataset& rows);

}  // namespace logitape::inline v0::train
