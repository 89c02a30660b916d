// Ops of a user's own: their derivatives of every order, several results, and what their rules may not return.
#include "logitape/autograd/custom_op.h"

#include <doctest/doctest.h>

#include <cmath>

#include "gradcheck_test.h"
#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

Tensor log_1p_exp(TensorList x) { return log1p(exp(x[0])); }

auto softplus() {
  return custom_op("softplus", log_1p_exp,
                   [](TensorList x, TensorList, TensorList g) { return Tensors{g[0] * sigmoid(x[0])}; });
}

// x/y and x - y: two inputs, two results.
auto quotient_and_difference() {
  return custom_op(
      "quotient_and_difference",
      [](TensorList x) {
        return Tensors{x[0] / x[1], x[0] - x[1]};
      },
      [](TensorList x, TensorList y, TensorList g) {
        return Tensors{g[0] / x[1] + g[1], -g[0] * y[0] / x[1] - g[1]};
      });
}

// softplus whose rule returns what is given.
auto answering(const Tensors& answer) {
  // NOLINTNEXTLINE(bugprone-exception-escape): a vector's copy, of which the analyzer believes that it moves
  return custom_op("mine", log_1p_exp, [answer](TensorList, TensorList, TensorList) { return answer; });
}

}  // namespace

TEST_CASE("an op of one's own has the derivatives of its rule, of every order") {
  CHECK(check_gradients(softplus(), {random_of({2, 3})}, {.order = 3, .methods = CheckMethod::all}).ok());
  const Tensor x = variable(tensor({0.0, 1.0}));
  sum(softplus()(x)).backward();
  const auto slopes = x.grad()->to_vector<double>();
  CHECK(slopes[0] == 0.5);
  CHECK(slopes[1] == doctest::Approx(1 / (1 + std::exp(-1.0))).epsilon(1e-15));  // sigmoid, a few roundings
}

TEST_CASE("a wrong rule of one's own is caught, with its cause") {
  const auto wrong = custom_op("wrong", log_1p_exp,
                               [](TensorList x, TensorList, TensorList g) { return Tensors{-g[0] * sigmoid(x[0])}; });
  const GradientReport report = check_gradients(wrong, {random_of({2, 3})});
  CHECK(report.verdict() == Verdict::fail);
  CHECK(report.hint == Hint::sign);
}

TEST_CASE("a rule on plain numbers is right once, and the check of order 2 tells") {
  const auto plain = custom_op(
      "plain", [](TensorList x) { return x[0] * x[0]; },
      [](TensorList x, TensorList, TensorList g) {
        std::vector<double> slopes = x[0].to_vector<double>();
        const std::vector<double> cotangents = g[0].to_vector<double>();
        for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] *= 2 * cotangents[i];
        return Tensors{from_span(slopes, x[0].shape())};
      });
  CHECK(check_gradients(plain, {tensor({0.5, 2.0})}, {.order = 1}).ok());
  CHECK(check_gradients(plain, {tensor({0.5, 2.0})}, {.order = 2}).verdict() == Verdict::fail);
}

TEST_CASE("an op of one's own may have several inputs and results, and its rule may read the results") {
  const Tensor a = random_of({3}), b = random_of({3}, 1, 2, 5);
  const auto op = quotient_and_difference();
  const auto product = [op](In x) {
    const Tensors y = op(x);
    return y[0] * y[1];
  };
  CHECK(check_gradients(product, {a, b}).ok());
  for (const std::size_t one : {0u, 1u})  // nothing comes back through the other: its cotangent is zeros
    CHECK(check_gradients([&](In x) { return op(x)[one]; }, {a, b}).ok());
}

TEST_CASE("forward records nothing, and the op is one node on the tape") {
  bool recording = true;
  bool on_tape = true;
  const auto op = custom_op(
      "watched",
      [&](TensorList x) {
        recording = grad_enabled();
        on_tape = x[0].requires_grad();
        return exp(x[0]);
      },
      [](TensorList, TensorList y, TensorList g) { return Tensors{g[0] * y[0]}; });
  const Tensor x = variable(tensor({1.0}));
  const std::int64_t before = live_nodes();
  const Tensor y = op(x);
  CHECK_FALSE(recording);
  CHECK_FALSE(on_tape);
  CHECK(live_nodes() == before + 1);
  CHECK(std::string(y.node()->op()) == "watched");
  const NoGrad none;
  CHECK_FALSE(op(x).requires_grad());
}

TEST_CASE("a tape outlives the op that was put on it") {
  const Tensor x = variable(tensor({0.0}));
  Tensor y;
  {
    const auto op = softplus();
    y = op(x);
  }
  CHECK(std::string(y.node()->op()) == "softplus");
  CHECK(grad(sum(y), {x})[0].item<double>() == 0.5);
}

TEST_CASE("indices are handed through, and an input without a gradient may have an empty cotangent") {
  const auto pick = custom_op(
      "pick", [](TensorList x) { return gather(x[0], x[1]); },
      [](TensorList x, TensorList, TensorList g) {
        return Tensors{scatter_add(zeros_like(x[0]), x[1], g[0]), Tensor()};
      });
  CHECK(check_gradients(pick, {random_of({5}), tensor({0, 3, 3})}).ok());
}

TEST_CASE("what a rule of one's own returns is compared with its inputs, and both are named") {
  const Tensor x = variable(random_of({2, 3}));
  const auto complaint = [&](const Tensors& answer) -> std::string {
    const Tensor y = sum(answering(answer)(x));
    try {
      grad(y, {x});
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(complaint({}) == "mine: its vjp returned 0 cotangents for 1 inputs");
  CHECK(complaint({x, x}) == "mine: its vjp returned 2 cotangents for 1 inputs");
  CHECK(complaint({ones({3}, DType::f64)}) == "mine: its vjp returned f64 [3] for input 0, which is f64 [2,3]");
  CHECK(complaint({ones({2, 3})}) == "mine: its vjp returned f32 [2,3] for input 0, which is f64 [2,3]");
  CHECK(complaint({Tensor()}) ==
        "mine: its vjp returned an empty tensor for input 0 (f64 [2,3]), which needs a gradient");
}

TEST_CASE("an op of one's own refuses what it cannot record") {
  const auto rule = [](TensorList x, TensorList, TensorList) { return Tensors(x.begin(), x.end()); };
  const auto many = custom_op(
      "many", [](TensorList x) { return Tensors(x.begin(), x.end()); }, rule);
  const auto hollow = custom_op(
      "hollow", [](TensorList) { return Tensor(); }, rule);
  const auto none = custom_op(
      "none", [](TensorList) { return Tensors(); }, rule);
  const Tensor x = tensor(1.0);
  CHECK(many(Tensors(32, x)).size() == 32);
  CHECK_THROWS_WITH_AS(many(Tensors(33, x)), "many: 33 inputs, not 1 to 32", Error);
  CHECK_THROWS_WITH_AS(many(), "many: 0 inputs, not 1 to 32", Error);
  CHECK_THROWS_WITH_AS(many(x, Tensor()), "many: input 1 is an empty tensor", Error);
  CHECK_THROWS_WITH_AS(hollow(x), "hollow: result 0 is an empty tensor", Error);
  CHECK_THROWS_WITH_AS(none(x), "none: 0 results, not 1 to 32", Error);
  CHECK_THROWS_WITH_AS(custom_op("", log_1p_exp, rule),
                       "custom_op: the op needs a name: errors and the printed tape show it", Error);
}
