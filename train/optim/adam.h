// Adam (Kingma, Ba, "Adam: a method for stochastic optimization", 2015) and AdamW (Loshchilov, Hutter, "Decoupled
// weight decay regularization", 2019).
#pragma once
#include "logitape/core/named.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0 {

// The defaults are the paper's.
struct AdamOptions {
  NamedOnly named_only = NamedOnly();
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;        // in [0, 1)
  double epsilon = 1e-8;                    // above 0
  double weight_decay = 0;                  // added to the gradient
  WhichParameters decays = {};              // the parameters that decay, such as only_matrices; by default all
  std::vector<ParameterGroup> groups = {};  // those with a rate or a decay of their own
  // Parameters [rows, ...] such as an Embedding's "0.weight": a row whose gradient is 0 stays as it is, and what is
  // remembered of it, without decay. By default none.
  std::optional<WhichParameters> lazy_rows = {};
};

// The same, with decay on.
struct AdamWOptions {
  NamedOnly named_only = NamedOnly();
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;        // in [0, 1)
  double epsilon = 1e-8;                    // above 0
  double weight_decay = 0.01;               // taken off the parameter, beside the gradient
  WhichParameters decays = {};              // the parameters that decay, such as only_matrices; by default all
  std::vector<ParameterGroup> groups = {};  // those with a rate or a decay of their own
  // Parameters [rows, ...] such as an Embedding's "0.weight": a row whose gradient is 0 stays as it is, and what is
  // remembered of it, without decay. By default none.
  std::optional<WhichParameters> lazy_rows = {};
};

namespace train {

// What Adam and AdamW share.
class AdamCore {
 public:
  AdamCore(const char* op, bool decoupled, const AdamOptions& options);
  void step(std::span<Parameter* const> parameters, TensorList gradients);
  StepNumbers next_numbers(std::span<Parameter* const> parameters);
  const Moments& remembered() const { return state_; }
  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double learning_rate);
  OptimiserState state() const;
  void set_state(const OptimiserState& state);
  std::string str() const;

 private:
  const char* op_;
  bool decoupled_;
  AdamOptions options_;
  double beta1_power_ = 1, beta2_power_ = 1;  // beta^steps, by multiplication: the same bits everywhere
  Moments state_;
};

}  // namespace train

// In step k:  g' = g + weight_decay*p;  m = beta1*m + (1-beta1)*g';  v = beta2*v + (1-beta2)*g'^2;
// p = p - learning_rate * (m / (1-beta1^k)) / (sqrt(v / (1-beta2^k)) + epsilon).
// A finite g' above 2^63 in f32, or 2^511 in f64, counts as that bound: its square would be infinite, v would stay
// infinite, and the parameter would never move again. The step depends on m / sqrt(v), and there a factor cancels if it
// is on a gradient that outweighs the others.
class Adam {
 public:
  // Error: an option outside its range. step() has the errors of SGD::step: epsilon 1e-50 is 0 in f32.
  explicit Adam(const AdamOptions& options = {}) : core_("Adam", false, options) {}

  // See SGD::step.
  template <HasParameters M>
  void step(M& model, TensorList gradients) {
    step(std::span<Parameter* const>(parameters_of(model)), gradients);
  }
  void step(std::span<Parameter* const> parameters, TensorList gradients) { core_.step(parameters, gradients); }
  double learning_rate() const { return core_.learning_rate(); }
  void set_learning_rate(double learning_rate) { core_.set_learning_rate(learning_rate); }
  train::StepNumbers next_numbers(std::span<Parameter* const> p) { return core_.next_numbers(p); }  // see Graph
  const train::Moments& remembered() const { return core_.remembered(); }
  void zero_grad() const = delete;  // leave it out: a step makes new leaves, whose slots are empty
  void step() const = delete;       // write step(model, grad(loss, model.parameters()))

  // What it remembers: "first_moment/PARAMETER" and "second_moment/PARAMETER" of each parameter, and the numbers
  // beta1_power and beta2_power, which are beta^steps. Errors as for SGD.
  OptimiserState state() const { return core_.state(); }
  void set_state(const OptimiserState& state) { core_.set_state(state); }
  std::string str() const { return core_.str(); }

 private:
  train::AdamCore core_;
};

// The same with g' = g, and p first scaled by 1 - learning_rate*weight_decay.
class AdamW {
 public:
  explicit AdamW(const AdamWOptions& o = {})
      : core_("AdamW", true,
              {NamedOnly(), o.learning_rate, o.beta1, o.beta2, o.epsilon, o.weight_decay, o.decays, o.groups,
               o.lazy_rows}) {}

  template <HasParameters M>
  void step(M& model, TensorList gradients) {
    step(std::span<Parameter* const>(parameters_of(model)), gradients);
  }
  void step(std::span<Parameter* const> parameters, TensorList gradients) { core_.step(parameters, gradients); }
  double learning_rate() const { return core_.learning_rate(); }
  void set_learning_rate(double learning_rate) { core_.set_learning_rate(learning_rate); }
  train::StepNumbers next_numbers(std::span<Parameter* const> p) { return core_.next_numbers(p); }  // see Graph
  const train::Moments& remembered() const { return core_.remembered(); }
  void zero_grad() const = delete;  // leave it out: a step makes new leaves, whose slots are empty
  void step() const = delete;       // write step(model, grad(loss, model.parameters()))
  OptimiserState state() const { return core_.state(); }
  void set_state(const OptimiserState& state) { core_.set_state(state); }
  std::string str() const { return core_.str(); }

 private:
  train::AdamCore core_;
};

}  // namespace logitape::inline v0
