// Derivatives without any difference: Im f(x + ih) / h with h = 1e-100 is f'(x) to the last bit or two, for f that
// takes complex numbers. The scalar oracles do. The rules, the loss's second ones too, and the checker's numbers are
// compared with them.
#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/oracle/cross_entropy.h"
#include "logitape/backends/oracle/transcendental.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;

namespace {

using Complex = std::complex<double>;
using Row = std::vector<Complex>;
constexpr double step = 1e-100;

// An op of one vector and its oracle; those of two inputs take halves of it.
struct Twin {
  const char* what;
  std::function<Tensor(const Tensor&)> op;
  std::function<Row(const Row&)> oracle;
  std::vector<double> at;
};

std::vector<double> between(double low, double high, int count = 13) {
  std::vector<double> v;
  v.reserve(static_cast<std::size_t>(count));
  for (int n = 0; n < count; ++n) v.push_back(low + (high - low) * (n + 0.5) / count);
  return v;
}
Tensor first(const Tensor& x) { return slice(x, {0}, {x.size() / 2}); }
Tensor second(const Tensor& x) { return slice(x, {x.size() / 2}, {x.size() / 2}); }
Row first(const Row& x) { return {x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2)}; }
Row second(const Row& x) { return {x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end()}; }

template <class F>
Twin one(const char* what, Tensor (*op)(const Tensor&), F oracle, double low = -3, double high = 3) {
  const auto each = [oracle](const Row& x) {
    Row y;
    for (const Complex& v : x) y.push_back(oracle(v));
    return y;
  };
  return {what, op, each, between(low, high)};
}

template <class Op, class F>
Twin two(const char* what, Op op, F oracle, double low = -3, double high = 3) {
  const auto each = [oracle](const Row& x) {
    Row y;
    for (std::size_t i = 0; i < x.size() / 2; ++i) y.push_back(oracle(x[i], x[x.size() / 2 + i]));
    return y;
  };
  std::vector<double> at = between(low, high, 6);
  for (const double b : {2.0, -0.7, 1.3, 0.4, -2.9, 0.9}) at.push_back(low > 0 ? std::fabs(b) : b);
  return {what, [op](const Tensor& x) { return op(first(x), second(x)); }, each, at};
}

template <class Op, class F>
Twin row(const char* what, Op op, F oracle) {
  return {what, op, oracle, {0.3, -1.2, 2.0, 0.7, -0.1}};
}

Tensor rows_loss(const Tensor& logits, const Tensor& labels) {
  return sum(cross_entropy(reshape(logits, {1, 4}), reshape(labels, {1, 4}), {.reduction = Reduction::none}));
}

