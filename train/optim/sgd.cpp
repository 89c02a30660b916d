// The formula is the kernel's (backends/kernels.h); here are the ranges of options and the state.
#include "logitape/train/optim/sgd.h"

#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {
namespace {

train::MomentNames names_of(const SGDOptions& options) {
  return {options.momentum > 0 ? "velocity" : nullptr, nullptr};
}

}  // namespace

SGD::SGD(const SGDOptions& options) : options_(options) {
  train::require_at_least_0("SGD", "learning_rate", options.learning_rate);
  train::require_below_1("SGD", "momentum", options.momentum);
  train::require_at_least_0("SGD", "weight_decay", options.weight_decay);
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
  return fmt::format("SGD{{learning_rate {}, momentum {}, nesterov {}, weight_decay {}}}", o.learning_rate, o.momentum,
                     o.nesterov, o.weight_decay);
}

void SGD::step(std::span<Parameter* const> parameters, TensorList gradients) {
  const SGDOptions& o = options_;  // not a structured binding: clang captures none before 16
  train::step_all("SGD", state_, parameters, gradients,
                  [&](const Tensor& p, const Tensor& g, const Tensor& velocity, const Tensor&) {
                    train::require_finite_in("SGD", "learning_rate", o.learning_rate, p.dtype());
                    train::require_held("SGD", "momentum", o.momentum, p.dtype());
                    train::require_held("SGD", "weight_decay", o.weight_decay, p.dtype());
                    train::Updated u{train::fresh_like(p), o.momentum > 0 ? train::fresh_like(p) : Tensor(), {}};
                    backends::run(
                        "SGD", p.device(), &backends::Kernels::sgd,
                        backends::SgdArgs{p.dtype(), p.size(), o.learning_rate, o.momentum, o.weight_decay, o.nesterov,
                                          p.data(), g.data(), velocity.data(), u.parameter.writable(),
                                          o.momentum > 0 ? u.first.writable() : nullptr});
                    return u;
                  });
}

}  // namespace logitape::inline v0
