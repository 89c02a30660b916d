// Derivatives of derivatives: create_graph, and the seed as an input of its own.
#include <doctest/doctest.h>

#include <cmath>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace engine_test;

namespace {

// f, f', f'', f''' at x by repeated grad.
template <class F>
Values derivatives(F f, double at) {
  const Tensor x = variable(tensor(at));
  Values found;
  Tensor y = f(x);
  found.push_back(y.item<double>());
  for (int order = 1; order <= 3; ++order) {
    y = grad(y, {x}, {.create_graph = order < 3})[0];
    found.push_back(y.item<double>());
  }
  return found;
}

void check_near(const Values& found, const Values& wanted) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    // some thirty f64 operations, each off by 2^-53 of terms no larger than 30
    CHECK(std::fabs(found[i] - wanted[i]) <= 30 * 30 * 0x1p-53);
  }
}

}  // namespace

TEST_SUITE("higher order") {
  TEST_CASE("x^3 has the derivatives 3x^2, 6x and 6") {
    CHECK(derivatives([](const Tensor& x) { return x * x * x; }, 2) == Values{8, 12, 12, 6});
    check_near(derivatives([](const Tensor& x) { return pow(x, 3); }, 2), {8, 12, 12, 6});
  }

  TEST_CASE("exp is its own derivative, three times") {
    const double e = std::exp(0.7);
    check_near(derivatives([](const Tensor& x) { return exp(x); }, 0.7), {e, e, e, e});
  }

  TEST_CASE("tanh has the derivatives s, -2ts and -2s(1 - 3t^2), where s = 1 - t^2") {
    const double t = std::tanh(0.4), s = 1 - t * t;
    check_near(derivatives([](const Tensor& x) { return tanh(x); }, 0.4), {t, s, -2 * t * s, -2 * s * (1 - 3 * t * t)});
  }

  TEST_CASE("a fourth order through a product of functions") {
    // (x e^x)'''' = (x + 4) e^x
    const Tensor x = variable(tensor(0.25));
    Tensor y = x * exp(x);
    for (int order = 0; order < 4; ++order) y = grad(y, {x}, {.create_graph = true})[0];
    check_near({y.item<double>()}, {4.25 * std::exp(0.25)});
  }

  TEST_CASE("gradients made without create_graph have no past") {
    const Tensor x = variable(tensor({2.0}));
    const Tensor g = grad(sum(x * x * x), {x})[0];
    CHECK_FALSE(g.requires_grad());
    CHECK_FALSE(grad(sum(x), {x})[0].requires_grad());  // the seed itself, handed through
    CHECK_FALSE(
        grad(x * 1, {x}, {.seed = variable(tensor({1.0}))})[0].requires_grad());  // nor that of a seed on the tape
  }

  TEST_CASE("create_graph records inside a NoGrad too, and only there") {
    const Tensor x = variable(tensor({2.0}));
    const Tensor y = sum(x * x * x);
    const NoGrad guard;
    const Tensor g = grad(y, {x}, {.create_graph = true})[0];
    CHECK(values(grad(g, {x}, {.seed = tensor({1.0})})[0]) == Values{12});
    CHECK_FALSE((x * 2).requires_grad());
  }

  TEST_CASE("the gradient is linear in the seed, and its derivative by the seed is the jacobian times a vector") {
    // f_i = x_i * exp(x_i): J is diagonal, (1 + x_i) exp(x_i)
    const Values at = {0.5, -1, 2};
    const Tensor x = variable(from_span(at, {3})), u = variable(zeros({3}, DType::f64)), v = tensor({1.0, 2.0, -3.0});
    const Tensor y = x * exp(x);
    const Tensor g = grad(y, {x}, {.seed = u, .create_graph = true})[0];
    const Values jvp = values(grad(g, {u}, {.seed = v})[0]);
    Values wanted(3);
    for (std::size_t i = 0; i < 3; ++i) wanted[i] = values(v)[i] * (1 + at[i]) * std::exp(at[i]);
    check_near(jvp, wanted);
  }

  TEST_CASE("the seed's own past is reached") {
    const Tensor x = variable(tensor({3.0})), s = variable(tensor({5.0}));
    const Tensor g = grad(x * x, {x}, {.seed = s * s, .create_graph = true})[0];  // 2 x s^2
    CHECK(values(g) == Values{150});
    const auto second = grad(g, {x, s}, {.seed = tensor({1.0})});
    CHECK(values(second[0]) == Values{50});  // 2 s^2
    CHECK(values(second[1]) == Values{60});  // 4 x s
  }

  TEST_CASE("the sum of two paths is differentiable too") {
    const Tensor x = variable(tensor(3.0));
    const Tensor g = grad(x * x * x + x * x, {x}, {.create_graph = true})[0];  // 3x^2 + 2x
    CHECK(values(g) == Values{33});
    CHECK(values(grad(g, {x})[0]) == Values{20});  // 6x + 2
  }

  TEST_CASE("a second derivative that is zero is unreached, and zeros on request") {
    const Tensor x = variable(tensor(3.0)), w = variable(tensor(2.0));
    const auto g = grad(x * w, {x, w}, {.create_graph = true});
    CHECK(values(grad(g[0], {w})[0]) == Values{1});
    CHECK(error_of([&] { grad(g[0], {x}); })->code() == ErrorCode::not_differentiable);
    CHECK(values(grad(g[0], {x}, {.unreached = Unreached::zero})[0]) == Values{0});
  }
}
