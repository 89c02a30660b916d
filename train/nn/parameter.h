// A parameter: a name and a box that holds a leaf of the tape. Values never change; an optimiser step and initialise()
// put a new leaf, whose gradient slot is empty, in the box.
#pragma once
#include <functional>
#include <string>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What a module holds, and an optimiser replaces.
struct Parameter {
  std::string name;  // "0.weight" inside a Sequential
  Tensor value;      // made by variable(); empty before initialise()
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
