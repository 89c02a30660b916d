// Derivative digits of ops/elementwise.h: functions of one number over all of its range, arithmetic of two.
#include "logitape/ops/elementwise.h"

#include "logitape/backends/oracle/transcendental.h"
#include "tests/op_table/derivative_digits.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

using Unary = Tensor (*)(const Tensor&);

const Real pi = std::acos(Real(-1));
Real density(Real x) { return oracle::bell(x) / std::sqrt(2 * pi); }  // phi

// Of every size, and closely where functions change: near 0, where f32 saturates, where f64 does.
std::vector<Point> everywhere(int octaves) {
  std::vector<Point> points;
  for (const auto& numbers :
       {numbers_of_every_size(octaves, 600), uniform_numbers(-3, 3, 500), uniform_numbers(-40, 40, 1500),
        uniform_numbers(-110, 110, 1000), uniform_numbers(-760, 760, 1500)})
    for (const double x : numbers) points.push_back({x});
  return points;
}
std::vector<Point> only(std::vector<Point> points, bool (*in)(double)) {
  std::erase_if(points, [in](const Point& p) { return !in(p[0]); });
  return points;
}
bool any(double) { return true; }
bool positive(double x) { return x > 0; }
bool above_minus_1(double x) { return x > -1; }
bool below_64(double x) { return std::fabs(x) < 64; }

}  // namespace

// long: a table
std::vector<DigitsRow> function_digits() {
  std::vector<DigitsRow> rows;
  const auto add = [&](const char* op, Unary f, std::function<Jet(const Jet&)> exact, bool (*in)(double) = any,
                       const char* exception = "", std::vector<Cancels> cancels = {}) {
    rows.push_back({op,
                    "",
                    [f](auto x) { return f(x[0]); },
                    [exact](const Jets& x) { return exact(x[0]); },
                    {0},
                    only(everywhere(120), in),
                    functions_goal,
                    functions_goal,
                    exception,
                    std::move(cancels)});
  };
  const auto with = [](Real (*value)(Real), Real (*first)(Real), Real (*second)(Real)) {
    return [=](const Jet& x) { return chain(x, value(x.v), first(x.v), second(x.v)); };
  };
  const auto zero = +[](Real) -> Real { return 0; };
  const auto one = +[](Real) -> Real { return 1; };
  const auto same = +[](Real x) -> Real { return x; };
  add("neg", neg, [](const Jet& x) { return -x; });
  add(
      "operator-", [](const Tensor& x) { return -x; }, [](const Jet& x) { return -x; });
  add("abs", abs, [](const Jet& x) { return x.v < 0 ? -x : x; });
  add("sign", sign, with(same, zero, zero));
  add("square", square, [](const Jet& x) { return x * x; });
  add("relu", relu, [](const Jet& x) { return x.v > 0 ? x : Jet(0); });
  add(
      "clamp", [](const Tensor& x) { return clamp(x, -0.5, 1); },
      [](const Jet& x) { return x.v >= -0.5L && x.v <= 1 ? x : Jet(0); });
  add("exp", exp, [](const Jet& x) { return exp(x); });
  add("expm1", expm1, [](const Jet& x) { return exp(x); });
  add(
      "log", log, [](const Jet& x) { return log(x); }, positive);
  add(
      "log1p", log1p, [](const Jet& x) { return log1p(x); }, above_minus_1);
  add(
      "sqrt", sqrt, [](const Jet& x) { return sqrt(x); }, positive);
  add("sin", sin,
      with(
          same, [](Real x) { return std::cos(x); }, [](Real x) { return -std::sin(x); }));
  add("cos", cos,
      with(
          same, [](Real x) { return -std::sin(x); }, [](Real x) { return -std::cos(x); }));
  add("tanh", tanh, [](const Jet& x) { return tanh(x); });
  add("sigmoid", sigmoid, [](const Jet& x) { return sigmoid(x); });
  add("erf", erf,
      with(
          one, [](Real x) { return 2 / std::sqrt(pi) * oracle::bell(x) * oracle::bell(x); },
          [](Real x) { return -4 / std::sqrt(pi) * x * oracle::bell(x) * oracle::bell(x); }),
      below_64);
  add("erfc", erfc,
      with(
          one, [](Real x) { return -2 / std::sqrt(pi) * oracle::bell(x) * oracle::bell(x); },
          [](Real x) { return 4 / std::sqrt(pi) * x * oracle::bell(x) * oracle::bell(x); }),
      below_64);
  const char* zeros = "near the zeros of either order terms cancel, and errors count in ULP of their size";
  add("gelu", gelu,
      with(
          one, [](Real x) { return oracle::gelu_slope(x); }, [](Real x) { return (2 - x * x) * density(x); }),
      below_64, zeros, {{1, -1.5, -0.2, 0.25L}, {2, 1.2, 1.7, 0.25L}, {2, -1.7, -1.2, 0.25L}});
  add("silu", silu,
      with(
          one, [](Real x) { return oracle::silu_slope(x); },
          [](Real x) {
            const Real s = sigmoid(Jet(x)).v * sigmoid(Jet(-x)).v;
            return s * (2 - x * std::tanh(x / 2));
          }),
      any, zeros, {{1, -2, -0.8, 0.25L}, {2, 1.5, 3.5, 0.125L}, {2, -3.5, -1.5, 0.125L}});
  return rows;
}

