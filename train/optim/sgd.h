// Stochastic gradient descent.
#pragma once
#include "logitape/core/named.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0 {

// The defaults are plain descent.
struct SGDOptions {
  NamedOnly named_only = NamedOnly();
  double learning_rate = 0.01;
  double momentum = 0;    // in [0, 1)
  bool nesterov = false;  // needs momentum
  double weight_decay = 0;
  WhichParameters decays = {};              // the parameters that decay, such as only_matrices; by default all
  std::vector<ParameterGroup> groups = {};  // those with a rate or a decay of their own
  // Parameters [rows, ...] such as an Embedding's "0.weight": a row whose gradient is 0 stays as it is, and what is
  // remembered of it, without decay. By default none.
  std::optional<WhichParameters> lazy_rows = {};
};

// g' = g + weight_decay*p;  v = momentum*v + g' (v = g' in the first step);
// p = p - learning_rate*d,  d = v, or g' + momentum*v with nesterov, or g' without momentum. As in PyTorch.
class SGD {
 public:
  // Error: an option outside its range.
  explicit SGD(const SGDOptions& options = {});

  // One step down the gradients: one gradient for each parameter, in order, as grad(loss, model.parameters()) gives
  // them. The parameters may be some of a model's, as train_only gives them. Later steps need the same parameters, by
  // name. A copy of the optimiser copies its state. Errors (nothing has changed then): gradients of another count,
  // shape or dtype; another model than before; a pattern of `decays` or of a group that fits no parameter, or a
  // parameter in two groups; an option that is another number in the parameters' dtype: a weight_decay of 1e-50 is 0 in
  // f32.
  template <HasParameters M>
  void step(M& model, TensorList gradients) {
    step(std::span<Parameter* const>(parameters_of(model)), gradients);
  }
  void step(std::span<Parameter* const> parameters, TensorList gradients);

  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double learning_rate);  // for schedules
  // The numbers of the next step, which is then counted as done: see Graph.
  train::StepNumbers next_numbers(std::span<Parameter* const> parameters);
  const train::Moments& remembered() const { return state_; }
  void zero_grad() const = delete;  // leave it out: a step makes new leaves, whose slots are empty
  void step() const = delete;       // write step(model, grad(loss, model.parameters()))

  // What it remembers: "velocity/PARAMETER" of each parameter, if there is momentum. Error: the state is another
  // optimiser's, or incomplete; nothing has changed then.
  OptimiserState state() const;
  void set_state(const OptimiserState& state);
  // Its name and options, "SGD{learning_rate 0.1, momentum 0.9, nesterov false, weight_decay 0}"; decays and groups if
  // there are any.
  std::string str() const;

 private:
  SGDOptions options_;
  train::Moments state_;
};

}  // namespace logitape::inline v0
