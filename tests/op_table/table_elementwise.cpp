// Rows of ops/elementwise.h.
#include "logitape/ops/elementwise.h"

#include <limits>

#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

const Shapes large_pair{large_matrix, {521, 1}};  // broadcast along the inner axis

struct Unary {
  const char* op;
  Tensor (*call)(const Tensor&);
  Domain domain;
  Tolerance tolerance;
};

void add_functions(std::vector<Row>& rows) {
  constexpr const char* kernel =
      "the kernel's own bound (tests/kernels/transcendental.cpp), of targets without fused multiply-add";
  const Unary functions[] = {
      {"neg", neg, {}, same_bits()},
      {"abs", abs, away_from({0}), same_bits()},
      {"sign", sign, away_from({0}), same_bits()},
      {"square", square, {}, rounded_once()},
      {"exp", exp, between(-5, 5), within(1, kernel)},
      {"log", log, between(0.2, 5), within(1, kernel)},
      {"log1p", log1p, between(-0.8, 4), within(1, kernel)},
      {"expm1", expm1, between(-4, 4), within(1.1, kernel)},
      {"sqrt", sqrt, between(0.2, 5), rounded_once()},
      {"sin", sin, between(-6, 6), within(1, kernel)},
      {"cos", cos, between(-6, 6), within(1, kernel)},
      {"tanh", tanh, between(-3, 3), within(2.5, kernel)},
      {"sigmoid", sigmoid, between(-6, 6), within(2.5, kernel)},
      {"erf", erf, between(-3, 3), within(1.5, kernel)},
      {"erfc", erfc, between(-2, 3), within(5.5, kernel)},
      {"relu", relu, away_from({0}), same_bits()},
      {"gelu", gelu, between(-4, 4), within(5.5, kernel)},
      {"silu", silu, between(-6, 6), within(3.5, kernel)},
  };
  for (const Unary& f : functions)
    rows.push_back({f.op,
                    "",
                    [call = f.call](In x) { return call(x[0]); },
                    {{f.domain}},
                    unary_shapes(),
                    {large_matrix},
                    f.tolerance});
  rows.push_back({"clamp",
                  "",
                  [](In x) { return clamp(x[0], -0.5, 1); },
                  {{away_from({-0.5, 1})}},
                  unary_shapes(),
                  {large_matrix}});
  rows.push_back({"operator-", "-x", [](In x) { return -x[0]; }, {{}}, unary_shapes(), {large_matrix}});
}

