// A look at the tape, for tests, error messages and teaching.
#pragma once
#include <string>
#include <vector>

#include "logitape/autograd/node.h"

namespace logitape::inline v0 {

// The nodes that y reaches, cuts too, oldest first. They live as long as y does.
std::vector<const Node*> tape_nodes(const Tensor& y);

// One line per node that y reaches, oldest first: tick, op, outputs, inputs by tick, and which bytes it keeps.
std::string tape(const Tensor& y);

// The ops that cut a path into y after x was made, as "stop_gradient, ..."; empty where nothing does.
std::string cuts(const Tensor& y, const Tensor& x);

}  // namespace logitape::inline v0
