// Gradients by reverse replay of the tape.
#pragma once
#include <concepts>
#include <cstddef>
#include <functional>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What grad does about an input that y does not depend on.
enum class Unreached { error, zero };  // zero: also where y depends on no variable at all

// How grad begins, and what it leaves.
struct GradOptions {
  NamedOnly named_only = NamedOnly();
  Tensor seed = {};           // cotangent of y, of y's shape and dtype; empty: 1, and y must have one element
  bool create_graph = false;  // record the gradients themselves, so that they can be differentiated
  Unreached unreached = Unreached::error;
  // Called once for each x, as soon as its gradient is final: with xs[i] the rule of the last node on a way to an x
  // that reads it has run. g is what grad will return. In no order that may be relied on; those that y does not reach
  // come last. What it throws passes through grad.
  std::function<void(std::size_t i, const Tensor& g)> ready = {};
};

// d sum(seed*y) / dx for each x, each of x's shape and dtype. Touches no gradient slot; asking twice gives the same.
// Errors: y does not depend on any variable (Unreached::error); y has several elements and no seed is given; seed of
// another shape or dtype; an x that is on no tape, or that y does not reach (Unreached::error; names the cut on the
// way, if there is one).
Tensors grad(const Tensor& y, TensorList xs, const GradOptions& options = {});
// For one x, its gradient: grad(y, x). Braces return a list: grad(y, {x})[0].
template <std::same_as<Tensor> X>
Tensor grad(const Tensor& y, const X& x, const GradOptions& options = {}) {
  return grad(y, {x}, options)[0];
}

// Tensor::backward(): adds d y / d leaf into the slot of every leaf that y reaches; their sums are all computed before
// the first is written. Error: two passes write into one leaf at once.

}  // namespace logitape::inline v0
