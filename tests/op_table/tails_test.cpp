// Derivatives where a careless formula meets 0 * inf. Where one loses its digits is derivative_digits_test.cpp's.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "logitape.h"

namespace logitape::tests {
namespace {

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
