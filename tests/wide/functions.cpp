// Double-double arithmetic and functions: against mpmath's values (functions_table.h), C's special values, and what
// integers are.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "logitape/backends/wide/functions.h"
#include "tests/support/numbers.h"
#include "tests/support/ulp.h"
#include "tests/wide/functions_table.h"

using namespace logitape::backends::wide;
using namespace logitape::tests;

namespace {

using Function = Double2 (*)(Double2);
struct Unary {
  Function wide;
  long double (*plain)(long double);
  double low, high;  // where both are tried
};
const std::map<std::string, Unary> functions = {
    {"exp", {exp, std::exp, -746, 710}},
    {"expm1", {expm1, std::expm1, -50, 710}},
    {"log", {log, std::log, 0, 30}},
    {"log1p", {log1p, std::log1p, -1, 5}},
    {"sin", {sin, std::sin, -1000, 1000}},
    {"cos", {cos, std::cos, -1000, 1000}},
    {"cosh", {cosh, std::cosh, -711, 711}},
    {"tanh", {tanh, std::tanh, -25, 25}},
    {"sigmoid", {sigmoid, [](long double x) { return 1 / (1 + std::exp(-x)); }, -746, 50}},
    {"erf", {erf, std::erf, -7, 7}},
    {"erfc", {erfc, std::erfc, -7, 27.3}},
    {"sqrt", {sqrt, std::sqrt, 0, 9}},
};
const std::map<std::string, Double2 (*)(Double2, Double2)> operations = {
    {"add", [](Double2 x, Double2 y) { return x + y; }},
    {"mul", [](Double2 x, Double2 y) { return x * y; }},
    {"div", [](Double2 x, Double2 y) { return x / y; }},
    {"pow", pow},
};

Double2 value_of(const Known& k) {
  const Double2 x{k.x[0], k.x[1]}, y{k.y[0], k.y[1]};
  const auto f = functions.find(k.function);
  return f != functions.end() ? f->second.wide(x) : operations.at(k.function)(x, y);
}

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("double-double functions are mpmath's to 2e-31, pow to 1e-28, and hold what lacks of 1 to its last digit") {
  std::map<std::string, double> worst, worst_tail;
  for (const Known& k : known) {
    INFO(k.function, "(", k.x[0], " + ", k.x[1], ", ", k.y[0], ")");
    const Double2 got = value_of(k);
    const double error = std::fabs(((got.hi - k.want[0]) + (got.lo - k.want[1])) - k.want[2]);
    // 16 units of 2^-106; pow's is y*log(x) times as large, up to 745. Below 1e-290 low parts are subnormal.
    const double bound = (std::string(k.function) == "pow" ? 1e-28 : 2e-31) * std::fabs(k.want[0]) + 1e-322;
    CHECK(error <= bound);
    CHECK(got.hi == got.hi + got.lo);
    if (std::fabs(k.want[0]) > 1e-290) worst[k.function] = std::max(worst[k.function], error / std::fabs(k.want[0]));
    const double tail = std::fabs((std::fabs(k.want[0]) - 1) + std::copysign(k.want[1], k.want[0] * k.want[1]));
    if (tail == 0 || tail > 0x1p-53 || std::string(k.function) == "log") continue;
    CHECK(error <= 0x1p-52 * tail + 1e-322);  // lo is a double
    worst_tail[k.function] = std::max(worst_tail[k.function], error / tail);
  }
  CHECK(worst.size() == functions.size() + operations.size());
  for (const auto& [name, error] : worst) MESSAGE(name, ": ", error, ", of what lacks of 1: ", worst_tail[name]);
}

TEST_CASE("the high part of every function is long double's value, to an ULP, over its range") {
  for (const auto& entry : functions) {
    const Unary& f = entry.second;
    INFO(entry.first);
    for (const double u : numbers<double>(3000, 5)) {
      const double x = f.low + (f.high - f.low) * (u + 1) / 2;
      CAPTURE(x);
      // half an ULP for rounding hi, and what x87 is off by
      CHECK(ulp_error(f.wide(x).hi, f.plain(static_cast<long double>(x))) <= 1);
    }
  }
}

TEST_CASE("special values are C's: infinities, NaN, zeros with their sign, the largest and the smallest numbers") {
  const auto same = [](double a, double b) {
    return std::isnan(b) ? std::isnan(a) : a == b && std::signbit(a) == std::signbit(b);
  };
  const double odd[] = {infinity, -infinity, not_a_number,           0.0,    -0.0, 5e-324, -5e-324,
                        1e-310,   0x1p-1022, 1.7976931348623157e308, -1e300, 1,    -1};
  for (const auto& entry : functions) {
    const Unary& f = entry.second;
    for (const double x : odd) {
      const double want = static_cast<double>(f.plain(static_cast<long double>(x)));
      INFO(entry.first, "(", x, ") = ", want);
      const Double2 got = f.wide(x);
      CHECK((same(got.hi, want) || (std::isfinite(want) && ulp_error(got.hi, static_cast<long double>(want)) <= 1)));
      if (want == 0 || !std::isfinite(want)) CHECK(same(got.hi, want));
      if (!std::isfinite(want)) CHECK(got.lo == 0);
    }
  }
  for (const double x : odd)
    for (const double y :
         {infinity, -infinity, not_a_number, 0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 0.5, -2.5, 1e300, -1e300}) {
      INFO("pow(", x, ", ", y, ")");
      const double power = pow(Double2(x), Double2(y)).hi;
      CHECK((same(power, std::pow(x, y)) ||
             ulp_error(power, std::pow(static_cast<long double>(x), static_cast<long double>(y))) <= 1));
      INFO("and + - * /");
      CHECK(same((Double2(x) + y).hi, x + y));
      CHECK(same((Double2(x) - y).hi, x - y));
      CHECK(same((Double2(x) * y).hi, x * y));
      CHECK(same((Double2(x) / y).hi, x / y));
    }
}

TEST_CASE("integers of 64 bits are exact, and come back; what lies between them is cut toward zero") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t i :
       {least, least + 1, most, most - 1, std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, std::int64_t{-1}}) {
    CHECK(static_cast<std::int64_t>(Double2(i)) == i);
    CHECK(Double2(i) == Double2(i - (i > 0)) + (i > 0));
  }
  CHECK(Double2(most) < Double2(0x1p63));
  const Double2 below_three{3, -1e-20}, above_three{3, 1e-20};
  CHECK((static_cast<std::int64_t>(below_three) == 2 && static_cast<std::int64_t>(above_three) == 3));
  CHECK((static_cast<std::int64_t>(-below_three) == -2 && static_cast<std::int64_t>(-above_three) == -3));
  CHECK((below_three < 3 && above_three > 3 && below_three <= above_three && below_three != above_three));
}

TEST_CASE("a double-double is rounded once into a shorter format") {
  const double tie = 1 + 0x1p-24;  // between two floats; lo decides
  CHECK(static_cast<float>(odd_double({tie, 0x1p-80})) == 1 + 0x1p-23f);
  CHECK(static_cast<float>(odd_double({tie, -0x1p-80})) == 1);
  CHECK(static_cast<float>(odd_double({-tie, -0x1p-80})) == -1 - 0x1p-23f);
  CHECK(static_cast<float>(odd_double({-tie, 0x1p-80})) == -1);
  CHECK(static_cast<float>(odd_double(tie)) == 1);
}
