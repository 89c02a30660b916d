// How ops reach the tape:
//   return record("exp", {x}, {y}, keep::output(0),
//                 [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.output(0)}; });
// The rule is written with public differentiable ops, so that derivatives of every order come from it; it gets an empty
// cotangent for an output that nothing came back through, and may return an empty one where node.needs(i) is false. If
// the outputs are computed by other ops, compute them from stop_gradient(x): the rule then answers for x alone.
#pragma once
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logitape/autograd/node.h"
#include "logitape/core/device.h"

namespace logitape::inline v0 {

// A leaf of the tape with the values of x: what gradients are asked for. Any floating dtype.
// Error not_differentiable: any other dtype.
Tensor variable(const Tensor& x);

// The values of x, and no path for gradients into it.
Tensor stop_gradient(const Tensor& x);
// The same under another op's name: errors about unreached inputs then give that name.
Tensor cut_gradient(const char* op, const Tensor& x);

// While one lives, this thread records nothing.
class NoGrad {
 public:
  NoGrad() noexcept;
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
};

// Mixed precision (Micikevicius et al. 2018; with bf16: Kalamkar et al. 2019). While one lives, this thread's products
// of f32 (matmul, linear, conv2d, and ops that call them) are sums over k of bf16(a[k]) * bf16(b[k]): operands are
// rounded to nearest even, products are exact, sums f32. The derivatives of what is recorded meanwhile multiply in the
// same way, whenever they run. Tensors, so weights and gradients too, stay f32, and no other op rounds; bf16 has the
// exponents of f32, so no loss needs scaling. Faster where multiplies_bf16(), slower elsewhere; AVX2 and AVX-512 give
// the same bits either way, except that numbers below 1.2e-38 may count as 0; a GPU adds in another order. Products of
// f64 are left alone.
// Products::tf32 permits a device to round operands to the 10 bits after the point of f16, with the exponents of f32:
// a GPU then multiplies several times faster than in f32; a CPU does as if it were Products::f32.
// check_gradients turns it off: finite differences of rounded products are steps.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool on = true) noexcept;  // bf16; false: f32 in this scope, whatever is around it
  explicit MixedPrecision(Products of) noexcept;
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;

 private:
  Products outer_;
};

// Whether the device multiplies bf16 itself: CPUs with AVX512_BF16 and GPUs do. Error device: it cannot be used.
bool multiplies_bf16(Device device = Device::cpu());

// The outputs of a recorded op; an op with one output returns it as a Tensor.
struct Recorded {
  Tensor first;    // output 0
  Tensors others;  // outputs 1, 2, ...
  operator Tensor() const& { return first; }
  operator Tensor() && { return std::move(first); }
  Tensor& operator[](int i) { return i == 0 ? first : others[static_cast<std::size_t>(i) - 1]; }
  Tensors list() &&;  // all of them
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

bool records(TensorRefs inputs) noexcept;
Recorded unrecorded(TensorRefs inputs, TensorRefs outputs);
Recorded attached(Ref<Node> node, TensorRefs outputs);

template <class F>
inline constexpr Rule rule_of{[](const void* captures, const Node& node, const Cotangents& g) -> Tensors {
                                return (*static_cast<const F*>(captures))(node, g);
                              },
                              [](void* captures) noexcept { static_cast<F*>(captures)->~F(); }};

}  // namespace detail

// The outputs with a node behind them that runs `rule`; as they are if no input needs a gradient, or inside a NoGrad.
// The node keeps only the bytes of inputs and outputs that `keep` names: the rule can read no others.
template <class F>
Recorded record(const char* op, TensorRefs inputs, TensorRefs outputs, Keep keep, F rule) {
  static_assert(std::is_nothrow_move_constructible_v<F> && alignof(F) <= Node::capture_alignment,
                "a rule's captures move into its node");
  if (!detail::records(inputs)) return detail::unrecorded(inputs, outputs);
  Ref<Node> node = Node::make(op, inputs, outputs, keep, &detail::rule_of<F>, sizeof(F));
  new (node->captures()) F(std::move(rule));
  return detail::attached(std::move(node), outputs);
}

}  // namespace logitape::inline v0
