// An op of your own from two functions: what it computes, and the rule for its derivative.
//   const auto softplus = lt::custom_op("softplus",
//       [](lt::TensorList x) { return lt::log1p(lt::exp(x[0])); },
//       [](lt::TensorList x, lt::TensorList, lt::TensorList g) { return g[0] * lt::sigmoid(x[0]); });
//   const lt::Tensor y = softplus(x);
#pragma once
#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The vjp of a custom op: cotangents of its inputs from its inputs, its outputs and their cotangents.
using OpRule = std::function<Tensors(TensorList inputs, TensorList outputs, TensorList cotangents)>;

namespace detail {

struct OpDefinition {
  std::string name;
  std::function<Tensors(TensorList)> forward;
  OpRule vjp;
};
// f with its result as a list: it may return one tensor.
template <class F>
auto listed(F f) {
  return [f = std::move(f)](auto... lists) {
    if constexpr (std::convertible_to<decltype(f(lists...)), Tensor>) return Tensors{f(lists...)};
    else return Tensors(f(lists...));
  };
}

std::shared_ptr<const OpDefinition> define_op(OpDefinition definition);
Tensors apply(const std::shared_ptr<const OpDefinition>& op, TensorList inputs);

}  // namespace detail

// What custom_op returns: call it with the tensors, or with a list of them. Result is that of forward, Tensor or
// Tensors. Copies are handles; any number of threads may call one, if they may call forward and vjp.
template <class Result>
class CustomOp {
 public:
  explicit CustomOp(detail::OpDefinition definition) : op_(detail::define_op(std::move(definition))) {}

  Result operator()(TensorList inputs) const {
    Tensors outputs = detail::apply(op_, inputs);
    if constexpr (std::same_as<Result, Tensor>) return std::move(outputs.front());
    else return outputs;
  }
  template <std::same_as<Tensor>... T>
  Result operator()(const T&... inputs) const {
    const std::array<Tensor, sizeof...(T)> all{inputs...};
    return (*this)(TensorList(all));
  }

 private:
  std::shared_ptr<const detail::OpDefinition> op_;
};

// The op `name`. Its result is forward(inputs), a Tensor or Tensors. The cotangents of its inputs are vjp(inputs,
// outputs, cotangents): one for each input, of its shape, dtype and device; an empty one for an input without a
// gradient. For one input, a Tensor will do. forward sees values without a tape and records nothing. vjp sees the
// inputs and outputs with their place on the tape, and one cotangent per output, zeros where nothing came back: written
// with logitape's ops it can be differentiated again, to any order; written on plain numbers, once (check_gradients of
// order 2 says so). All inputs and outputs are kept with the tape. Errors, under the op's own name: no input or more
// than 32, no result or more than 32, one of them empty; later, more or fewer cotangents than inputs, a cotangent of
// another shape, dtype or device than its input, a needed cotangent that is missing. Under the name custom_op: no name.
template <class Forward, class Vjp>
requires std::invocable<const Forward&, TensorList> && std::invocable<const Vjp&, TensorList, TensorList, TensorList>
auto custom_op(std::string name, Forward forward, Vjp vjp) {
  using Result = std::invoke_result_t<const Forward&, TensorList>;
  static_assert(std::same_as<Result, Tensor> || std::same_as<Result, Tensors>,
                "forward returns logitape::Tensor or logitape::Tensors");
  using Answer = std::invoke_result_t<const Vjp&, TensorList, TensorList, TensorList>;
  static_assert(!std::same_as<Answer, TensorList>,
                "vjp returns a TensorList, which holds no tensor beyond the call: write return logitape::Tensors{...}");
  static_assert(std::convertible_to<Answer, Tensor> || std::convertible_to<Answer, Tensors>,
                "vjp returns logitape::Tensors, or a logitape::Tensor where there is one input");
  return CustomOp<Result>({std::move(name), detail::listed(std::move(forward)), detail::listed(std::move(vjp))});
}

}  // namespace logitape::inline v0
