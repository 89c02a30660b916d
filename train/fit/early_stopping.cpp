// The best score so far, and how long ago it was.
#include "logitape/train/fit/early_stopping.h"

#include "logitape/core/detail/require.h"
#include "logitape/train/nn/detail/ranges.h"

namespace logitape::inline v0 {

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& o) : options_(o) {
  require(o.patience >= 0, ErrorCode::out_of_range, "EarlyStopping", "patience is {}; at least 0 is needed",
          o.patience);
  train::require_at_least_0("EarlyStopping", "min_delta", o.min_delta);
}

bool EarlyStopping::operator()(double score) {
  ++state_.epochs;
  if (score > state_.best + options_.min_delta) {
    state_.best = score;
    state_.best_epoch = state_.epochs;
    state_.waited = 0;
    return false;
  }
  return ++state_.waited > options_.patience;
}

}  // namespace logitape::inline v0
