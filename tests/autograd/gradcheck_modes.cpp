// The checker's other methods, orders, dtypes, and code without tensors.
#include <doctest/doctest.h>

#include <cmath>

#include "gradcheck_test.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

// x^3, its gradient off by `error` everywhere, or at one element.
TensorFunction cube(double error, std::int64_t only = -1) {
  return with_rule([](const Tensor& x) { return x * x * x; },
                   [=](const Tensor& x, const Tensor& g) {
                     std::vector<double> factors(static_cast<std::size_t>(x.size()), only < 0 ? 1 + error : 1);
                     if (only >= 0) factors[static_cast<std::size_t>(only)] = 1 + error;
                     return g * x * x * 3 * from_span(factors, x.shape()).to(g.dtype());
                   });
}

const GradientTest* test_of(const GradientReport& r, const std::string& what, int order = 1) {
  for (const GradientTest& t : r.tests)
    if (t.what == what && t.order == order) return &t;
  return nullptr;
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("the Taylor remainder of a right gradient falls with h^3, of a wrong one with h") {
    const Tensor x = random_of({3, 4});
    const GradientReport right = check_gradients(cube(0), {x}, {.methods = CheckMethod::taylor});
    INFO(right.str());
    CHECK(right.ok());
    CHECK(right.checked == 0);
    REQUIRE(test_of(right, "taylor"));
    CHECK(test_of(right, "taylor")->found == doctest::Approx(3).epsilon(0.1));
    for (const double error : {1.0, 1e-3, 1e-6, 1e-7}) {
      const GradientReport wrong = check_gradients(cube(error), {x}, {.methods = CheckMethod::taylor});
      INFO(wrong.str());
      CHECK(wrong.verdict() == Verdict::fail);
      CHECK(test_of(wrong, "taylor")->found == doctest::Approx(1).epsilon(0.2));
    }
    CHECK(check_gradients([](In in) { return in[0] * 3; }, {x}, {.methods = CheckMethod::taylor}).ok());
  }

  TEST_CASE("the dot-product test passes what is right and sees one part in a million") {
    const Tensor x = random_of({3, 4});
    CHECK(check_gradients(cube(0), {x}, {.methods = CheckMethod::dot_product}).ok());
    CHECK(check_gradients(cube(1e-6), {x}, {.methods = CheckMethod::dot_product}).verdict() == Verdict::fail);
    CHECK(check_gradients(cube(1e-6, 7), {x}, {.methods = CheckMethod::dot_product}).verdict() == Verdict::fail);
  }

  TEST_CASE("all methods run in one call, at every order") {
    const GradientReport r = check_gradients(cube(0), {random_of({5})}, {.methods = CheckMethod::all});
    INFO(r.str());
    CHECK(r.ok());
    for (const int order : {1, 2}) {
      CHECK(test_of(r, "taylor", order));
      CHECK(test_of(r, "dot product", order));
    }
    CHECK(r.checked == 15);
  }

  TEST_CASE(
      "the fast mode sees one wrong element of 4,000 that is 2% off, twenty times of twenty, and states its power") {
    const Tensor x = random_of({40, 100});
    const GradcheckOptions fast{.order = 1, .methods = CheckMethod::fast};
    const GradientReport right = check_gradients(cube(0), {x}, fast);
    INFO(right.str());
    CHECK(right.ok());
    CHECK(right.checked == 64);
    REQUIRE(test_of(right, "power"));
    CHECK(test_of(right, "power")->found > 0.98);
    CHECK(test_of(right, "power")->text.find("one wrong element of 4000, 2% off, would be seen with probability") == 0);
    for (int n = 0; n < 20; ++n) CHECK(check_gradients(cube(0.02, 199 * n + 7), {x}, fast).verdict() == Verdict::fail);
  }

  TEST_CASE("a stated power is what is found: of elements at random, as many are seen as it says") {
    // elements from 1 to 1e-14: most errors of 2% drown in the largest
    std::vector<double> values(60);
    for (std::size_t e = 0; e < values.size(); ++e) values[e] = std::pow(10, -static_cast<double>(e) / 8);
    const Tensor x = from_span(values, {60});
    const GradcheckOptions fast{.order = 1, .methods = CheckMethod::fast, .samples = 0};
    const auto summed = [](const TensorFunction& f) { return [f](In in) { return sum(f(in)); }; };
    const double power = test_of(check_gradients(summed(cube(0)), {x}, fast), "power")->found;
    int seen = 0;
    for (int e = 0; e < 60; ++e) seen += check_gradients(summed(cube(0.02, e)), {x}, fast).verdict() == Verdict::fail;
    INFO("stated ", power, ", seen ", seen, " of 60");
    CHECK(power > 0.1);
    CHECK(power < 0.9);
    CHECK(seen >= static_cast<int>(power * 60));
  }

  TEST_CASE("mixed derivatives of any order are checked for every ordered pair of inputs") {
    const auto f = [](In in) { return in[0] * exp(in[1]); };
    const GradientReport r = check_gradients(f, {random_of({2}), random_of({2})}, {.order = 3, .names = {"a", "b"}});
    INFO(r.str());
    CHECK(r.ok());
    for (const char* function : {"df/da", "df/db"})
      for (const char* by : {"a", "b", "seed"})
        CHECK(std::any_of(r.blocks.begin(), r.blocks.end(),
                          [&](const GradientBlock& b) { return b.function == function && b.input_name == by; }));
    CHECK(test_of(r, "symmetry", 2));
    CHECK(test_of(r, "symmetry", 3));
  }

  TEST_CASE("mixed derivatives that depend on their order fail the symmetry test") {
    // f = a*b, the rule of a hides b: d2f/dadb is 0, d2f/dbda is 1
    const auto f = [](In in) {
      return Tensor(record("product", {in[0], in[1]}, {stop_gradient(in[0]) * stop_gradient(in[1])},
                           keep::input(0) | keep::input(1), [](const Node& n, const Cotangents& g) {
                             return Tensors{g[0] * stop_gradient(n.input(1)), g[0] * n.input(0)};
                           }));
    };
    const GradientReport r = check_gradients(f, {random_of({2}), random_of({2}, -2, 2, 9)});
    INFO(r.str());
    CHECK(r.verdict() == Verdict::fail);
    CHECK(test_of(r, "symmetry", 2)->verdict == Verdict::fail);
  }

  TEST_CASE("f16, bf16 and f32 functions are compared with differences in f64") {
    const auto f = [](In in) { return cross_entropy(in[0].to(DType::f32), softmax(in[1].to(DType::f32))); };
    const auto wide = [](In in) {
      const DType d = in[0].dtype() == DType::f64 ? DType::f64 : DType::f32;
      return cross_entropy(in[0].to(d), softmax(in[1].to(d)));
    };
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32}) {
      const GradientReport r =
          check_gradients(wide, {random_of({2, 3}).to(dtype), random_of({2, 3}, -2, 2, 5).to(dtype)});
      INFO(r.str());
      CHECK(r.ok());
      CHECK(r.precision == std::string(name(dtype)) + ", against differences in f64");
    }
    // f casts f64 to f32: differences are f32's, whatever goes in
    const GradientReport cast = check_gradients(f, {random_of({2, 3}), random_of({2, 3}, -2, 2, 5)});
    INFO(cast.str());
    CHECK(cast.verdict() != Verdict::fail);
  }

  TEST_CASE("a function that captured f32 tensors is differenced in f32, which the report says") {
    const Tensor w = random_of({3, 4}, -2, 2, 5).to(DType::f32);
    const auto f = [w](In in) { return tanh(in[0] * w); };
    const GradientReport r = check_gradients(f, {random_of({3, 4}).to(DType::f32)});
    INFO(r.str());
    CHECK(r.ok());
    CHECK(r.precision == "f32, against differences of its own");
    REQUIRE(r.notes.size() == 1);
    CHECK(r.notes[0].find("f refuses f64 inputs") == 0);
    const auto wrong = [w](In in) { return tanh(in[0] * w) + stop_gradient(in[0]) * 0.1; };
    CHECK(check_gradients(wrong, {random_of({3, 4}).to(DType::f32)}).verdict() == Verdict::fail);
  }

  TEST_CASE("plain C++ code is checked through spans of double") {
    const std::vector<double> x = {0.3, -1.5, 2, 1e-6};
    const auto f = [](std::span<const double> v) { return v[0] * v[1] + std::exp(v[2]) + v[3] * v[3]; };
    const auto gradient = [](std::span<const double> v, std::span<double> g) {
      g[0] = v[1], g[1] = v[0], g[2] = std::exp(v[2]), g[3] = 2 * v[3];
    };
    const GradientReport right = check_gradients(f, gradient, x, {.methods = CheckMethod::all});
    INFO(right.str());
    CHECK(right.ok());
    CHECK(right.checked == 4);
    const auto wrong = [&](std::span<const double> v, std::span<double> g) { gradient(v, g), g[2] *= 1 + 1e-6; };
    const GradientReport found = check_gradients(f, wrong, x, {.names = {"weights"}});
    CHECK(found.verdict() == Verdict::fail);
    CHECK(found.worst.input_name == "weights");
    CHECK(found.worst.index == std::vector<std::int64_t>{2});
    CHECK(found.worst.relative == doctest::Approx(1e-6).epsilon(1e-3));
  }

  TEST_CASE("at the edge of f's domain differences are taken on the inner side") {
    const auto f = [](In in) {
      for (const double v : in[0].to_vector<double>())
        if (v < 0) throw std::runtime_error("negative");
      return exp(in[0]) * in[0];
    };
    const GradientReport r = check_gradients(f, {tensor({0.0, 1.0, 1e-9})});
    INFO(r.str());
    CHECK(r.ok());
    CHECK(r.kinks == 0);
  }

  TEST_CASE("what is not a number, or infinite, is never a pass nor a failure of its own") {
    const GradientReport nan = check_gradients([](In in) { return log(in[0]) * in[0]; }, {tensor({-1.0, 2.0})});
    INFO(nan.str());
    CHECK(nan.verdict() != Verdict::fail);
    const GradientReport pole = check_gradients([](In in) { return sqrt(in[0]); }, {tensor({0.0, 2.0})}, {.order = 1});
    INFO(pole.str());
    CHECK(pole.verdict() == Verdict::inconclusive);
    CHECK(pole.inconclusive == 1);
  }
}