// long: a table
std::vector<DigitsRow> arithmetic_digits() {
  std::vector<DigitsRow> rows;
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  using Exact = Jet (*)(const Jet&, const Jet&);
  // numbers whose products, quotients and powers are numbers of f32 too
  std::vector<Point> pairs, powers;
  const auto a = numbers_of_every_size(20, 600), b = numbers_of_every_size(19, 600),
             bases = numbers_of_every_size(60, 600), near = uniform_numbers(-2, 2, 600);
  for (std::size_t i = 0; i < a.size(); ++i) {
    pairs.push_back({a[i], b[i]});
    // whole exponents, of which 1 can be taken, tiny ones and others; bases near 1 with large ones
    const double exponents[] = {1.0 + static_cast<double>(i % 3), near[i] * 1e-3, near[i] / 2, near[i] * 40};
    const double base = i % 4 == 3 ? 1 + near[i / 2] / 8 : std::fabs(bases[i]);
    const double logarithm = exponents[i % 4] * std::log2(base);
    if (std::fabs(1 + logarithm * std::log(2)) > 0.25 && std::fabs(logarithm) < 120)
      powers.push_back({base, exponents[i % 4]});
  }
  const auto row = [&](const char* op, Binary f, Exact exact, const std::vector<Point>& points) {
    rows.push_back({op,
                    "",
                    [f](auto x) { return f(x[0], x[1]); },
                    [exact](const Jets& x) { return exact(x[0], x[1]); },
                    {0, 0},
                    points,
                    functions_goal,
                    functions_goal});
  };
  const Exact plus = [](const Jet&x, const Jet&y) { return x + y; },
              minus = [](const Jet&x, const Jet&y) { return x - y; };
  const Exact times = [](const Jet&x, const Jet&y) { return x * y; },
              over = [](const Jet&x, const Jet&y) { return x / y; };
  row("add", add, plus, pairs);
  row("sub", sub, minus, pairs);
  row("mul", mul, times, pairs);
  row("div", div, over, pairs);
  row(
      "operator+", [](const Tensor& x, const Tensor& y) { return x + y; }, plus, pairs);
  row(
      "operator-", [](const Tensor& x, const Tensor& y) { return x - y; }, minus, pairs);
  row(
      "operator*", [](const Tensor& x, const Tensor& y) { return x * y; }, times, pairs);
  row(
      "operator/", [](const Tensor& x, const Tensor& y) { return x / y; }, over, pairs);
  row(
      "maximum", maximum, [](const Jet& x, const Jet& y) { return x.v > y.v ? x : y; }, pairs);
  row(
      "minimum", minimum, [](const Jet& x, const Jet& y) { return x.v < y.v ? x : y; }, pairs);
  // Away from 1 + y*log(x) = 0, where the mixed derivative is 0. And only where x^y is normal: log(x) multiplies what a
  // subnormal one lost.
  row(
      "pow", pow,
      [](const Jet& x, const Jet& y) {
        const Real l = std::log(x.v), p = std::pow(x.v, y.v), less = std::pow(x.v, y.v - 1), by_x = y.v * less,
                   by_y = p * l;
        const Real xx = y.v * (y.v - 1) * std::pow(x.v, y.v - 2), xy = less * (1 + y.v * l), yy = p * l * l;
        return Jet(p, by_x * x.a + by_y * y.a, by_x * x.b + by_y * y.b,
                   xx * x.a * x.b + xy * (x.a * y.b + y.a * x.b) + yy * y.a * y.b);
      },
      powers);
  return rows;
}

}  // namespace logitape::tests