// long: a table
void add_arithmetic(std::vector<Row>& rows) {
  const Tolerance power = within(1.5, "the kernel's own bound (tests/kernels/transcendental.cpp)");
  const Domain nonzero = away_from({0}, -3, 3, 0.4), positive = between(0.3, 3);
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  const auto two = [&](const char* op, Binary f, Domain a, Domain b, Tolerance t) {
    const bool kinks = a.kind == Domain::Kind::distinct;
    rows.push_back({op,
                    "two tensors",
                    [f](In x) { return f(x[0], x[1]); },
                    {{a}, {b}},
                    kinks ? small_binary_shapes() : binary_shapes(),
                    large_pair,
                    t});
  };
  two("add", add, {}, {}, rounded_once());
  two("sub", sub, {}, {}, rounded_once());
  two("mul", mul, {}, {}, rounded_once());
  two("div", div, {}, nonzero, rounded_once());
  two("pow", pow, positive, {}, power);
  two("maximum", maximum, distinct(), distinct(), same_bits());
  two("minimum", minimum, distinct(), distinct(), same_bits());

  const auto one = [&](const char* op, const char* variant, std::function<Tensor(In)> f, Domain x, Tolerance t) {
    rows.push_back({op, variant, std::move(f), {{std::move(x)}}, unary_shapes(), {large_matrix}, t});
  };
  one(
      "add", "x, number", [](In x) { return add(x[0], 1.5); }, {}, rounded_once());
  one(
      "sub", "x, number", [](In x) { return sub(x[0], 0.75); }, {}, rounded_once());
  one(
      "sub", "number, x", [](In x) { return sub(0.75, x[0]); }, {}, rounded_once());
  one(
      "mul", "x, number", [](In x) { return mul(x[0], -1.25); }, {}, rounded_once());
  one(
      "div", "x, number", [](In x) { return div(x[0], 3); }, {}, rounded_once());
  one(
      "div", "number, x", [](In x) { return div(2, x[0]); }, nonzero, rounded_once());
  one(
      "pow", "x, number", [](In x) { return pow(x[0], 2.5); }, positive, power);
  one(
      "pow", "x of either sign, 3", [](In x) { return pow(x[0], 3); }, nonzero, power);
  one(
      "pow", "number, x", [](In x) { return pow(1.7, x[0]); }, {}, power);
  one(
      "maximum", "x, number", [](In x) { return maximum(x[0], 0.5); }, away_from({0.5}), same_bits());
  one(
      "minimum", "x, number", [](In x) { return minimum(x[0], 0.5); }, away_from({0.5}), same_bits());

  two(
      "operator+", [](const Tensor& a, const Tensor& b) { return a + b; }, {}, {}, rounded_once());
  two(
      "operator-", [](const Tensor& a, const Tensor& b) { return a - b; }, {}, {}, rounded_once());
  two(
      "operator*", [](const Tensor& a, const Tensor& b) { return a * b; }, {}, {}, rounded_once());
  two(
      "operator/", [](const Tensor& a, const Tensor& b) { return a / b; }, {}, nonzero, rounded_once());
  one(
      "operator+", "x + int", [](In x) { return x[0] + 2; }, {}, rounded_once());
  one(
      "operator+", "float + x", [](In x) { return 1.5f + x[0]; }, {}, rounded_once());
  one(
      "operator-", "x - int", [](In x) { return x[0] - 2; }, {}, rounded_once());
  one(
      "operator-", "float - x", [](In x) { return 1.5f - x[0]; }, {}, rounded_once());
  one(
      "operator*", "x * int", [](In x) { return x[0] * 3; }, {}, rounded_once());
  one(
      "operator*", "double * x", [](In x) { return -0.25 * x[0]; }, {}, rounded_once());
  one(
      "operator/", "x / int", [](In x) { return x[0] / 3; }, {}, rounded_once());
  one(
      "operator/", "long / x", [](In x) { return 2l / x[0]; }, nonzero, rounded_once());
}

