// Derivatives without any difference: Im f(x + ih) / h with h = 1e-100 is f'(x) to the last bit or two, for f that takes complex
// numbers. The scalar oracles do; they stand against the rules, and against the checker's numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "tests/oracle/transcendental.h"

using namespace logitape;

namespace {

using Complex = std::complex<double>;
constexpr double step = 1e-100;

struct Twin {
  const char* what;
  Tensor (*op)(const Tensor&);
  Complex (*oracle)(Complex);
  bool positive;
};

// S*lse(x) - sum(t*x) of one row.
Complex loss_of(const std::vector<Complex>& x, const std::vector<Complex>& t) {
  Complex sum = 0, mass = 0, dot = 0;
  for (std::size_t c = 0; c < x.size(); ++c) sum += oracle::exp(x[c]), mass += t[c], dot += t[c] * x[c];
  return mass * oracle::log(sum) - dot;
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("the rules of the transcendental ops are the complex-step derivatives of their oracles") {
    const Twin twins[] = {{"exp", exp, oracle::exp<Complex>, false},
                          {"log", log, oracle::log<Complex>, true},
                          {"tanh", tanh, oracle::tanh<Complex>, false},
                          {"sigmoid", sigmoid, oracle::sigmoid<Complex>, false},
                          {"silu", silu, oracle::silu<Complex>, false}};
    for (const Twin& twin : twins)
      for (double v = twin.positive ? 0.05 : -6; v < 6; v += 0.37) {
        INFO(twin.what, " at ", v);
        const Tensor x = variable(tensor(v));
        const double rule = grad(twin.op(x), {x})[0].item<double>(), exact = twin.oracle(Complex(v, step)).imag() / step;
        // 1 - tanh^2 and the like cancel: 32 ULP of the largest term, 1
        CHECK(std::fabs(rule - exact) <= 32 * 0x1p-52 * std::max(1.0, std::fabs(exact)));
      }
  }

  TEST_CASE("the checker's numbers are the complex-step derivatives, within their error bars") {
    const std::vector<double> x = {0.3, -1.2, 2.0, 0.7}, t = {0.1, 0.5, 1.2, 0.3};
    const auto value = [&](std::span<const double> at) {
      return loss_of(std::vector<Complex>(at.begin(), at.end()), std::vector<Complex>(t.begin(), t.end())).real();
    };
    const auto complex_step = [&](std::span<const double> at, std::span<double> g) {
      for (std::size_t c = 0; c < g.size(); ++c) {
        std::vector<Complex> moved(at.begin(), at.end());
        moved[c] += Complex(0, step);
        g[c] = loss_of(moved, std::vector<Complex>(t.begin(), t.end())).imag() / step;
      }
    };
    const GradientReport r = check_gradients(value, complex_step, x);
    INFO(r.str());
    CHECK(r.ok());
    CHECK(std::fabs(r.worst.analytic - r.worst.numeric) <= r.worst.error_bar + 4 * 0x1p-52 * std::fabs(r.worst.analytic));
    CHECK(r.worst.error_bar < 1e-10);
    // and the rule of the loss gives the same
    std::vector<double> exact(4);
    complex_step(x, exact);
    const Tensor logits = variable(from_span(x, {1, 4}));
    const std::vector<double> rule =
        grad(sum(cross_entropy(logits, from_span(t, {1, 4}), {.reduction = Reduction::none})), {logits})[0].to_vector<double>();
    for (std::size_t c = 0; c < 4; ++c) CHECK(rule[c] == doctest::Approx(exact[c]).epsilon(1e-14));
  }
}
