// Where the function itself is ordinary and its place is not: results of 0, numbers beside much larger ones, jumps that
// lie closer than the first steps, inputs whose next number is another turn. On plain numbers, where double-double
// does not help.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "gradcheck_test.h"
#include "logitape/autograd/custom_op.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

using Function = double (*)(double);

// f and k times its derivative, element by element.
TensorFunction plain(Function f, Function derivative, double k = 1) {
  const auto each = [](const Tensor& x, auto g) {
    std::vector<double> v = x.to_vector<double>();
    for (double& d : v) d = g(d);
    return from_span(v, x.shape());
  };
  const auto op = custom_op(
      "plain", [=](TensorList x) { return each(x[0], f); },
      [=](TensorList x, TensorList, TensorList g) {
        return Tensors{g[0] * each(x[0], [&](double d) { return k * derivative(d); })};
      });
  return [op](In x) { return op(x); };
}

GradientReport checked(const TensorFunction& f, const Tensor& x) { return check_gradients(f, {x}, {.order = 1}); }

double minus_floor(double x) { return x - std::floor(x); }
double one(double) { return 1; }
double logarithm(double x) { return std::log(x); }
double reciprocal(double x) { return 1 / x; }

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("a smooth function is decided where its result is 0 too") {
    struct Case {
      Function f, derivative;
      double at;
    };
    const Case cases[] = {{logarithm, reciprocal, 1},
                          {[](double x) { return 2 * x - 1; }, [](double) { return 2.0; }, 0.5},
                          {[](double x) { return x * std::log(x); }, [](double x) { return 1 + std::log(x); }, 1},
                          {[](double x) { return (x - 3) * (x + 2); }, [](double x) { return 2 * x - 1; }, 3},
                          {minus_floor, one, 1234.5}};
    for (const Case& c : cases)
      for (const double k : {1.0, 1 + 1e-5, -1.0}) {
        const GradientReport r = checked(plain(c.f, c.derivative, k), tensor({c.at}));
        INFO(c.at, " times ", k, "\n", r.str());
        CHECK(r.verdict() == (k == 1 ? Verdict::pass : Verdict::fail));
      }
  }

  TEST_CASE("an element beside much larger ones is looked at from its own size") {
    for (const double small : {1e-3, 1e-10, 1e-100, 1e-150})
      for (const double k : {1.0, 0.0, -1.0, 2.0}) {
        const Function slope = [](double x) { return -1 / x / x; };
        const GradientReport r = checked(plain(reciprocal, slope, k), tensor({1.0, small}));
        INFO(small, " times ", k, "\n", r.str());
        CHECK(r.verdict() == (k == 1 ? Verdict::pass : Verdict::fail));
        const TensorFunction f = plain(reciprocal, slope, k);
        const GradientReport summed = checked([&](In x) { return sum(f(x)); }, tensor({1.0, small}));
        INFO(summed.str());
        CHECK(summed.verdict() != (k == 1 ? Verdict::fail : Verdict::pass));
      }
    // a slope above the largest number: infinite is as right as a rule can be
    CHECK(checked(plain(reciprocal, [](double x) { return -1 / x / x; }), tensor({1e-200, 1.0})).verdict() !=
          Verdict::fail);
    const TensorFunction f = plain([](double x) { return x * std::log(x); }, [](double x) { return 1 + std::log(x); });
    CHECK(checked([&](In x) { return sum(f(x)); }, tensor({1e-300, 1e-5})).verdict() != Verdict::fail);
  }

  TEST_CASE("jumps that lie closer than the first steps hide no slope") {
    for (const double at : {0.25, 1.0, 123.25, 1e4, 1e5, 1e6, 1e10})
      for (const double k : {1.0, 0.0, -1.0, 0.5}) {
        const GradientReport r = checked(plain(minus_floor, one, k), tensor({at}));
        INFO(at, " times ", k, "\n", r.str());
        CHECK(r.verdict() != (k == 1 ? Verdict::fail : Verdict::pass));
      }
  }

  TEST_CASE("where the next number is another turn, nothing is called wrong") {
    for (const double at : {1e8, 1e12, 1e15, 1e16, 1e100}) {
      const GradientReport r =
          checked(plain([](double x) { return std::sin(x); }, [](double x) { return std::cos(x); }), tensor({at}));
      INFO(at, "\n", r.str());
      CHECK(r.verdict() != Verdict::fail);
    }
  }

  TEST_CASE("a reason compares what rounding hides with the slope itself") {
    const GradientReport r =
        checked(plain([](double x) { return std::tanh(x); }, [](double x) { return 1 / std::cosh(x) / std::cosh(x); }),
                tensor({12.0}));
    REQUIRE(r.verdict() == Verdict::inconclusive);
    INFO(r.worst.reason);
    CHECK(r.worst.reason.find("and it is 2e-10 itself, of which 2e-16 has to be visible") != std::string::npos);
  }

  TEST_CASE("tolerances are parts of an element") {
    const double infinity = std::numeric_limits<double>::infinity();
    const auto f = [](In x) { return x[0] * 2; };
    for (const double bad : {-1.0, 1.0, infinity, std::nan("")}) {
      CHECK_THROWS_AS(check_gradients(f, {tensor({1.0})}, {.relative = bad}), Error);
      CHECK_THROWS_AS(check_gradients(f, {tensor({1.0})}, {.resolution = bad}), Error);
    }
  }

  TEST_CASE("a cast to x's own dtype inside of f makes no steps; a cast to a narrower one does") {
    const auto square = [](double k) {
      const auto narrow = [](const Tensor& x) { return x.to(DType::f32); };
      return custom_op(
          "square", [=](TensorList x) { return (narrow(x[0]) * narrow(x[0])).to(x[0].dtype()); },
          [=](TensorList x, TensorList, TensorList g) {
            return Tensors{(narrow(g[0]) * narrow(x[0]) * (2 * k)).to(x[0].dtype())};
          });
    };
    for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64})
      for (const double k : {1.0, 0.0, -1.0, 2.0, 1.25}) {
        const auto op = square(k);
        const GradientReport r =
            checked([op](In x) { return op(x); }, tensor({{0.5, -1.25, 2.0}, {-0.375, 0.75, 1.5}}).to(dtype));
        INFO(std::string(name(dtype)), " times ", k, "\n", r.str());
        if (dtype == DType::f64) CHECK(r.verdict() == Verdict::inconclusive);
        else CHECK(r.verdict() == (k == 1 ? Verdict::pass : Verdict::fail));
      }
    // made of ops, which double-double follows only as far as the cast
    const auto f = [](In x) { return (x[0].to(DType::f32) * x[0].to(DType::f32)).to(x[0].dtype()); };
    CHECK(check_gradients(f, {tensor({0.5f, -1.25f})}).ok());
    const GradientReport r = check_gradients(f, {tensor({0.5, -1.25})});
    INFO(r.str());
    CHECK(r.worst.reason.find("f moves in steps, as a cast to a narrower dtype makes it") == 0);
  }

  TEST_CASE(
      "ops of narrow inputs that compute in f32: right rules never fail, wrong ones never pass, with every method") {
    struct Case {
      Tensor (*f)(const Tensor&);
      Tensor (*derivative)(const Tensor&);
      std::vector<double> at;
    };
    const Case cases[] = {
        {[](const Tensor& x) { return tanh(x); },
         [](const Tensor& x) { return 4 * sigmoid(2 * x) * sigmoid(-2 * x); },
         {0.3, 1, 5, 8, -10, 20}},
        {[](const Tensor& x) { return sigmoid(x); },
         [](const Tensor& x) { return sigmoid(x) * sigmoid(-x); },
         {0, 1, 8, 20, -30, -80}},
        {[](const Tensor& x) { return exp(x); },
         [](const Tensor& x) { return exp(x); },
         {0, 1, -5, 4, 10}},  // 3*exp(10) is above f16's largest
        {[](const Tensor& x) { return x + 1e4; }, [](const Tensor& x) { return ones_like(x); }, {0.3, 1e-3}}};
    for (const Case& c : cases)
      for (const DType dtype : {DType::f16, DType::bf16, DType::f32})
        for (const double at : c.at)
          for (const double k : {1.0, 0.0, -1.0, 2.0}) {
            const auto op = custom_op(
                "narrow", [&](TensorList x) { return c.f(x[0].to(DType::f32)).to(x[0].dtype()); },
                [&](TensorList x, TensorList, TensorList g) {
                  return Tensors{(g[0].to(DType::f32) * c.derivative(x[0].to(DType::f32)) * k).to(x[0].dtype())};
                });
            const bool lost = c.derivative(tensor({at})).item<double>() <
                              (dtype == DType::f16 ? 0x1p-14 : 0x1p-100);  // 0, and k times 0
            for (const CheckMethod method : {CheckMethod::differences, CheckMethod::all, CheckMethod::fast}) {
              const auto f = [op](In x) { return op(x).to(DType::f64) * 3; };
              const GradientReport r = check_gradients(f, {tensor({at}).to(dtype)}, {.order = 1, .methods = method});
              INFO(std::string(name(dtype)), " at ", at, " times ", k, "\n", r.str());
              if (k == 1) CHECK(r.verdict() != Verdict::fail);
              else if (!lost) CHECK(r.verdict() != Verdict::pass);
            }
          }
  }
}
