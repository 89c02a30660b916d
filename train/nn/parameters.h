// A model's parameters: their boxes, their values, and how some of them are named.
#pragma once
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logitape/train/nn/module.h"

namespace logitape::inline v0 {

// The boxes of a model, in the order of its visit.
using Parameters = std::vector<Parameter*, memory::PoolAllocator<Parameter*>>;

// They live as long as the model stays where it is.
template <HasParameters M>
Parameters parameters_of(M& model) {
  Parameters boxes;
  model.visit([&](Parameter& p) { boxes.push_back(&p); });
  return boxes;
}

namespace train {
// Error: no parameter has that name; the sentence lists those that there are, or the nearest if there are many.
Parameter& find_parameter(const char* op, const Parameters& parameters, const std::string& name);
}  // namespace train

// The box of the parameter of that name, "0.weight". It lives as long as the model stays where it is. A leaf made by
// variable() that is put in it is the model's from then on. Error: no parameter has that name; the sentence lists those
// that there are. PyTorch's get_parameter.
template <HasParameters M>
Parameter& parameter_of(M& model, const std::string& name) {
  return train::find_parameter("parameter_of", parameters_of(model), name);
}

// Its value. Errors: as above; the parameter is not initialised.
template <HasParameters M>
Tensor parameter(const M& model, const std::string& name) {
  // visit shows boxes that may be written to; here they are only read
  return initialised("parameter", train::find_parameter("parameter", parameters_of(const_cast<M&>(model)), name));
}

// What a model needs to be used again: the parameters, and the buffers of floats, such as running means. Other buffers,
// such as a generator's place, matter only in training.
template <HasParameters M>
Parameters weights_of(M& model) {
  Parameters boxes = parameters_of(model);
  if constexpr (HasBuffers<M>)
    model.visit_buffers([&](Parameter& p) {
      if (p.value.defined() && is_floating(p.value.dtype())) boxes.push_back(&p);
    });
  return boxes;
}

namespace train {
void move_parameters(const Parameters& parameters, const Parameters& weights, Device device);
// Where these are: the first of them; the cpu where there is none.
Device device_of(const Parameters& parameters);
}  // namespace train

// Moves the model's parameters, as new leaves, and its running means to a device: model(x) takes inputs there from now
// on. An optimiser's state follows at its next step. Error: the device cannot be used; the model is then as it was.
// PyTorch's model.to(device).
template <HasParameters M>
void move_to(M& model, Device device) {
  train::move_parameters(parameters_of(model), weights_of(model), device);
}

// The values of the model's parameters in the order of its visit: what grad() is asked for.
// Error: a parameter is not initialised; it is named.
template <HasParameters M>
Tensors parameters(const M& model) {
  Tensors values;
  // visit shows boxes that may be written to; here they are only read
  const_cast<M&>(model).visit([&](Parameter& p) { values.push_back(initialised("parameters", p)); });
  return values;
}
// The values of these boxes, in their order: grad(loss, values_of(trained)).
// Error: a parameter is not initialised; it is named.
std::vector<Tensor> values_of(std::span<Parameter* const> parameters);

// Some of a model's parameters, said by
//   a pattern of their names     "2.*", "*.bias": * stands for any characters, also for none, and ? for one
//   several patterns             {"0.*", "2.*"}: a name fits one of them
//   a predicate                  only_matrices, or a function bool(const Parameter&) of one's own
// Nothing said: all parameters. PyTorch writes a list of the parameters themselves.
class WhichParameters {
 public:
  WhichParameters() = default;
  WhichParameters(const char* pattern) : WhichParameters(std::vector<std::string>{pattern}) {}
  WhichParameters(std::string pattern) : WhichParameters(std::vector<std::string>{std::move(pattern)}) {}
  WhichParameters(std::initializer_list<const char*> patterns)
      : WhichParameters(std::vector<std::string>(patterns.begin(), patterns.end())) {}
  // Error: no pattern.
  WhichParameters(std::vector<std::string> patterns);
  WhichParameters(std::nullptr_t) = delete;  // write "*" for all parameters
  // `name` tells the predicate from others in checkpoints; a predicate with a str() names itself. Error: an empty
  // std::function.
  template <class F>
  requires(!std::same_as<F, WhichParameters> && std::is_invocable_r_v<bool, const F&, const Parameter&>)
      WhichParameters(F predicate, std::string name = "a function")
      : name_(std::move(name)) {
    if constexpr (HasStr<F>) name_ = predicate.str();
    take(std::move(predicate));
  }

  bool operator()(const Parameter& parameter) const;
  bool all() const { return patterns_.empty() && !predicate_; }
  // "all", "0.*, 2.*", or the predicate's name.
  const std::string& str() const { return name_; }
  const std::vector<std::string>& patterns() const { return patterns_; }  // none of a predicate

 private:
  void take(std::function<bool(const Parameter&)> predicate);

  std::vector<std::string> patterns_;
  std::function<bool(const Parameter&)> predicate_;
  std::string name_ = "all";
};

// The parameters of rank 2 or more: weights of layers and tables of embeddings. Biases, and the scales and shifts of
// norms, have rank 1; weight decay usually spares them. Error: a parameter is not initialised.
struct OnlyMatrices {
  bool operator()(const Parameter& parameter) const { return initialised("only_matrices", parameter).rank() >= 2; }
  std::string str() const { return "only_matrices"; }
};
inline constexpr OnlyMatrices only_matrices{};

namespace train {

// The name fits the pattern, all of it. fnmatch without brackets.
bool fits(std::string_view name, std::string_view pattern);
// Error: a pattern that fits no name. `what` stands before the pattern, "train_only "; the existing names follow.
void check_patterns(const char* op, const char* what, const WhichParameters& which,
                    std::span<Parameter* const> parameters);
// The parameters that `which` chooses, in their order. Errors: a pattern that fits no name; nothing is chosen.
Parameters chosen(const char* op, const char* what, const WhichParameters& which,
                  std::span<Parameter* const> parameters);

}  // namespace train

// The parameters to train while the others stay frozen. They live as long as the model stays where it is.
//   const Parameters head = train_only(model, "2.*");
//   adam.step(head, grad(loss, values_of(head)));
// The others get no gradient and no step, and no optimiser remembers anything of them: not a bit of them changes.
// Buffers, such as the running means of BatchNorm, still change in a call in training.
// Errors: a pattern that fits no name; nothing is chosen. requires_grad_(False) on the others, layer.trainable = False.
template <HasParameters M>
[[nodiscard("it freezes nothing by itself: hand what it returns to grad() and to step()")]] Parameters train_only(
    M& model, const WhichParameters& which) {
  return train::chosen("train_only", "", which, parameters_of(model));
}

}  // namespace logitape::inline v0
