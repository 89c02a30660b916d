// y = a op b with broadcasting: add, sub, mul, div, pow, maximum, minimum. A rule's results have the broadcast shape
// and are summed back to each input's. Integers, which are never on the tape, share the kernels of the same names.
#include <algorithm>
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using backends::BinaryArgs;
using ops::Kernels;

// The dtype and the device are those of `like`.
Tensor run_binary(const char* op, backends::Kernel<BinaryArgs> Kernels::*slot, const Tensor& like,
                  const ops::Operand& a, const ops::Operand& b) {
  const bool flat = a.shape == b.shape;
  Tensor y = Tensor::uninitialised(flat ? a.shape : ops::broadcast_shape(op, "a", a.shape, "b", b.shape), like.dtype(),
                                   like.device());
  backends::run(
      op, like.device(), slot,
      BinaryArgs{like.dtype(), flat ? ops::flat_loop<2>(y.size()) : ops::loop_over<2>(y.shape(), {&a.shape, &b.shape}),
                 a.data, b.data, y.writable()});
  return y;
}

// Of f32 and f64 only.
Tensor real_binary(const char* op, backends::Kernel<BinaryArgs> Kernels::*slot, const Tensor& a, const Tensor& b) {
  ops::check_arithmetic(op, {{"a", a}, {"b", b}});
  return run_binary(op, slot, a, a, b);
}

void check_numbers(const char* op, std::initializer_list<ops::Input> inputs) {
  ops::check_present(op, inputs);
  for (const ops::Input& in : inputs) {
    const DType dtype = in.tensor.dtype();
    require(is_arithmetic(dtype) || is_index(dtype), ErrorCode::unsupported, op,
            "arithmetic takes f32, f64 or integers, not {} ({}): cast it, {}.to(DType::{})", in.name, in.tensor,
            in.name, dtype == DType::boolean ? DType::i32 : DType::f32);
  }
}

// Of f32, f64 and integers, which need not be equally wide.
Tensor binary(const char* op, backends::Kernel<BinaryArgs> Kernels::*slot, const Tensor& a, const Tensor& b) {
  check_numbers(op, {{"a", a}, {"b", b}});
  if (a.dtype() == b.dtype()) return run_binary(op, slot, a, a, b);
  const auto wide = ops::common_integer(a, b);
  if (!wide) ops::check_same(op, {{"a", a}, {"b", b}});  // which says what to cast
  const Tensor x = a.to(*wide);
  return run_binary(op, slot, x, x, b.to(*wide));
}

void check_divides(const ops::Input& in) {
  ops::check_present("div", {in});
  require(!is_index(in.tensor.dtype()), ErrorCode::unsupported, "div",
          "the quotient of integers may be no integer: cast {} ({}), {}.to(DType::f32)", in.name, in.tensor, in.name);
}

Tensor summed_to(Tensor g, const Shape& shape) {
  if (g.shape() == shape) return g;
  return sum_to(g, shape);
}

// The cotangents of both inputs, each computed only where it is needed, summed to the input's shape.
template <class A, class B>
Tensors both(const Node& n, A into_a, B into_b) {
  Tensors into(2);
  if (n.needs(0)) into[0] = summed_to(into_a(), n.input_slot(0).shape());
  if (n.needs(1)) into[1] = summed_to(into_b(), n.input_slot(1).shape());
  return into;
}

// 1 where a is ahead of b, one half where they are equal, else 0, as a constant of a's dtype.
Tensor share(const Tensor& ahead, const Tensor& ahead_or_equal, DType dtype) {
  const Tensor at_least = ahead_or_equal.to(dtype);
  return (ahead.to(dtype) + at_least) * 0.5;
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) {
  return record("add", {a, b}, {binary("add", &Kernels::add, a, b)}, keep::nothing,
                [](const Node& n, const Cotangents& g) {
                  return both(
                      n, [&] { return g[0]; }, [&] { return g[0]; });
                });
}

