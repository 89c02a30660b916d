// Derivatives of any function f(inputs) -> tensor, by calls of grad alone. A jvp is the derivative of the vjp by its
// cotangent, an hvp the gradient of the gradient's product with v; there is no second set of rules.
//   const auto f = [](const Tensor& a, const Tensor& b) { return sum(a * exp(b)); };  // or of a TensorList
//   auto [value, gradients] = value_and_grad(f, {a, b});
//   Tensor moved = jvp(f, {a, b}, {da, db}).tangent;  // how f moves along da, db
//   Tensors hv = hvp(f, {a, b}, {da, db});            // and its gradient
//   Tensor j = jacobian([](auto x) { return x * x; }, x);  // of one tensor: a tensor comes back
//   const auto slope = [&](const Tensor& x) { return value_and_grad(g, x, {.create_graph = true}).gradient; };
//   Tensor h = jacobian(slope, x);  // as hessian(g, x) does it
// Inputs need not be variables; f sees copies that are. Derivatives are partial: inputs count as independent of each
// other. An input that f does not use has zeros. An input that is not of a floating dtype goes to f as it is; its
// derivatives and tangents are empty tensors. create_graph records the results, values included: they can be
// differentiated into inputs on the tape and into whatever else f uses. Without it they have no past.
// Errors of all: an empty input; f returns an empty tensor or one of no floating dtype; whatever f throws.
#pragma once
#include <concepts>
#include <vector>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/tensor_function.h"
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// create_graph: what is returned can be differentiated again.
struct DerivativeOptions {
  NamedOnly named_only = NamedOnly();
  bool create_graph = false;
};

// y = f(inputs), and the derivative beside it.
struct ValueAndGradients {
  Tensor value;
  Tensors gradients;  // one for each input, of its shape and dtype
};
struct ValueAndGradient {
  Tensor value, gradient;
};
struct ValueAndTangent {
  Tensor value, tangent;  // of one shape and dtype
};

// y = f(inputs), and d y / d input for each. Error: y does not have exactly one element. jax.value_and_grad.
ValueAndGradients value_and_grad(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
ValueAndGradient value_and_grad(F f, const X& x, const DerivativeOptions& options = {}) {
  const ValueAndGradients r = value_and_grad(detail::of_one_tensor(f), {x}, options);
  return {r.value, r.gradients[0]};
}

// y = f(inputs), and J^T*cotangent: d sum(cotangent*y) / d input for each.
// Error: the cotangent does not have y's shape and dtype. torch.func.vjp.
ValueAndGradients vjp(const TensorFunction& f, TensorList inputs, const Tensor& cotangent,
                      const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
ValueAndGradient vjp(F f, const X& x, const Tensor& cotangent, const DerivativeOptions& options = {}) {
  const ValueAndGradients r = vjp(detail::of_one_tensor(f), {x}, cotangent, options);
  return {r.value, r.gradients[0]};
}

// y = f(inputs), and J*tangents: how y moves as the inputs move along the tangents.
// Errors: more or fewer tangents than inputs; a tangent that does not have its input's shape and dtype. torch.func.jvp.
ValueAndTangent jvp(const TensorFunction& f, TensorList inputs, TensorList tangents,
                    const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
ValueAndTangent jvp(F f, const X& x, const Tensor& tangent, const DerivativeOptions& options = {}) {
  return jvp(detail::of_one_tensor(f), {x}, {tangent}, options);
}

// H*v of a scalar function: d (sum of (d y / d input)*v) / d input for each. Two replays; H is never formed.
// Errors: y does not have exactly one element; those of jvp's tangents. torch.autograd.functional.hvp.
Tensors hvp(const TensorFunction& f, TensorList inputs, TensorList v, const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
Tensor hvp(F f, const X& x, const Tensor& v, const DerivativeOptions& options = {}) {
  return hvp(detail::of_one_tensor(f), {x}, {v}, options)[0];
}

// d y / d input for each, of shape y.shape + input.shape: one replay for each element of y.
// Error: ranks that add up to more than 8. torch.func.jacrev.
Tensors jacobian(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
Tensor jacobian(F f, const X& x, const DerivativeOptions& options = {}) {
  return jacobian(detail::of_one_tensor(f), {x}, options)[0];
}

// Second derivatives of a scalar function: block [i][j], of shape input i's + input j's, is d2 y / d input i d input j.
// Errors: y does not have exactly one element; ranks that add up to more than 8. torch.func.hessian.
std::vector<Tensors> hessian(const TensorFunction& f, TensorList inputs, const DerivativeOptions& options = {});
template <class F, std::same_as<Tensor> X>
Tensor hessian(F f, const X& x, const DerivativeOptions& options = {}) {
  return hessian(detail::of_one_tensor(f), {x}, options)[0][0];
}

}  // namespace logitape::inline v0
