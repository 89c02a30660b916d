// Finds a learning rate to begin with: a short run tries all of them. Smith, "Cyclical learning rates for training
// neural networks", 2017.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0 {

// The sweep.
struct LearningRateOptions {
  NamedOnly named_only = NamedOnly();
  double lowest = 1e-6, highest = 10;
  int steps = 100;  // each takes the learning rate a little higher; at least 10
  std::int64_t batch_size = 64;
  std::uint64_t seed = 0;           // for the order of the rows
  double smoothing = 0.9;           // in [0, 1)
  Loss loss = {};                   // empty: cross_entropy
  WhichParameters train_only = {};  // as in TrainerOptions
};

// The curve, and the rate it suggests.
struct LearningRates {
  std::vector<double> rates;  // lowest * (highest/lowest)^(k/(steps-1)), as far as the sweep went
  // Before each step: s = smoothing*s + (1 - smoothing)*loss, divided by 1 - smoothing^(k+1).
  std::vector<double> losses;
  double suggestion = 0;  // where the loss falls fastest against log(rate), over a fifth of the sweep
};
// For a model that is not trained yet. Trains with a rising learning rate until the loss is not finite, or is four
// times its least; the rows are copied to the model's device. Afterwards the model is as it was; the optimiser is a
// copy. Errors: an option outside its range; fewer than three finite losses; what the model refuses.
LearningRates find_learning_rate(const ModelRef& model, AnyOptimiser optimiser, const Dataset& rows,
                                 const LearningRateOptions& options = {});

}  // namespace logitape::inline v0