Tensor sub(const Tensor& a, const Tensor& b) {
  return record("sub", {a, b}, {binary("sub", &Kernels::sub, a, b)}, keep::nothing,
                [](const Node& n, const Cotangents& g) {
                  return both(
                      n, [&] { return g[0]; }, [&] { return -g[0]; });
                });
}

Tensor mul(const Tensor& a, const Tensor& b) {
  return record("mul", {a, b}, {binary("mul", &Kernels::mul, a, b)},
                keep::input(1, a.requires_grad()) | keep::input(0, b.requires_grad()),
                [](const Node& n, const Cotangents& g) {
                  return both(
                      n, [&] { return g[0] * n.input(1); }, [&] { return g[0] * n.input(0); });
                });
}

Tensor div(const Tensor& a, const Tensor& b) {
  check_divides({"a", a});
  check_divides({"b", b});
  return record("div", {a, b}, {real_binary("div", &Kernels::div, a, b)},
                keep::input(1) | keep::output(0, b.requires_grad()), [](const Node& n, const Cotangents& g) {
                  return both(
                      n, [&] { return g[0] / n.input(1); }, [&] { return -(g[0] * n.output(0)) / n.input(1); });
                });
}

namespace {

// x^(e - 1). Where e - 1 is rounded, x^e / x: log(x) would multiply the rounding. But not of 0 or infinity.
Tensor power_less_1(const Tensor& x, const Tensor& e) {
  const Tensor less_1 = e - 1, rounded = not_equal(less_1 + 1, e);
  const auto flags = rounded.to_vector<std::uint8_t>();
  if (std::ranges::find(flags, 1) == flags.end()) return pow(x, less_1);
  const Tensor size = abs(x),
               ordinary = logical_and(greater(size, 0), less(size, std::numeric_limits<double>::infinity()));
  const Tensor divide = logical_and(rounded, ordinary), base = where(divide, x, 1);
  const Tensor elsewhere = pow(where(divide, 1, x), less_1);
  return where(divide, pow(base, e) / base, elsewhere);
}

}  // namespace

Tensor pow(const Tensor& a, const Tensor& b) {
  return record("pow", {a, b}, {real_binary("pow", &Kernels::pow, a, b)},
                keep::input(0) | keep::input(1) | keep::output(0, b.requires_grad()),
                [](const Node& n, const Cotangents& g) {
                  const Tensor &x = n.input(0), &e = n.input(1);
                  return both(
                      n,
                      [&] {  // 0 * 0^(0-1) would be NaN where the derivative is 0
                        const Tensor exponent = where(logical_and(equal(x, 0), equal(e, 0)), 1, e);
                        const Tensor power = power_less_1(x, exponent);
                        return g[0] * e * power;
                      },
                      [&] {  // 0 where the base is 0, even for a negative exponent, where the power is inf
                        const Tensor zero = equal(x, 0);
                        const Tensor slope = log(where(zero, 1, x));
                        return g[0] * where(zero, 0, n.output(0)) * slope;
                      });
                });
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return record("maximum", {a, b}, {binary("maximum", &Kernels::maximum, a, b)}, keep::input(0) | keep::input(1),
                [](const Node& n, const Cotangents& g) {
                  const Tensor &x = n.input(0), &y = n.input(1);
                  return both(
                      n, [&] { return g[0] * share(greater(x, y), greater_equal(x, y), x.dtype()); },
                      [&] { return g[0] * share(less(x, y), less_equal(x, y), x.dtype()); });
                });
}

Tensor minimum(const Tensor& a, const Tensor& b) {
  return record("minimum", {a, b}, {binary("minimum", &Kernels::minimum, a, b)}, keep::input(0) | keep::input(1),
                [](const Node& n, const Cotangents& g) {
                  const Tensor &x = n.input(0), &y = n.input(1);
                  return both(
                      n, [&] { return g[0] * share(less(x, y), less_equal(x, y), x.dtype()); },
                      [&] { return g[0] * share(greater(x, y), greater_equal(x, y), x.dtype()); });
                });
}

