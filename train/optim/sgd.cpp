// The formula is the kernel's (backends/kernels.h); here are the ranges of options and the state.
#include "logitape/train/optim/sgd.h"

#include <array>

#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {
namespace {

// What changes from step to step.
std::array<double, 1> numbers_of(const train::Rates& rates) { return {rates.learning_rate}; }

train::MomentNames names_of(const SGDOptions& options) {
  return {options.momentum > 0 ? "velocity" : nullptr, nullptr};
}

}  // namespace

SGD::SGD(const SGDOptions& options) : options_(options) {
  train::require_at_least_0("SGD", "learning_rate", options.learning_rate);
  train::require_below_1("SGD", "momentum", options.momentum);
  train::require_at_least_0("SGD", "weight_decay", options.weight_decay);
  train::check_groups("SGD", options.groups);
  require(!options.nesterov || options.momentum > 0, "SGD",
          "nesterov is asked for with momentum {}; it needs momentum above 0", options.momentum);
}

void SGD::set_learning_rate(double learning_rate) {
  train::require_at_least_0("SGD", "learning_rate", learning_rate);
  options_.learning_rate = learning_rate;
}

OptimiserState SGD::state() const { return {"SGD", train::tensors_of(state_, names_of(options_)), {}}; }

void SGD::set_state(const OptimiserState& state) { state_ = train::moments_of("SGD", state, names_of(options_), {}); }

std::string SGD::str() const {
  const SGDOptions& o = options_;
  return fmt::format("SGD{{learning_rate {}, momentum {}, nesterov {}, weight_decay {}{}}}", o.learning_rate,
                     o.momentum, o.nesterov, o.weight_decay, train::text_of(o.decays, o.groups, o.lazy_rows));
}

void SGD::step(std::span<Parameter* const> parameters, TensorList gradients) {
  const SGDOptions& o = options_;  // not a structured binding: clang captures none before 16
  const train::RateOptions rates{o.learning_rate, o.weight_decay, o.decays, o.groups};
  const train::StepOptions how{o.momentum > 0 ? 1 : 0, o.lazy_rows};
  train::step_all<backends::SgdArgs>("SGD", &backends::Kernels::sgd_list, state_, rates, how, parameters, gradients,
                                     [&](const train::Step& s, train::Updated& u) {
                                       const Tensor& p = s.parameter;
                                       train::require_finite_in("SGD", "learning_rate", s.rates.learning_rate,
                                                                p.dtype());
                                       train::require_held("SGD", "momentum", o.momentum, p.dtype());
                                       train::require_held("SGD", "weight_decay", s.rates.weight_decay, p.dtype());
                                       return backends::SgdArgs{p.dtype(),
                                                                p.size(),
                                                                s.rates.learning_rate,
                                                                o.momentum,
                                                                s.rates.weight_decay,
                                                                o.nesterov,
                                                                p.data(),
                                                                s.gradient.data(),
                                                                s.first.data(),
                                                                train::bytes_of(u.parameter),
                                                                u.first.defined() ? train::bytes_of(u.first) : nullptr,
                                                                train::rates_there(p, numbers_of(s.rates))};
                                     });
}

train::StepNumbers SGD::next_numbers(std::span<Parameter* const> parameters) {
  const SGDOptions& o = options_;
  train::StepNumbers numbers;
  for (const train::Rates& rates :
       train::rates_of("SGD", {o.learning_rate, o.weight_decay, o.decays, o.groups}, parameters))
    train::append(numbers, numbers_of(rates));
  return numbers;
}

}  // namespace logitape::inline v0
