// A look at the tape, for tests, error messages and teaching.
#pragma once
#include <string>

#include "logitape/autograd/node.h"

namespace logitape::inline v0 {

// One line a node that y reaches, oldest first: tick, op, outputs, inputs by tick, and which bytes it keeps.
std::string tape(const Tensor& y);

}  // namespace logitape::inline v0
