// check_jacobian on code that knows no tensors: right and wrong Jacobians, blocks, manifolds, layouts, and misuse.
#include "logitape/autograd/check/jacobian.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "logitape/core/error.h"

namespace logitape::tests {
namespace {

using In = std::span<const double>;
using Out = std::span<double>;

// y = (x0*x1, sin x1, 1e-9*x0*x2), and its nine derivatives, each times a factor.
void f(In x, Out y) { y[0] = x[0] * x[1], y[1] = std::sin(x[1]), y[2] = 1e-9 * x[0] * x[2]; }
PlainJacobian rule(std::array<double, 9> factor) {
  return [factor](In x, Out j) {
    const double d[9] = {x[1], x[0], 0, 0, std::cos(x[1]), 0, 1e-9 * x[2], 0, 1e-9 * x[0]};
    for (std::size_t k = 0; k < 9; ++k) j[k] = d[k] * factor[k];
  };
}
const std::array<double, 3> x = {1.5, -0.7, 3};

std::array<double, 9> all_but(std::size_t k, double factor) {
  std::array<double, 9> factors;
  factors.fill(1);
  factors[k] = factor;
  return factors;
}

}  // namespace

TEST_CASE("a right Jacobian passes, every element by itself; of order 1") {
  const GradientReport r = check_jacobian(f, rule(all_but(0, 1)), x, 3);
  CHECK_MESSAGE(r.ok(), r.str());
  CHECK(r.checked == 9);
  CHECK(r.order == 1);
  CHECK(r.blocks.size() == 3);
}

TEST_CASE("each wrong element is found and named by its row, in a residual of 1e-9 too") {
  for (const std::size_t k : {0, 1, 4, 6, 8}) {
    for (const double factor : {-1.0, 2.0, 1 + 1e-5, 0.0}) {
      CAPTURE(k);
      CAPTURE(factor);
      const GradientReport r = check_jacobian(f, rule(all_but(k, factor)), x, 3);
      CHECK(r.verdict() == Verdict::fail);
      CHECK(r.failed == 1);
      CHECK(r.worst.function == "f[" + std::to_string(k / 3) + "]");
      CHECK(r.worst.index == std::vector<std::int64_t>{static_cast<std::int64_t>(k % 3)});
    }
  }
  const PlainJacobian extra = [](In at, Out j) {
    rule(all_but(0, 1))(at, j);
    j[5] = 1e-4;  // where there is nothing
  };
  CHECK(check_jacobian(f, extra, x, 3).verdict() == Verdict::fail);
}

TEST_CASE("a Jacobian that is written column by column is told so") {
  const PlainJacobian columns = [](In at, Out j) {
    std::array<double, 9> rows{};
    rule(all_but(0, 1))(at, rows);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t k = 0; k < 3; ++k) j[k * 3 + i] = rows[i * 3 + k];
  };
  const GradientReport r = check_jacobian(f, columns, x, 3);
  CHECK(r.verdict() == Verdict::fail);
  CHECK(r.hint == Hint::transposed);
  CHECK(r.hint_text.find("J[i*columns + j]") != std::string::npos);
}

