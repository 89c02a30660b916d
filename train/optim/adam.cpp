// The formula is the kernel's (backends/kernels.h); here are the ranges of options and the state.
#include "logitape/train/optim/adam.h"

#include <array>

#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0::train {
namespace {

constexpr MomentNames names{"first_moment", "second_moment"};

// What changes from step to step.
std::array<double, 3> numbers_of(const Rates& rates, double power1, double power2) {
  return {rates.learning_rate, 1 - power1, 1 - power2};
}

}  // namespace

AdamCore::AdamCore(const char* op, bool decoupled, const AdamOptions& options)
    : op_(op), decoupled_(decoupled), options_(options) {
  require_at_least_0(op, "learning_rate", options.learning_rate);
  require_below_1(op, "beta1", options.beta1);
  require_below_1(op, "beta2", options.beta2);
  require_above_0(op, "epsilon", options.epsilon);
  require_at_least_0(op, "weight_decay", options.weight_decay);
  check_groups(op, options.groups);
}

void AdamCore::set_learning_rate(double learning_rate) {
  require_at_least_0(op_, "learning_rate", learning_rate);
  options_.learning_rate = learning_rate;
}

OptimiserState AdamCore::state() const {
  return {op_, tensors_of(state_, names), {{"beta1_power", beta1_power_}, {"beta2_power", beta2_power_}}};
}

void AdamCore::set_state(const OptimiserState& state) {
  Moments moments = moments_of(op_, state, names, {"beta1_power", "beta2_power"});
  for (const auto& [name, value] : state.numbers)
    require(value >= 0 && value <= 1, ErrorCode::out_of_range, op_, "the state's {} {} is outside [0, 1]", name, value);
  state_ = std::move(moments);
  beta1_power_ = state.numbers.at("beta1_power");
  beta2_power_ = state.numbers.at("beta2_power");
}

std::string AdamCore::str() const {
  const AdamOptions& o = options_;
  return fmt::format("{}{{learning_rate {}, beta1 {}, beta2 {}, epsilon {}, weight_decay {}{}}}", op_, o.learning_rate,
                     o.beta1, o.beta2, o.epsilon, o.weight_decay, text_of(o.decays, o.groups, o.lazy_rows));
}

void AdamCore::step(std::span<Parameter* const> parameters, TensorList gradients) {
  const AdamOptions& o = options_;  // not a structured binding: clang captures none before 16
  const double power1 = beta1_power_ * o.beta1, power2 = beta2_power_ * o.beta2;
  const RateOptions rates{o.learning_rate, o.weight_decay, o.decays, o.groups};
  const StepOptions how{2, o.lazy_rows};
  step_all<backends::AdamArgs>(
      op_, &backends::Kernels::adam_list, state_, rates, how, parameters, gradients, [&](const Step& s, Updated& u) {
        const Tensor& p = s.parameter;
        require_finite_in(op_, "learning_rate", s.rates.learning_rate / (1 - power1), p.dtype());
        for (const auto& [option, value] : {std::pair{"beta1", o.beta1},
                                            {"beta2", o.beta2},
                                            {"epsilon", o.epsilon},
                                            {"weight_decay", s.rates.weight_decay}})
          require_held(op_, option, value, p.dtype());
        return backends::AdamArgs{p.dtype(),
                                  p.size(),
                                  s.rates.learning_rate,
                                  o.beta1,
                                  o.beta2,
                                  o.epsilon,
                                  s.rates.weight_decay,
                                  1 - power1,
                                  1 - power2,
                                  decoupled_,
                                  p.data(),
                                  s.gradient.data(),
                                  s.first.data(),
                                  s.second.data(),
                                  bytes_of(u.parameter),
                                  bytes_of(u.first),
                                  bytes_of(u.second),
                                  train::rates_there(p, numbers_of(s.rates, power1, power2))};
      });
  beta1_power_ = power1;
  beta2_power_ = power2;
}

StepNumbers AdamCore::next_numbers(std::span<Parameter* const> parameters) {
  const AdamOptions& o = options_;
  StepNumbers numbers;
  beta1_power_ *= o.beta1;
  beta2_power_ *= o.beta2;
  for (const Rates& rates : rates_of(op_, {o.learning_rate, o.weight_decay, o.decays, o.groups}, parameters))
    append(numbers, numbers_of(rates, beta1_power_, beta2_power_));
  return numbers;
}

}  // namespace logitape::inline v0::train