// Of every dtype of integers with every other, and of booleans where those are compared: full of numbers that overflow.
// long: a table
void add_integers(std::vector<Row>& rows) {
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  constexpr DType dtypes[] = {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64, DType::boolean};
  const auto any = [](DType d) {
    return Input{d == DType::boolean ? truth()
                                     : visit_index(d,
                                                   []<class T>() {
                                                     return between(static_cast<double>(std::numeric_limits<T>::min()),
                                                                    static_cast<double>(std::numeric_limits<T>::max()));
                                                   }),
                 Flow::none, d};
  };
  const auto text = [](DType d) { return std::string(name(d)); };
  const auto pairs = [&](const char* op, Binary f, bool booleans) {
    for (const DType a : dtypes)
      for (const DType b : dtypes)
        if (booleans ? a != b : a != DType::boolean && b != DType::boolean)
          rows.push_back({op,
                          text(a) + " and " + text(b),
                          [f](In x) { return f(x[0], x[1]); },
                          {any(a), any(b)},
                          binary_shapes(),
                          large_pair,
                          same_bits(),
                          {DType::f32},
                          b == DType::i16});
  };
  pairs("add", add, false);
  pairs("sub", sub, false);
  pairs("mul", mul, false);
  pairs("maximum", maximum, false);
  pairs("minimum", minimum, false);
  pairs("equal", equal, true);
  pairs("not_equal", not_equal, true);
  pairs("less", less, true);
  pairs("less_equal", less_equal, true);
  pairs("greater", greater, true);
  pairs("greater_equal", greater_equal, true);
  for (const DType d : dtypes) {
    if (d == DType::boolean) continue;
    const auto one = [&](const char* op, const std::string& variant, std::function<Tensor(In)> f) {
      rows.push_back(
          {op, text(d) + variant, std::move(f), {any(d)}, unary_shapes(), {large_matrix}, same_bits(), {DType::f32}});
    };
    one("neg", "", [](In x) { return neg(x[0]); });
    one("abs", "", [](In x) { return abs(x[0]); });
    one("square", "", [](In x) { return square(x[0]); });
    one("operator-", " -x", [](In x) { return -x[0]; });
    one("operator+", " + 100", [](In x) { return x[0] + 100; });
    one("operator-", " - 100", [](In x) { return x[0] - 100; });
    one("operator-", " 100 - x", [](In x) { return 100 - x[0]; });
    one("operator*", " * 3", [](In x) { return x[0] * 3; });
    one("maximum", ", 5", [](In x) { return maximum(x[0], 5); });
    one("minimum", ", 5", [](In x) { return minimum(x[0], 5); });
    const std::vector<Shapes> three = {{{}, {}, {}}, {{0}, {1}, {1}}, {{5}, {5}, {5}}, {{3, 1}, {2}, {1, 2}}};
    rows.push_back({"where",
                    text(d) + " or i16",
                    [](In x) { return where(x[0], x[1], x[2]); },
                    {constant(truth()), any(d), any(DType::i16)},
                    three,
                    {large_matrix, large_matrix, {509}},
                    same_bits(),
                    {DType::f32}});
  }
}

