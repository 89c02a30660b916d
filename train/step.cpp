// What SGD and Adam check before they step: so that a step that fails has changed nothing.
#include "logitape/train/step.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/require.h"

namespace logitape::inline v0::train {
namespace {

void check_names(const char* op, std::span<Parameter* const> parameters) {
  std::vector<std::string> names = names_of(parameters);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  require(twice == names.end(), op, "two parameters are named \"{}\": put them in a Sequential, or give one a prefix with named()",
          twice == names.end() ? "" : *twice);
}

void check_state(const char* op, const OptimiserState& state, std::span<Parameter* const> parameters) {
  require(state.names.size() == parameters.size(), op,
          "its state is of {} parameters, the model has {}: a changed model needs a new optimiser", state.names.size(), parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, value] = *parameters[i];
    require(state.names[i] == name, op,
            "its state is of parameter \"{}\" where the model has \"{}\": a changed model needs a new optimiser", state.names[i], name);
    const Tensor& remembered = state.first[i];
    require(!remembered.defined() || (remembered.shape() == value.shape() && remembered.dtype() == value.dtype()), op,
            "its state of \"{}\" is {}, the parameter {}: a changed model needs a new optimiser", name, remembered, value);
  }
}

}  // namespace

void require_at_least_0(const char* op, const char* option, double value) {
  require(std::isfinite(value) && value >= 0, ErrorCode::out_of_range, op, "{} {} is not a finite number of 0 or more", option, value);
}

void require_above_0(const char* op, const char* option, double value) {
  require(std::isfinite(value) && value > 0, ErrorCode::out_of_range, op, "{} {} is not a finite number above 0", option, value);
}

void require_below_1(const char* op, const char* option, double value) {
  require(value >= 0 && value < 1, ErrorCode::out_of_range, op, "{} {} is outside [0, 1)", option, value);
}

void check_step(const char* op, const OptimiserState& state, std::span<Parameter* const> parameters, std::span<const Tensor> gradients) {
  require(gradients.size() == parameters.size(), op, "{} gradients are given for {} parameters", gradients.size(), parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& p = initialised(op, *parameters[i]);
    const Tensor& g = gradients[i];
    require(g.defined() && g.shape() == p.shape() && g.dtype() == p.dtype() && g.device() == p.device(), op,
            "gradient {} is {}, its parameter \"{}\" is {}", i, g, parameters[i]->name, p);
  }
  if (state.names.empty()) check_names(op, parameters);
  else check_state(op, state, parameters);
}

Tensor fresh_like(const Tensor& x) { return Tensor::uninitialised(x.shape(), x.dtype(), x.device()); }

std::vector<std::string> names_of(std::span<Parameter* const> parameters) {
  std::vector<std::string> names;
  names.reserve(parameters.size());
  for (const Parameter* p : parameters) names.push_back(p->name);
  return names;
}

}  // namespace logitape::inline v0::train
