// The formula is the kernel's (backends/kernels.h); here are the ranges of options and the state.
#include "logitape/train/optim/adam.h"

#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0::train {
namespace {

constexpr MomentNames names{"first_moment", "second_moment"};

}  // namespace

AdamCore::AdamCore(const char* op, bool decoupled, const AdamOptions& options)
    : op_(op), decoupled_(decoupled), options_(options) {
  require_at_least_0(op, "learning_rate", options.learning_rate);
  require_below_1(op, "beta1", options.beta1);
  require_below_1(op, "beta2", options.beta2);
  require_above_0(op, "epsilon", options.epsilon);
  require_at_least_0(op, "weight_decay", options.weight_decay);
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
  return fmt::format("{}{{learning_rate {}, beta1 {}, beta2 {}, epsilon {}, weight_decay {}}}", op_, o.learning_rate,
                     o.beta1, o.beta2, o.epsilon, o.weight_decay);
}

void AdamCore::step(std::span<Parameter* const> parameters, TensorList gradients) {
  const AdamOptions& o = options_;  // not a structured binding: clang captures none before 16
  const double power1 = beta1_power_ * o.beta1, power2 = beta2_power_ * o.beta2;
  step_all(op_, state_, parameters, gradients, [&](const Tensor& p, const Tensor& g, const Tensor& m, const Tensor& v) {
    require_finite_in(op_, "learning_rate", o.learning_rate / (1 - power1), p.dtype());
    for (const auto& [option, value] :
         {std::pair{"beta1", o.beta1}, {"beta2", o.beta2}, {"epsilon", o.epsilon}, {"weight_decay", o.weight_decay}})
      require_held(op_, option, value, p.dtype());
    Updated u{fresh_like(p), fresh_like(p), fresh_like(p)};
    backends::run(op_, p.device(), &backends::Kernels::adam,
                  backends::AdamArgs{p.dtype(), p.size(), o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay,
                                     1 - power1, 1 - power2, decoupled_, p.data(), g.data(), m.data(), v.data(),
                                     u.parameter.writable(), u.first.writable(), u.second.writable()});
    return u;
  });
  beta1_power_ = power1;
  beta2_power_ = power2;
}

}  // namespace logitape::inline v0::train