// long: a table
void add_choices(std::vector<Row>& rows) {
  const std::vector<Shapes> three = {{{}, {}, {}},
                                     {{0}, {1}, {1}},
                                     {{5}, {5}, {5}},
                                     {{3, 1}, {2}, {1, 2}},
                                     {{2}, {3, 1}, {}},
                                     {{1, 3}, {2, 1}, {2, 3}},
                                     {{2, 1, 1}, {2, 1, 1, 3, 1}, {1, 2}}};
  rows.push_back({"where",
                  "three tensors",
                  [](In x) { return where(x[0], x[1], x[2]); },
                  {constant(truth()), {}, {}},
                  three,
                  {large_matrix, large_matrix, {509}},
                  same_bits(),
                  every_dtype()});
  rows.push_back({"where",
                  "condition, x, number",
                  [](In x) { return where(x[0], x[1], 1); },
                  {constant(truth()), {}},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  every_dtype()});
  rows.push_back({"where",
                  "condition, number, x",
                  [](In x) { return where(x[0], 0, x[1]); },
                  {constant(truth()), {}},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  every_dtype()});
  rows.push_back({"where_positive",
                  "",
                  [](In x) { return where_positive(x[0], x[1]); },
                  {constant(away_from({0})), {}},
                  binary_shapes(),
                  large_pair});

  // of integers in [-3, 3]: many pairs are equal
  using Compare = Tensor (*)(const Tensor&, const Tensor&);
  using CompareNumber = Tensor (*)(const Tensor&, const Scalar&);
  struct Comparison {
    const char* op;
    Compare two;
    CompareNumber number;
    std::vector<DType> dtypes = every_dtype();
  };
  std::vector<DType> ordered = every_dtype();  // booleans are not, beside a number
  std::erase(ordered, DType::boolean);
  const Comparison comparisons[] = {{"equal", equal, equal},
                                    {"not_equal", not_equal, not_equal},
                                    {"less", less, less, ordered},
                                    {"less_equal", less_equal, less_equal, ordered},
                                    {"greater", greater, greater, ordered},
                                    {"greater_equal", greater_equal, greater_equal, ordered}};
  static constexpr auto rounded = [](const Tensor& t) { return t.to(DType::i8).to(t.dtype()); };
  const auto f2 = [](Compare f) { return [f](In x) { return f(rounded(x[0]), rounded(x[1])); }; };
  for (const Comparison& c : comparisons) {
    rows.push_back({c.op,
                    "two tensors",
                    f2(c.two),
                    {constant(between(-3, 3)), constant(between(-3, 3))},
                    binary_shapes(),
                    large_pair,
                    same_bits(),
                    every_dtype()});
    rows.push_back({c.op,
                    "x, number",
                    [f = c.number](In x) { return f(rounded(x[0]), 1); },
                    {constant(between(-3, 3))},
                    unary_shapes(),
                    {large_matrix},
                    same_bits(),
                    c.dtypes});
  }
  const auto two = [&](const char* op, Compare f) {
    rows.push_back({op,
                    "two tensors",
                    f2(f),
                    {constant(between(-3, 3)), constant(between(-3, 3))},
                    binary_shapes(),
                    large_pair,
                    same_bits(),
                    every_dtype()});
  };
  const auto one = [&](const char* op, const char* variant, Tensor (*f)(const Tensor&)) {
    rows.push_back({op,
                    variant,
                    [f](In x) { return f(rounded(x[0])); },
                    {constant(between(-3, 3))},
                    unary_shapes(),
                    {large_matrix},
                    same_bits(),
                    ordered});
  };
  two("operator<", [](const Tensor& a, const Tensor& b) { return a < b; });
  two("operator<=", [](const Tensor& a, const Tensor& b) { return a <= b; });
  two("operator>", [](const Tensor& a, const Tensor& b) { return a > b; });
  two("operator>=", [](const Tensor& a, const Tensor& b) { return a >= b; });
  one("operator<", "x < int", [](const Tensor& x) { return x < 1; });
  one("operator<", "float < x", [](const Tensor& x) { return 1.f < x; });
  one("operator<=", "x <= double", [](const Tensor& x) { return x <= 1.0; });
  one("operator<=", "int <= x", [](const Tensor& x) { return 1 <= x; });
  one("operator>", "x > int", [](const Tensor& x) { return x > 1; });
  one("operator>", "double > x", [](const Tensor& x) { return 1.0 > x; });
  one("operator>=", "x >= float", [](const Tensor& x) { return x >= 1.f; });
  one("operator>=", "long >= x", [](const Tensor& x) { return 1l >= x; });
  const std::vector<DType> boolean = {DType::boolean};
  rows.push_back({"logical_and",
                  "",
                  [](In x) { return logical_and(x[0], x[1]); },
                  {constant(truth()), constant(truth())},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  boolean});
  rows.push_back({"logical_or",
                  "",
                  [](In x) { return logical_or(x[0], x[1]); },
                  {constant(truth()), constant(truth())},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  boolean});
  rows.push_back({"operator&",
                  "",
                  [](In x) { return x[0] & x[1]; },
                  {constant(truth()), constant(truth())},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  boolean});
  rows.push_back({"operator|",
                  "",
                  [](In x) { return x[0] | x[1]; },
                  {constant(truth()), constant(truth())},
                  binary_shapes(),
                  large_pair,
                  same_bits(),
                  boolean});
  rows.push_back({"logical_not",
                  "",
                  [](In x) { return logical_not(x[0]); },
                  {constant(truth())},
                  unary_shapes(),
                  {large_matrix},
                  same_bits(),
                  boolean});
  rows.push_back({"operator!",
                  "",
                  [](In x) { return !x[0]; },
                  {constant(truth())},
                  unary_shapes(),
                  {large_matrix},
                  same_bits(),
                  boolean});
  rows.push_back({"operator~",
                  "",
                  [](In x) { return ~x[0]; },
                  {constant(truth())},
                  unary_shapes(),
                  {large_matrix},
                  same_bits(),
                  boolean});
}

}  // namespace

void add_elementwise(std::vector<Row>& rows) {
  add_functions(rows);
  add_arithmetic(rows);
  add_integers(rows);
  add_choices(rows);
}

}  // namespace logitape::tests