// A number beside a tensor is no input of the node: its rule keeps the number itself.
namespace {

// The tensor is checked first: in i32 * 0.5 the i32 is at fault.
ops::Number number(const char* op, const Scalar& value, const char* name, const Tensor& like) {
  if (!like.defined()) return {op, value, like};
  check_numbers(op, {{name, like}});
  require(is_floating(like.dtype()) || value.integral, op,
          "{} ({}) is of integers and {} is not: write an integer, or cast it, {}.to(DType::f32)", name, like,
          value.real, name);
  return {op, value, like};
}

ops::Number real_number(const char* op, const Scalar& value, const char* name, const Tensor& like) {
  if (like.defined()) ops::check_arithmetic(op, {{name, like}});
  return {op, value, like};
}

Tensor real_tensor(const char* op, const Scalar& value, const char* name, const Tensor& like) {
  if (like.defined()) ops::check_arithmetic(op, {{name, like}});
  return ops::number_like(op, value, like);
}

}  // namespace

Tensor add(const Tensor& a, const Scalar& b) {
  return record("add", {a}, {run_binary("add", &Kernels::add, a, a, number("add", b, "a", a))}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{g[0]}; });
}

Tensor sub(const Tensor& a, const Scalar& b) {
  return record("sub", {a}, {run_binary("sub", &Kernels::sub, a, a, number("sub", b, "a", a))}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{g[0]}; });
}

Tensor sub(const Scalar& a, const Tensor& b) {
  return record("sub", {b}, {run_binary("sub", &Kernels::sub, b, number("sub", a, "b", b), b)}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{-g[0]}; });
}

Tensor mul(const Tensor& a, const Scalar& b) {
  return record("mul", {a}, {run_binary("mul", &Kernels::mul, a, a, number("mul", b, "a", a))}, keep::nothing,
                [b](const Node&, const Cotangents& g) { return Tensors{g[0] * b}; });
}

Tensor div(const Tensor& a, const Scalar& b) {
  if (a.defined()) check_divides({"a", a});
  return record("div", {a}, {run_binary("div", &Kernels::div, a, a, real_number("div", b, "a", a))}, keep::nothing,
                [b](const Node&, const Cotangents& g) { return Tensors{g[0] / b}; });
}

Tensor div(const Scalar& a, const Tensor& b) {
  if (b.defined()) check_divides({"b", b});
  return record("div", {b}, {run_binary("div", &Kernels::div, b, real_number("div", a, "b", b), b)},
                keep::input(0) | keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{-(g[0] * n.output(0)) / n.input(0)}; });
}

// pow's rule computes with the exponent, so these make a tensor of the number.
Tensor pow(const Tensor& a, const Scalar& b) { return pow(a, real_tensor("pow", b, "a", a)); }
Tensor pow(const Scalar& a, const Tensor& b) { return pow(real_tensor("pow", a, "b", b), b); }

Tensor maximum(const Tensor& a, const Scalar& b) {
  return record("maximum", {a}, {run_binary("maximum", &Kernels::maximum, a, a, number("maximum", b, "a", a))},
                keep::input(0), [b](const Node& n, const Cotangents& g) {
                  const Tensor& x = n.input(0);
                  return Tensors{g[0] * share(greater(x, b), greater_equal(x, b), x.dtype())};
                });
}

Tensor minimum(const Tensor& a, const Scalar& b) {
  return record("minimum", {a}, {run_binary("minimum", &Kernels::minimum, a, a, number("minimum", b, "a", a))},
                keep::input(0), [b](const Node& n, const Cotangents& g) {
                  const Tensor& x = n.input(0);
                  return Tensors{g[0] * share(less(x, b), less_equal(x, b), x.dtype())};
                });
}

}  // namespace logitape::inline v0
