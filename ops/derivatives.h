// Derivatives as functions: of any f(inputs) -> tensor, by calls of grad alone. A jvp is the vjp of the vjp in its
// cotangent, an hvp the gradient of a jvp's kind; there is no second set of rules.
//   const auto f = [](std::span<const Tensor> in) { return sum(in[0] * exp(in[1])); };
//   auto [value, gradients] = value_and_grad(f, {a, b});
//   Tensor moved = jvp(f, {a, b}, {da, db}).tangent;             // how f moves along da, db
//   std::vector<Tensor> hv = hvp(f, {a, b}, {da, db});           // and its gradient
//   Tensor j = jacobian([](const Tensor& x) { return x * x; }, x);  // f of one tensor: a tensor comes back
//   auto slope = [&](const Tensor& x) { return value_and_grad(g, x, {.create_graph = true}).gradient; };
//   Tensor h = jacobian(slope, x);                               // as hessian(g, x) does it
// Inputs need not be variables; f sees copies that are. Derivatives are partial: inputs that depend on each other do
// not count as doing so, and one that f does not use has zeros. An input that is not of a floating dtype goes to f as
// it is; its derivatives and tangents are empty tensors. create_graph records the results, values included, so that
// they can be differentiated into inputs on the tape and into whatever else f uses; without it they have no past.
// Errors of all: an empty input; f returns an empty tensor or one of no floating dtype; whatever f throws.
#pragma once
#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

#include "logitape/autograd/gradcheck.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// A function of one tensor; TensorFunction (autograd/gradcheck.h) is one of several.
using UnaryFunction = std::function<Tensor(const Tensor&)>;

// Several tensors as an argument: from braces or from anything contiguous, for the time of the call. A function of your
// own that takes one, Tensor loss(TensorList in), is called as loss({a, b}), and is a TensorFunction.
struct TensorList : std::span<const Tensor> {
  using std::span<const Tensor>::span;  // NOLINT(modernize-use-equals-default): it inherits constructors
  TensorList(std::span<const Tensor> tensors) : std::span<const Tensor>(tensors) {}
  TensorList(std::initializer_list<Tensor> list) : std::span<const Tensor>(list.begin(), list.size()) {}
};

// create_graph: what is returned can be differentiated again.
struct DerivativeOptions {
  bool create_graph = false;
};

// y = f(inputs), and what was asked for beside it.
struct ValueAndGradients {
  Tensor value;
  std::vector<Tensor> gradients;  // one an input, of its shape and dtype
};
struct ValueAndGradient {
  Tensor value, gradient;
};
struct ValueAndTangent {
  Tensor value, tangent;  // of one shape and dtype
};

// y = f(inputs), and d y / d input for each. Error: y has not one element. jax.value_and_grad.
ValueAndGradients value_and_grad(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options = {});
ValueAndGradient value_and_grad(const UnaryFunction& f, const Tensor& x, const DerivativeOptions& options = {});

// y = f(inputs), and J^T*cotangent: d sum(cotangent*y) / d input for each.
// Error: the cotangent has not y's shape and dtype. torch.func.vjp.
ValueAndGradients vjp(const TensorFunction& f, TensorList inputs, const Tensor& cotangent,
                      const DerivativeOptions& options = {});
ValueAndGradient vjp(const UnaryFunction& f, const Tensor& x, const Tensor& cotangent,
                     const DerivativeOptions& options = {});

// y = f(inputs), and J*tangents: how y moves as the inputs move along the tangents.
// Errors: another number of tangents than inputs; one that has not its input's shape and dtype. torch.func.jvp.
ValueAndTangent jvp(const TensorFunction& f, TensorList inputs, TensorList tangents,
                    const DerivativeOptions& options = {});
ValueAndTangent jvp(const UnaryFunction& f, const Tensor& x, const Tensor& tangent,
                    const DerivativeOptions& options = {});

// H*v of a scalar function: d (sum of (d y / d input)*v) / d input for each. Two replays; H is never formed.
// Errors: y has not one element; those of jvp's tangents. torch.autograd.functional.hvp.
std::vector<Tensor> hvp(const TensorFunction& f, TensorList inputs, TensorList v,
                        const DerivativeOptions& options = {});
Tensor hvp(const UnaryFunction& f, const Tensor& x, const Tensor& v, const DerivativeOptions& options = {});

// d y / d input for each, of shape y.shape + input.shape: one replay for each element of y.
// Error: ranks that add up to more than 8. torch.func.jacrev.
std::vector<Tensor> jacobian(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options = {});
Tensor jacobian(const UnaryFunction& f, const Tensor& x, const DerivativeOptions& options = {});

// Second derivatives of a scalar function: block [i][j], of shape input i's + input j's, is d2 y / d input i d input j.
// Errors: y has not one element; ranks that add up to more than 8. torch.func.hessian.
std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, TensorList inputs,
                                         const DerivativeOptions& options = {});
Tensor hessian(const UnaryFunction& f, const Tensor& x, const DerivativeOptions& options = {});

}  // namespace logitape::inline v0