// A point of the unit circle, moved along it; at x = (cos a, sin a), d x / d delta = (-sin a, cos a).
TEST_CASE("a block that a constraint binds is moved by its plus, in its tangent space") {
  const double a = 0.4;
  const std::array<double, 3> at = {std::cos(a), std::sin(a), 2};
  const PlainPlus turn = [](In p, In d, Out moved) {
    moved[0] = p[0] * std::cos(d[0]) - p[1] * std::sin(d[0]);
    moved[1] = p[0] * std::sin(d[0]) + p[1] * std::cos(d[0]);
  };
  const PlainResiduals g = [](In p, Out y) { y[0] = p[2] * p[0], y[1] = p[1] * p[1]; };
  JacobianOptions options{
      .blocks = {{.name = "angle", .size = 2, .tangent = 1, .plus = turn}, {.name = "r", .size = 1}}};
  const auto right = [](double sign) -> PlainJacobian {
    return [sign](In p, Out j) {
      j[0] = -p[2] * p[1] * sign, j[1] = p[0];
      j[2] = 2 * p[1] * p[0], j[3] = 0;
    };
  };
  const GradientReport r = check_jacobian(g, right(1), at, 2, options);
  CHECK_MESSAGE(r.ok(), r.str());
  CHECK(r.checked == 4);
  const GradientReport wrong = check_jacobian(g, right(-1), at, 2, options);
  CHECK(wrong.worst.input_name == "angle");
  CHECK(wrong.worst.function == "f[0]");
  // at the top of the circle one derivative is 0: -sin(pi/2)*2 is -2, 2*sin*cos is 0
  const std::array<double, 3> top = {0, 1, 2};
  CHECK(check_jacobian(g, right(1), top, 2, options).ok());

  options.blocks[0].plus = [turn](In p, In d, Out moved) {
    turn(p, d, moved);
    moved[1] += 0.125;
  };
  const GradientReport off = check_jacobian(g, right(1), at, 2, options);
  CHECK(off.verdict() == Verdict::fail);
  CHECK(off.str().find("plus(x, 0) is not x") != std::string::npos);
}

TEST_CASE("zeros that stand there by construction pass, though f is rounded where they are") {
  const std::array<double, 4> at = {0.8, 0.36, -0.48, 3};
  const PlainResiduals g = [](In p, Out y) {
    y[0] = p[0] * p[3] + p[1] * p[1] * p[2] / 3, y[1] = p[1] * p[3];
    y[2] = (p[3] + 1e3 * p[0]) - 1e3 * p[0];  // p[0] cancels, but for its rounding
  };
  const PlainJacobian right = [](In p, Out j) {
    j[0] = p[3], j[1] = 2 * p[1] * p[2] / 3, j[2] = p[1] * p[1] / 3, j[3] = p[0];
    j[5] = p[3], j[7] = p[1];
    j[11] = 1;
  };
  const GradientReport r = check_jacobian(g, right, at, 3);
  CHECK_MESSAGE(r.ok(), r.str());
}

TEST_CASE("a residual that is not the same twice is told so") {
  int calls = 0;
  const PlainResiduals drifts = [&calls](In at, Out y) {
    f(at, y);
    y[0] += 1e-3 * ++calls;
  };
  const GradientReport r = check_jacobian(drifts, rule(all_but(0, 1)), x, 3);
  CHECK(r.verdict() == Verdict::fail);
  CHECK(r.hint == Hint::nondeterministic);
}

TEST_CASE("what cannot be checked is refused by a sentence") {
  const PlainJacobian j = rule(all_but(0, 1));
  const auto said = [&](const JacobianOptions& options, std::int64_t outputs = 3) {
    try {
      check_jacobian(f, j, x, outputs, options);
      return std::string();
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  CHECK(said({}, 0) == "check_jacobian: 0 outputs are named; at least 1 is needed");
  CHECK(said({.blocks = {{.name = "q", .size = 2}}}) == "check_jacobian: the blocks have 2 numbers, x has 3");
  CHECK(said({.blocks = {{.name = "q", .size = 3, .tangent = 2}}}) ==
        "check_jacobian: block \"q\" of 3 numbers has a tangent of 2 without plus; a plus tells how they move it");
  const PlainPlus plus = [](In, In, Out) {};
  CHECK(said({.blocks = {{.name = "q", .size = 3, .tangent = 4, .plus = plus}}}) ==
        "check_jacobian: block \"q\" of 3 numbers has a tangent of 4 with plus; 1 to its size is needed");
  const PlainResiduals lazy = [](In at, Out y) { y[0] = at[0], y[2] = 1; };
  CHECK_THROWS_WITH_AS(check_jacobian(lazy, j, x, 3), "check_jacobian: f[1] is nan at x, or is not written", Error);
  CHECK_THROWS_WITH_AS(check_jacobian(f, j, {}, 3), "check_jacobian: x has 0 elements; at least 1 is needed", Error);
}

}  // namespace logitape::tests
