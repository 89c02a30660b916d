// Ends a training when its score has stopped rising.
#pragma once
#include <limits>

#include "logitape/core/named.h"

namespace logitape::inline v0 {

// When to stop: after more than `patience` epochs in a row without a gain.
struct EarlyStoppingOptions {
  NamedOnly named_only = NamedOnly();
  int patience = 10;     // epochs to wait for a gain; at least 0
  double min_delta = 0;  // what counts as a gain; at least 0
};

// EarlyStopping stop{{.patience = 5}};
// for (int epoch = 1; epoch <= 100; ++epoch) {
//   ...
//   if (stop(-evaluate(model, held_out).loss)) break;
// }
// Trainer does the same with its option early_stopping. keras.callbacks.EarlyStopping with mode="max".
class EarlyStopping {
 public:
  // Error: an option outside its range.
  explicit EarlyStopping(const EarlyStoppingOptions& options = {});

  // After an epoch; the larger the score the better: an accuracy, or minus a loss. A score above best + min_delta is
  // the new best; a NaN never is. True after more than `patience` other scores in a row: stop now.
  bool operator()(double score);
  double best() const { return state_.best; }           // -inf before the first
  int best_epoch() const { return state_.best_epoch; }  // from 1; 0 before the first
  int waited() const { return state_.waited; }          // epochs since the best

  struct State {
    double best = -std::numeric_limits<double>::infinity();
    int waited = 0;
    int best_epoch = 0, epochs = 0;  // epochs: scores so far
  };
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  EarlyStoppingOptions options_;
  State state_;
};

}  // namespace logitape::inline v0
