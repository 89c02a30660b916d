// Learning rates that change during a training. A schedule is a function of the step. The learning rate of step k of n
// is the optimiser's own times schedule(k, n). Steps are counted, one a batch, not epochs. Schedules can be composed.
// By the names they are searched for:
//   warm-up + cosine                     warm_up(100, cosine()): 100 steps of linear warm-up, a cosine over the others
//   linear warm-up, then constant        warm_up(100)
//   cosine annealing, cosine decay       cosine()
//   step LR, staircase                   step_decay(every, factor)
//   exponential decay                    exponential(every, factor)
//   linear decay                         linear(end); warm_up(100, linear()) is BERT's
//   polynomial decay                     polynomial(power, end)
//   one-cycle, super-convergence         one_cycle()
//   plateau, ReduceLROnPlateau           ReduceOnPlateau below, or Trainer's option reduce_on_plateau
//   one's own                            Schedule([](std::int64_t k, std::int64_t n) { return ...; })
// Trainer takes one as its option `schedule`; in a loop of one's own
//   adam.set_learning_rate(1e-3 * schedule(step, steps)) before the step.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "logitape/core/named.h"

namespace logitape::inline v0 {

// A factor for every step. Made from a function of one's own, or by the functions below.
class Schedule {
 public:
  Schedule() = default;  // 1 in every step
  // f(step, steps) -> factor, 0 or more. `name` tells it from others in checkpoints.
  template <class F>
  requires std::is_invocable_r_v<double, const F&, std::int64_t, std::int64_t> Schedule(F f,
                                                                                        std::string name = "a function")
      : factor_(std::move(f)), name_(std::move(name)) {}

  double operator()(std::int64_t step, std::int64_t steps) const { return factor_ ? factor_(step, steps) : 1; }
  const std::string& str() const { return name_; }

 private:
  std::function<double(std::int64_t, std::int64_t)> factor_;
  std::string name_ = "constant";
};

// factor^floor(k / every): a stair. Errors: every below 1, a factor outside (0, 1]. PyTorch's StepLR, where `every` is
// counted in epochs.
Schedule step_decay(std::int64_t every, double factor = 0.1);
// factor^(k / every): the same without stairs. Errors as before. Keras' ExponentialDecay(rate, every, factor);
// PyTorch's ExponentialLR(gamma) where `every` is the steps of an epoch.
Schedule exponential(std::int64_t every, double factor);
// The compiler's message for exponential(gamma), which is deleted: is gamma of a step or of an epoch?
struct write_exponential_with_every_and_factor {};
write_exponential_with_every_and_factor exponential(double gamma) = delete;  // write exponential(every, gamma)
// 1 + (end - 1)*k/n, and end beyond n. Error: end outside [0, 1]. PyTorch's LinearLR. Devlin et al., "BERT", 2019.
Schedule linear(double end = 0);
// end + (1 - end)*(1 - k/n)^power. Errors: a power that is not above 0 or not finite, end outside [0, 1].
// Liu et al., "ParseNet: looking wider to see better", 2015. PyTorch's PolynomialLR, Keras' PolynomialDecay.
Schedule polynomial(double power, double end = 0);
// lowest + (1 - lowest) * (1 + cos(pi*k/n)) / 2. Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm
// restarts", 2017, without the restarts. Error: lowest outside [0, 1]. PyTorch's CosineAnnealingLR.
Schedule cosine(double lowest = 0);
// (k + 1) / (steps + 1) for k < steps; then then(k - steps, n - steps). Goyal et al., "Accurate, large minibatch SGD",
// 2017. Error: steps below 0.
Schedule warm_up(std::int64_t steps, Schedule then = {});

struct OneCycleOptions {
  NamedOnly named_only = NamedOnly();
  double rise = 0.3;        // the fraction of the steps on the way up, in [0, 1)
  double first = 1.0 / 25;  // the factor of step 0, in (0, 1]
  double last = 1e-4;       // the factor of step n-1, in [0, 1]
};
// With peak = rise*(n-1) and the arc c(a, b, t) = b + (a - b)*(1 + cos(pi*t))/2:  c(first, 1, k/peak) up to the peak,
// then c(1, last, (k - peak)/(n - 1 - peak)). Smith, Topin, "Super-convergence", 2018; its momentum stays as it is.
// Error: an option outside its range.
Schedule one_cycle(const OneCycleOptions& options = {});

struct PlateauOptions {
  NamedOnly named_only = NamedOnly();
  double factor = 0.1;      // in (0, 1)
  int patience = 10;        // epochs to wait for a gain; at least 0
  double min_delta = 1e-4;  // what counts as a gain
  double lowest = 0;        // the factor falls no further, in [0, 1]
};
// A factor that falls when a score has stopped rising; unlike a Schedule it has a memory.
class ReduceOnPlateau {
 public:
  // Error: an option outside its range.
  explicit ReduceOnPlateau(const PlateauOptions& options = {});

  // After an epoch; the larger the score the better (minus a loss). A score above best + min_delta is the new best.
  // After more than `patience` other scores in a row the factor is multiplied by options.factor, and the count begins
  // again.
  void observe(double score);
  double factor() const { return state_.factor; }

  struct State {
    double best = -std::numeric_limits<double>::infinity();
    int waited = 0;
    double factor = 1;
  };
  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  PlateauOptions options_;
  State state_;
};

}  // namespace logitape::inline v0
