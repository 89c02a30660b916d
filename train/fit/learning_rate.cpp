// The sweep, and the steepest place of its curve.
#include "logitape/train/fit/learning_rate.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/backward.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/train/data/batches.h"
#include "logitape/train/fit/detail/weighted.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* finder_op = "find_learning_rate";

void check(const LearningRateOptions& o) {
  train::require_above_0(finder_op, "lowest", o.lowest);
  require(std::isfinite(o.highest) && o.highest > o.lowest, ErrorCode::out_of_range, finder_op,
          "highest {} is not above lowest {}", o.highest, o.lowest);
  require(o.steps >= 10, ErrorCode::out_of_range, finder_op, "steps is {}; at least 10 are needed", o.steps);
  train::require_below_1(finder_op, "smoothing", o.smoothing);
}

double steepest(const LearningRates& sweep) {
  const std::vector<double>& y = sweep.losses;
  // Rates are evenly spaced in their logarithm, so differences are slopes. Each spans a fifth of the sweep: at rates
  // too low to teach anything, losses differ because their batches differ.
  const std::size_t half = std::max<std::size_t>(1, y.size() / 10);
  std::size_t best = half;
  for (std::size_t i = half; i + half < y.size(); ++i)
    if (y[i + half] - y[i - half] < y[best + half] - y[best - half]) best = i;
  return sweep.rates[best];
}

LearningRates sweep_over(const ModelRef& model, AnyOptimiser& optimiser, const Dataset& rows,
                         const LearningRateOptions& o) {
  const Parameters trained = train::chosen(finder_op, "train_only ", o.train_only, parameters_of(model));
  LearningRates sweep;
  Generator rng{o.seed};
  double smooth = 0, weight = 1, least = std::numeric_limits<double>::infinity();
  const auto step = [&](const Batch& batch) {
    const Tensor outputs = model(batch.inputs);
    const Tensor loss = train::mean_loss(finder_op, o.loss, outputs, batch.labels, batch.weights);
    smooth = o.smoothing * smooth + (1 - o.smoothing) * loss.item<double>();
    weight *= o.smoothing;
    const double value = smooth / (1 - weight);
    if (!std::isfinite(value) || value > 4 * least) return false;
    least = std::min(least, value);
    sweep.rates.push_back(o.lowest *
                          std::pow(o.highest / o.lowest, static_cast<double>(sweep.rates.size()) / (o.steps - 1)));
    sweep.losses.push_back(value);
    optimiser.set_learning_rate(sweep.rates.back());
    optimiser.step(trained, grad(loss, values_of(trained)));
    return sweep.rates.size() < static_cast<std::size_t>(o.steps);
  };
  for (bool goes_on = true; goes_on;)
    for (const Batch& batch : Batches{rows, {.size = o.batch_size, .shuffle = &rng}})
      if (!(goes_on = step(batch))) break;
  return sweep;
}

}  // namespace

LearningRates find_learning_rate(const ModelRef& model, AnyOptimiser optimiser, const Dataset& rows,
                                 const LearningRateOptions& o) {
  check(o);
  require(rows.size() >= 1, finder_op, "the set has {} rows; at least 1 is needed", rows.size());
  const ModelValues before = values_of(model);
  LearningRates sweep;
  std::vector<double> none;
  const Dataset counted = train::all_count(finder_op, rows) ? rows : train::rows_that_count(finder_op, rows, none);
  try {
    sweep = sweep_over(model, optimiser, counted.to(train::device_of(parameters_of(model))), o);
  } catch (...) {
    set_values(model, before);
    throw;
  }
  set_values(model, before);
  require(sweep.rates.size() >= 3, ErrorCode::out_of_range, finder_op,
          "the loss went out of bounds after {} steps, at the learning rate {}", sweep.rates.size(),
          sweep.rates.empty() ? o.lowest : sweep.rates.back());
  sweep.suggestion = steepest(sweep);
  return sweep;
}

}  // namespace logitape::inline v0
