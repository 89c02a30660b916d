// Functions of one tensor, each beside its derivative.
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/support.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

Tensor unary(const char* op, backends::Kernel<backends::UnaryArgs> Kernels::*slot, const Tensor& x) {
  ops::check_arithmetic(op, {{"x", x}});
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  backends::run(op, x.device(), slot, backends::UnaryArgs{x.dtype(), x.size(), x.data(), y.writable()});
  return y;
}

constexpr double two_over_sqrt_pi = 1.1283791670955126, sqrt_half = 0.70710678118654752, one_over_sqrt_two_pi = 0.39894228040143268;

}  // namespace

Tensor neg(const Tensor& x) {
  return record("neg", {x}, {unary("neg", &Kernels::neg, x)}, keep::nothing,
                [](const Node&, const Cotangents& g) { return Tensors{-g[0]}; });
}

Tensor abs(const Tensor& x) {
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
  return record("expm1", {x}, {unary("expm1", &Kernels::expm1, x)}, keep::input(0),
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
  return record("tanh", {x}, {unary("tanh", &Kernels::tanh, x)}, keep::output(0), [](const Node& n, const Cotangents& g) {
    const Tensor y = n.output(0);
    return Tensors{g[0] * (1 - y * y)};
  });
}

Tensor sigmoid(const Tensor& x) {  // derivative y*(1 - y); 1 - y is sigmoid(-x), which does not cancel
  return record("sigmoid", {x}, {unary("sigmoid", &Kernels::sigmoid, x)}, keep::input(0) | keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.output(0) * sigmoid(-n.input(0))}; });
}

Tensor erf(const Tensor& x) {
  return record("erf", {x}, {unary("erf", &Kernels::erf, x)}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    return Tensors{g[0] * exp(-(in * in)) * two_over_sqrt_pi};
  });
}

Tensor erfc(const Tensor& x) {
  return record("erfc", {x}, {unary("erfc", &Kernels::erfc, x)}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    return Tensors{g[0] * exp(-(in * in)) * -two_over_sqrt_pi};
  });
}

Tensor relu(const Tensor& x) {
  return record("relu", {x}, {unary("relu", &Kernels::relu, x)}, keep::output(0),
                [](const Node& n, const Cotangents& g) { return Tensors{where_positive(n.output(0), g[0])}; });
}

Tensor gelu(const Tensor& x) {  // derivative Phi(x) + x*phi(x)
  return record("gelu", {x}, {unary("gelu", &Kernels::gelu, x)}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    return Tensors{g[0] * (erfc(in * -sqrt_half) * 0.5 + in * exp(in * in * -0.5) * one_over_sqrt_two_pi)};
  });
}

Tensor silu(const Tensor& x) {  // derivative s + x*s*(1 - s)
  return record("silu", {x}, {unary("silu", &Kernels::silu, x)}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    const Tensor s = sigmoid(in);
    return Tensors{g[0] * s * (1 + in * sigmoid(-in))};
  });
}

Tensor clamp(const Tensor& x, double low, double high) {
  ops::check_arithmetic("clamp", {{"x", x}});
  require(low <= high, "clamp", "low {} and high {} are no interval", low, high);
  Tensor y = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  backends::run("clamp", x.device(), &Kernels::clamp, backends::ClampArgs{x.dtype(), x.size(), low, high, x.data(), y.writable()});
  return record("clamp", {x}, {y}, keep::input(0), [low, high](const Node& n, const Cotangents& g) {
    const Tensor& in = n.input(0);
    return Tensors{where(logical_and(greater_equal(in, low), less_equal(in, high)), g[0], 0)};
  });
}

}  // namespace logitape::inline v0
