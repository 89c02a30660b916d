// A parameter: a name and a box that holds a leaf of the tape. Values never change; an optimiser step and initialise()
// put a new leaf, whose gradient slot is empty, in the box.
#pragma once
#include <functional>
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What a parameter is in its layer. Files of other libraries order its axes and name it by that
// (files/torch_weights.h).
enum class ParameterKind {
  other,               // of a layer of one's own
  linear_weight,       // [in, out]
  convolution_weight,  // [down, across, in, out]
  embedding_weight,    // [rows, width]
  bias,
  norm_weight,
  norm_bias,
  running_mean,
  running_variance
};

// What a module holds, and an optimiser replaces.
struct Parameter {
  std::string name;  // "0.weight" inside a Sequential
  Tensor value;      // made by variable(); empty before initialise()
  ParameterKind kind = ParameterKind::other;
};

// A tensor by name, as files and the states of optimisers hold it.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

// What a module shows its parameters to, one after another, always in the same order.
using ParameterVisitor = std::function<void(Parameter&)>;

// The parameter's tensor. Error: it is not initialised; `op` names who wanted it.
const Tensor& initialised(const char* op, const Parameter& parameter);

}  // namespace logitape::inline v0
