// Functions of one tensor, each beside its derivative.
#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

Tensor unary(const char* op, backends::Kernel<backends::UnaryArgs> Kernels::*slot, const Tensor& x) {
  ops::check_arithmetic(op, {{"x", x}});
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  backends::run(op, x.device(), slot, backends::UnaryArgs{x.dtype(), x.size(), x.data(), y.writable()});
  return y;
}

constexpr double two_over_sqrt_pi = 1.1283791670955126, one_over_sqrt_two_pi = 0.39894228040143268;

// These slopes are functions of their own, so that their derivatives keep their digits too, in the tails as well.

// 1 / cosh(x)^2, the derivative of tanh; its own is -2*tanh(x) times it
Tensor sech_squared(const Tensor& x) {
  return record("sech_squared", {x}, {unary("sech_squared", &Kernels::sech_squared, x)},
                keep::input(0) | keep::output(0), [](const Node& n, const Cotangents& g) {
                  const Tensor t = tanh(n.input(0));
                  return Tensors{g[0] * n.output(0) * t * -2};
                });
}

// sigmoid(x) * sigmoid(-x)
Tensor sigmoid_slope(const Tensor& x) { return sech_squared(x * 0.5) * 0.25; }

// exp(-x^2/2), with the digits of x^2
Tensor bell(const Tensor& x) {
  return record("bell", {x}, {unary("bell", &Kernels::bell, x)}, keep::input(0) | keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{-(g[0] * (n.input(0) * n.output(0)))}; });
}

// Phi(x) + x*phi(x); derivative (2 - x^2)*phi(x), phi = q^4/sqrt(2*pi): x meets q, which is normal where phi is not
Tensor gelu_slope(const Tensor& x) {
  return record("gelu_slope", {x}, {unary("gelu_slope", &Kernels::gelu_slope, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  const Tensor &in = n.input(0), q = bell(in * 0.5), moved = in * q;
                  const Tensor far = moved * moved;
                  return Tensors{g[0] * ((q * q * 2 - far) * one_over_sqrt_two_pi * q * q)};
                });
}

// s + x*s', s = sigmoid(x); derivative 2*s' - x*s'*tanh(x/2), x*s' by the silu that is small: s' may be subnormal
Tensor silu_slope(const Tensor& x) {
  return record("silu_slope", {x}, {unary("silu_slope", &Kernels::silu_slope, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  const Tensor& in = n.input(0);
                  const Tensor s = sigmoid(in), right = -(silu(-in) * s), rest = sigmoid(-in);
                  const Tensor product = where(less(in, 0), silu(in) * rest, right), bend = product * tanh(in * 0.5);
                  return Tensors{g[0] * (sigmoid_slope(in) * 2 - bend)};
                });
}

}  // namespace

Tensor square(const Tensor& x) { return x * x; }

Tensor neg(const Tensor& x) {
  if (x.defined() && is_index(x.dtype())) return sub(0, x);
  return record("neg", {x}, {unary("neg", &Kernels::neg, x)}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{-g[0]}; });
}

Tensor abs(const Tensor& x) {
  if (x.defined() && is_index(x.dtype())) return x.dtype() == DType::u8 ? x : maximum(x, sub(0, x));
  return record("abs", {x}, {unary("abs", &Kernels::abs, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * sign(n.input(0))}; });
}

Tensor sign(const Tensor& x) {
  return record("sign", {x}, {unary("sign", &Kernels::sign, x)}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{zeros_like(g[0])}; });
}

Tensor exp(const Tensor& x) {
  return record("exp", {x}, {unary("exp", &Kernels::exp, x)}, keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.output(0)}; });
}

Tensor log(const Tensor& x) {
  return record("log", {x}, {unary("log", &Kernels::log, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] / n.input(0)}; });
}

Tensor log1p(const Tensor& x) {
  return record("log1p", {x}, {unary("log1p", &Kernels::log1p, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] / (1 + n.input(0))}; });
}

Tensor expm1(const Tensor& x) {
  return record(
      "expm1", {x}, {unary("expm1", &Kernels::expm1, x)}, keep::input(0),
      [](const Node& n, const Cotangents& g) { return Tensors{g[0] * exp(n.input(0))}; });  // y + 1 would cancel
}

Tensor sqrt(const Tensor& x) {
  return record("sqrt", {x}, {unary("sqrt", &Kernels::sqrt, x)}, keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] / (n.output(0) * 2)}; });
}

Tensor sin(const Tensor& x) {
  return record("sin", {x}, {unary("sin", &Kernels::sin, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * cos(n.input(0))}; });
}

Tensor cos(const Tensor& x) {
  return record("cos", {x}, {unary("cos", &Kernels::cos, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{-(g[0] * sin(n.input(0)))}; });
}

Tensor tanh(const Tensor& x) {
  return record("tanh", {x}, {unary("tanh", &Kernels::tanh, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  return Tensors{g[0] * sech_squared(n.input(0))};
                });  // 1 - y*y would cancel
}

Tensor sigmoid(const Tensor& x) {
  return record("sigmoid", {x}, {unary("sigmoid", &Kernels::sigmoid, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * sigmoid_slope(n.input(0))}; });
}

Tensor erf(const Tensor& x) {  // derivative 2/sqrt(pi) * exp(-x^2)
  return record("erf", {x}, {unary("erf", &Kernels::erf, x)}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor root = bell(n.input(0));
    return Tensors{g[0] * (root * root * two_over_sqrt_pi)};
  });
}

Tensor erfc(const Tensor& x) {
  return record("erfc", {x}, {unary("erfc", &Kernels::erfc, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  const Tensor root = bell(n.input(0));
                  return Tensors{g[0] * (root * root * -two_over_sqrt_pi)};
                });
}

Tensor relu(const Tensor& x) {
  return record("relu", {x}, {unary("relu", &Kernels::relu, x)}, keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{where_positive(n.output(0), g[0])}; });
}

Tensor gelu(const Tensor& x) {
  return record("gelu", {x}, {unary("gelu", &Kernels::gelu, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * gelu_slope(n.input(0))}; });
}

Tensor silu(const Tensor& x) {
  return record("silu", {x}, {unary("silu", &Kernels::silu, x)}, keep::input(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * silu_slope(n.input(0))}; });
}

Tensor clamp(const Tensor& x, double low, double high) {
  ops::check_arithmetic("clamp", {{"x", x}});
  require(low <= high, "clamp", "low {} and high {} are no interval", low, high);
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  backends::run("clamp", x.device(), &Kernels::clamp,
                backends::ClampArgs{x.dtype(), x.size(), low, high, x.data(), y.writable()});
  return record("clamp", {x}, {y}, keep::input(0), [low, high](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    return Tensors{where(logical_and(greater_equal(in, low), less_equal(in, high)), g[0], 0)};
  });
}

}  // namespace logitape::inline v0
