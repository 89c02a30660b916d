// How ops reach the tape:
//   return record("exp", {x}, {y}, keep::output(0), [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.output(0)}; });
// The rule is written with public differentiable ops, so that derivatives of every order come from it; it gets an empty
// cotangent for an output that nothing came back through, and may return an empty one where node.needs(i) is false. If the
// outputs are computed by other ops, compute them from stop_gradient(x): the rule then answers for x alone.
#pragma once
#include <initializer_list>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logitape/autograd/node.h"

namespace logitape::inline v0 {

// A leaf of the tape with the values of x: what gradients are asked for. Any floating dtype.
// Error not_differentiable: any other dtype.
Tensor variable(const Tensor& x);

// The values of x, and no path for gradients into it.
Tensor stop_gradient(const Tensor& x);
// The same under another op's name, which errors about unreached inputs then give.
Tensor cut_gradient(const char* op, const Tensor& x);

// While one lives, this thread records nothing.
class NoGrad {
 public:
  NoGrad() noexcept;
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
};

// While one lives, this thread's products of f32 (matmul, linear, conv2d, and ops that call them) round their operands to bf16, to
// nearest even, and add up in f32; so do, whenever they run, the derivatives of what it records meanwhile. Tensors stay f32, weights
// and gradients too, and no other op rounds: what Micikevicius et al. (2018) call mixed precision, with the exponents of f32, so that
// no loss needs scaling. Faster where the CPU multiplies bf16 (AVX512_BF16), slower elsewhere; numbers below 1.2e-38 may count as 0.
// f64 is left alone. Finite differences of rounded products are steps: check gradients in f64, or without it.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool on = true) noexcept;
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;

 private:
  bool outer_;
};

namespace detail {

// While one lives, nodes recorded by this thread are called "op (name)", in errors and on the printed tape.
class Label {
 public:
  explicit Label(std::string_view name) noexcept;
  ~Label();
  Label(const Label&) = delete;

  static std::size_t bytes_of(const char* op) noexcept;         // what the called-by name takes; 0 without a label
  static const char* write(const char* op, char* to) noexcept;  // op itself without a label

 private:
  std::string_view outer_;
};

// While one lives, this thread records again; for gradients that are to be differentiated.
class WithGrad {
 public:
  WithGrad() noexcept;
  ~WithGrad();
  WithGrad(const WithGrad&) = delete;

 private:
  int saved_;
};

bool records(std::span<const Tensor> inputs) noexcept;
Tensors unrecorded(std::span<const Tensor> inputs, std::span<const Tensor> outputs);
Tensors attached(const Ref<Node>& node, std::span<const Tensor> outputs);

template <class F>
inline constexpr Rule rule_of{
    [](const void* captures, const Node& node, const Cotangents& g) -> Tensors { return (*static_cast<const F*>(captures))(node, g); },
    [](void* captures) noexcept { static_cast<F*>(captures)->~F(); }};

}  // namespace detail

// The outputs of a recorded op; an op with one output returns it as a Tensor.
struct Recorded {
  Tensors outputs;
  operator Tensor() const& { return outputs.front(); }
  operator Tensor() && { return std::move(outputs.front()); }
  Tensor& operator[](int i) { return outputs[static_cast<std::size_t>(i)]; }
};

// The outputs with a node behind them that runs `rule`; as they are where no input needs a gradient, or inside a NoGrad. Of inputs
// and outputs the node keeps the bytes that `keep` names, so the rule reads no others.
template <class F>
Recorded record(const char* op, std::span<const Tensor> inputs, std::span<const Tensor> outputs, Keep keep, F rule) {
  static_assert(std::is_nothrow_move_constructible_v<F> && alignof(F) <= alignof(Tensor), "a rule's captures move into its node");
  if (!detail::records(inputs)) return {detail::unrecorded(inputs, outputs)};
  const Ref<Node> node = Node::make(op, inputs, outputs, keep, &detail::rule_of<F>, sizeof(F));
  new (node->captures()) F(std::move(rule));
  return {detail::attached(node, outputs)};
}

// The same, from braces.
template <class F>
Recorded record(const char* op, std::initializer_list<Tensor> inputs, std::initializer_list<Tensor> outputs, Keep keep, F rule) {
  return record(op, std::span<const Tensor>(inputs.begin(), inputs.size()), std::span<const Tensor>(outputs.begin(), outputs.size()), keep,
                std::move(rule));
}

}  // namespace logitape::inline v0
