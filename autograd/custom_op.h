// An op of your own from two functions: what it computes, and the rule for its derivative.
//   const auto softplus = lt::custom_op("softplus",
//       [](lt::TensorSpan x) { return lt::log1p(lt::exp(x[0])); },
//       [](lt::TensorSpan x, lt::TensorSpan, lt::TensorSpan g) { return lt::Tensors{g[0] * lt::sigmoid(x[0])}; });
//   const lt::Tensor y = softplus(x);
#pragma once
#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What ops and rules are given: some tensors, in order.
using TensorSpan = std::span<const Tensor>;
// The vjp of a custom op: cotangents of its inputs from its inputs, its outputs and their cotangents.
using OpRule = std::function<Tensors(TensorSpan inputs, TensorSpan outputs, TensorSpan cotangents)>;

namespace detail {

struct OpDefinition {
  std::string name;
  std::function<Tensors(TensorSpan)> forward;
  OpRule vjp;
};
std::shared_ptr<const OpDefinition> define_op(OpDefinition definition);
Tensors apply(const std::shared_ptr<const OpDefinition>& op, TensorSpan inputs);

}  // namespace detail

// What custom_op returns: call it with the tensors, or with a span of them. Result is Tensor or Tensors, as forward's
// is. Copies are handles; any number of threads may call one, if they may call forward and vjp.
template <class Result>
class CustomOp {
 public:
  explicit CustomOp(detail::OpDefinition definition) : op_(detail::define_op(std::move(definition))) {}

  Result operator()(TensorSpan inputs) const {
    Tensors outputs = detail::apply(op_, inputs);
    if constexpr (std::same_as<Result, Tensor>) return std::move(outputs.front());
    else return outputs;
  }
  template <std::same_as<Tensor>... T>
  Result operator()(const T&... inputs) const {
    const std::array<Tensor, sizeof...(T)> all{inputs...};
    return (*this)(TensorSpan(all));
  }

 private:
  std::shared_ptr<const detail::OpDefinition> op_;
};

// The op `name` whose result is forward(inputs), a Tensor or Tensors, and whose cotangents are vjp(inputs, outputs,
// cotangents), one for each input, of its shape, dtype and device; an empty one for an input that has no gradient.
// forward sees values without a tape and records nothing. vjp sees the inputs and outputs with their place on the tape,
// and one cotangent an output, zeros where nothing came back: written with logitape's ops it can be differentiated
// again, to any order; written on plain numbers, once (check_gradients of order 2 says so). All inputs and outputs are
// kept with the tape. Errors, under the op's own name: no input or more than 32, no result or more than 32, one of them
// empty; later, a cotangent of another count, shape, dtype or device than its input, and one that is missing where it
// is needed. And custom_op: no name.
template <class Forward, class Vjp>
requires std::invocable<const Forward&, TensorSpan> && std::constructible_from<OpRule, Vjp>
auto custom_op(std::string name, Forward forward, Vjp vjp) {
  using Result = std::invoke_result_t<const Forward&, TensorSpan>;
  static_assert(std::same_as<Result, Tensor> || std::same_as<Result, Tensors>,
                "forward returns logitape::Tensor or logitape::Tensors");
  const auto several = [forward = std::move(forward)](TensorSpan inputs) {
    if constexpr (std::same_as<Result, Tensors>) return forward(inputs);
    else return Tensors{forward(inputs)};
  };
  return CustomOp<Result>({std::move(name), several, std::move(vjp)});
}

}  // namespace logitape::inline v0
