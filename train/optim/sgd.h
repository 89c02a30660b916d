// Stochastic gradient descent.
#pragma once
#include "logitape/core/named.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0 {

// Plain descent, as they stand.
struct SGDOptions {
  NamedOnly named_only = NamedOnly();
  double learning_rate = 0.01;
  double momentum = 0;    // in [0, 1)
  bool nesterov = false;  // needs momentum
  double weight_decay = 0;
  WhichParameters decays = {};              // what weight_decay holds for, only_matrices for one; by default all
  std::vector<ParameterGroup> groups = {};  // those with a rate or a decay of their own
};

// g' = g + weight_decay*p;  v = momentum*v + g' (v = g' in the first step);
// p = p - learning_rate*d,  d = v, or g' + momentum*v with nesterov, or g' without momentum. As in PyTorch.
class SGD {
 public:
  // Error: an option outside its range.
  explicit SGD(const SGDOptions& options = {});

  // One step down the gradients, one for each parameter, in order: grad(loss, model.parameters()). The optimiser stays
  // with the parameters it has seen, by name; copying it copies its state. Errors (nothing has changed then): gradients
  // of another count, shape or dtype; another model than before; a pattern of `decays` or of a group that fits no
  // parameter, or a parameter in two groups; an option that the parameters' dtype takes for another number, as f32
  // takes a weight_decay of 1e-50 for 0. The parameters may be some of a model's, as train_only gives them.
  template <HasParameters M>
  void step(M& model, TensorList gradients) {
    step(std::span<Parameter* const>(parameters_of(model)), gradients);
  }
  void step(std::span<Parameter* const> parameters, TensorList gradients);

  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double learning_rate);  // for schedules
  void zero_grad() const = delete;               // leave it out: a step makes new leaves, whose slots are empty
  void step() const = delete;                    // write step(model, grad(loss, model.parameters()))

  // What it remembers: "velocity/PARAMETER" of each, where there is momentum. Error: the state is another optimiser's,
  // or not whole; nothing has changed then.
  OptimiserState state() const;
  void set_state(const OptimiserState& state);
  // Its name and options, "SGD{learning_rate 0.1, momentum 0.9, nesterov false, weight_decay 0}"; decays and groups
  // where there are any.
  std::string str() const;

 private:
  SGDOptions options_;
  train::Moments state_;
};

}  // namespace logitape::inline v0
