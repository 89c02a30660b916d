// Derivatives where a careless formula loses its digits or meets 0 * inf.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "logitape.h"
#include "tests/support/ulp.h"

namespace logitape::tests {
namespace {

double slope(Tensor (*f)(const Tensor&), double at) {
  const Tensor x = variable(tensor(at));
  return grad(f(x), {x})[0].item<double>();
}

TEST_CASE("derivatives of sigmoid and expm1 keep their digits in the tails") {
  // 4 ULP: two factors of at most 2 ULP each
  CHECK(ulp_error(slope(sigmoid, 40), 1 / ((1 + std::exp(-40.0L)) * (1 + std::exp(40.0L)))) <= 4);
  CHECK(ulp_error(slope(sigmoid, -40), 1 / ((1 + std::exp(-40.0L)) * (1 + std::exp(40.0L)))) <= 4);
  CHECK(ulp_error(slope(expm1, -40), std::exp(-40.0L)) <= 4);
}

TEST_CASE("second derivatives that involve a masked class are 0, on both sides") {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor x = variable(tensor({{0.5, -inf, 1.0}}));
  const Tensor t = variable(tensor({{0.25, 0.0, 0.75}}));
  const Tensor weight = variable(tensor({2.0}));
  const Tensor v = tensor({{1.0, 2.0, 3.0}});
  const Tensor loss = sum(weight * nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}));
  const std::vector<Tensor> g = grad(loss, {x, t}, {.create_graph = true});
  CHECK(g[0].to_vector<double>()[1] == 0);
  CHECK(g[1].to_vector<double>()[1] == inf);
  // d(dx.v)/dt = w*(p.v - v), d(dt.v)/dx = w*(p*sum(v) - v) with v's entry at the masked class left out, 0 there
  const double p0 = 1 / (1 + std::exp(0.5)), p2 = 1 - p0, mean = p0 * 1 + p2 * 3;
  const auto xt = grad(sum(g[0] * v), {t}, {.create_graph = true})[0].to_vector<double>();
  const auto tx = grad(sum(where(less(g[1], inf), g[1], 0) * v), {x}, {.create_graph = true})[0].to_vector<double>();
  const double right_xt[] = {2 * (mean - 1), 0, 2 * (mean - 3)}, right_tx[] = {2 * (p0 * 4 - 1), 0, 2 * (p2 * 4 - 3)};
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(std::fabs(xt[c] - right_xt[c]) <= 1e-14);  // f64, a handful of operations on numbers below 10
    CHECK(std::fabs(tx[c] - right_tx[c]) <= 1e-14);
  }
  // a cotangent of 0 at the masked class is 0 there too: no 0 * inf
  const Tensor open = tensor({{1.0, 0.0, 3.0}});
  CHECK(std::isfinite(grad(sum(where(less(g[1], inf), g[1], 0) * open), {weight})[0].item<double>()));
}

}  // namespace
}  // namespace logitape::tests