// long: a table
std::vector<Twin> twins() {
  using C = Complex;
  namespace o = oracle;
  const auto alone = [](const C& y) { return Row{y}; };
  const std::vector<double> logits_and_labels = {0.3, -1.2, 2.0, 0.7, 0.1, 0.5, 1.2, 0.3};
  return {
      one("neg", neg, [](C x) { return o::neg(x); }),
      one(
          "abs", abs, [](C x) { return o::abs(x); }, -3, 3.2),
      one(
          "sign", sign, [](C x) { return o::sign(x); }, -3, 3.2),
      one(
          "sqrt", sqrt, [](C x) { return o::sqrt(x); }, 0.01, 9),
      one(
          "relu", relu, [](C x) { return o::relu(x); }, -3, 3.2),
      one(
          "exp", exp, [](C x) { return o::exp(x); }, -6, 6),
      one(
          "log", log, [](C x) { return o::log(x); }, 0.05, 6),
      one(
          "log1p", log1p, [](C x) { return o::log1p(x); }, -0.9, 6),
      one(
          "expm1", expm1, [](C x) { return o::expm1(x); }, -6, 6),
      one(
          "sin", sin, [](C x) { return o::sin(x); }, -20, 20),
      one(
          "cos", cos, [](C x) { return o::cos(x); }, -20, 20),
      one(
          "tanh", tanh, [](C x) { return o::tanh(x); }, -6, 6),
      one(
          "sigmoid", sigmoid, [](C x) { return o::sigmoid(x); }, -6, 6),
      one("erf", erf, [](C x) { return o::erf(x); }),
      one("erfc", erfc, [](C x) { return o::erfc(x); }),
      one("gelu", gelu, [](C x) { return o::gelu(x); }),
      one(
          "silu", silu, [](C x) { return o::silu(x); }, -6, 6),
      {"clamp", [](const Tensor& x) { return clamp(x, -1, 1); },
       [](const Row& x) {
         Row y;
         for (const C& v : x) y.push_back(o::clamp(v, C(-1), C(1)));
         return y;
       },
       between(-3, 3)},
      two(
          "add", [](const Tensor& a, const Tensor& b) { return a + b; }, [](C a, C b) { return o::add(a, b); }),
      two(
          "sub", [](const Tensor& a, const Tensor& b) { return a - b; }, [](C a, C b) { return o::sub(a, b); }),
      two(
          "mul", [](const Tensor& a, const Tensor& b) { return a * b; }, [](C a, C b) { return o::mul(a, b); }),
      two(
          "div", [](const Tensor& a, const Tensor& b) { return a / b; }, [](C a, C b) { return o::div(a, b); }),
      two(
          "pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); }, [](C a, C b) { return o::pow(a, b); }, 0.2,
          3),
      two(
          "maximum", [](const Tensor& a, const Tensor& b) { return maximum(a, b); },
          [](C a, C b) { return o::maximum(a, b); }),
      two(
          "minimum", [](const Tensor& a, const Tensor& b) { return minimum(a, b); },
          [](C a, C b) { return o::minimum(a, b); }),
      two(
          "where a is positive",
          [](const Tensor& a, const Tensor& b) { return where(greater(a, 0.0), b, zeros(b.shape(), DType::f64)); },
          [](C a, C b) { return o::where_positive(a, b); }),
      row(
          "sum", [](const Tensor& x) { return sum(x); }, [=](const Row& x) { return alone(o::careful_sum(x)); }),
      row(
          "max", [](const Tensor& x) { return max(x); }, [=](const Row& x) { return alone(o::largest(x)); }),
      row(
          "min", [](const Tensor& x) { return min(x); }, [=](const Row& x) { return alone(o::smallest(x)); }),
      row(
          "logsumexp", [](const Tensor& x) { return logsumexp(x); },
          [=](const Row& x) { return alone(o::logsumexp(x)); }),
      row(
          "softmax", [](const Tensor& x) { return softmax(x); }, [](const Row& x) { return o::softmax(x); }),
      row(
          "log_softmax", [](const Tensor& x) { return log_softmax(x); },
          [](const Row& x) { return o::log_softmax(x); }),
      {"cross_entropy, into logits and labels", [](const Tensor& x) { return rows_loss(first(x), second(x)); },
       [=](const Row& x) { return alone(o::cross_entropy_loss(first(x), second(x))); }, logits_and_labels},
      {"the gradient of cross_entropy by logits, into both",
       [](const Tensor& x) {
         const Tensor logits = first(x);
         return grad(rows_loss(logits, second(x)), {logits}, {.create_graph = true})[0];
       },
       [](const Row& x) { return o::cross_entropy_gradient(first(x), second(x), false); }, logits_and_labels},
  };
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("the rules of every oracle that takes complex numbers are its complex-step derivatives") {
    int derivatives = 0;
    double largest = 0;
    std::string where;
    const std::vector<Twin> all = twins();
    for (const Twin& twin : all) {
      const Tensor x = variable(from_span(twin.at, {static_cast<std::int64_t>(twin.at.size())}));
      const Tensor y = twin.op(x);
      for (std::size_t r = 0; r < static_cast<std::size_t>(y.size()); ++r) {
        std::vector<double> seed(static_cast<std::size_t>(y.size()));
        seed[r] = 1;
        const auto rule =
            grad(y, {x}, {.seed = from_span(seed, y.shape()), .unreached = Unreached::zero})[0].to_vector<double>();
        for (std::size_t c = 0; c < rule.size(); ++c, ++derivatives) {
          Row moved(twin.at.begin(), twin.at.end());
          moved[c] += Complex(0, step);
          const double exact = twin.oracle(moved)[r].imag() / step;
          // the twins' complex formulas cancel: errors are in ULP of 1, the largest term, where the derivative is less
          const double off = std::fabs(rule[c] - exact) / (0x1p-52 * std::max(1.0, std::fabs(exact)));
          INFO(std::string(twin.what), ": d result ", r, " / d x[", c, "] at ", twin.at[c], ": ", rule[c],
               ", by complex step ", exact);
          CHECK(off <= 32);
          if (off > largest) largest = off, where = twin.what;
        }
      }
    }
    MESSAGE("complex step: ", all.size(), " oracles, ", derivatives, " derivatives, the largest difference ", largest,
            " ULP (", where, ")");
    CHECK(all.size() >= 30);
  }

  TEST_CASE("the checker's numbers are the complex-step derivatives, within their error bars") {
    const std::vector<double> x = {0.3, -1.2, 2.0, 0.7}, t = {0.1, 0.5, 1.2, 0.3};
    const Row labels(t.begin(), t.end());
    const auto value = [&](std::span<const double> at) {
      return oracle::cross_entropy_loss(Row(at.begin(), at.end()), labels).real();
    };
    const auto complex_step = [&](std::span<const double> at, std::span<double> g) {
      for (std::size_t c = 0; c < g.size(); ++c) {
        Row moved(at.begin(), at.end());
        moved[c] += Complex(0, step);
        g[c] = oracle::cross_entropy_loss(moved, labels).imag() / step;
      }
    };
    const GradientReport r = check_gradients(value, complex_step, x);
    INFO(r.str());
    CHECK(r.ok());
    CHECK(std::fabs(r.worst.analytic - r.worst.numeric) <=
          r.worst.error_bar + 4 * 0x1p-52 * std::fabs(r.worst.analytic));
    CHECK(r.worst.error_bar < 1e-10);
  }
}
