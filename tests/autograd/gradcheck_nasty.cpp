// The gradient checker on functions made to fool it: scales from 1e-300 to 1e300, jumps, edges, NaN, thousands of
// turns, results that have nothing to do with the inputs. A right rule is never failed, a wrong one never passed.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "gradcheck_test.h"
#include "logitape/autograd/backward.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

struct Nasty {
  std::string what;
  TensorFunction f;
  std::vector<Tensor> inputs;
  Verdict verdict;
  std::string says = {};  // a part of the report
  GradcheckOptions options = {};
};

using Unary = Tensor (*)(const Tensor&);

// f, whose derivative is slope(x), times `factor`.
TensorFunction ruled(Unary f, Unary slope, double factor) {
  return with_rule(f, [=](const Tensor& x, const Tensor& g) { return g * slope(x) * factor; });
}

Tensor turns(const Tensor& x) { return sin(x * 1e6); }
Tensor slope_of_turns(const Tensor& x) { return cos(x * 1e6) * 1e6; }
Tensor many_turns(const Tensor& x) { return sin(x * 1e9); }
Tensor slope_of_many_turns(const Tensor& x) { return cos(x * 1e9) * 1e9; }
Tensor huge(const Tensor& x) { return x * x * 1e300; }
Tensor slope_of_huge(const Tensor& x) { return x * 2e300; }
Tensor tiny(const Tensor& x) { return x * x * 1e-300; }
Tensor slope_of_tiny(const Tensor& x) { return x * 2e-300; }
Tensor twice(const Tensor& x) { return x * 2; }
Tensor buried(const Tensor& x) { return x * x + 1e15; }
// f's values taken out of their tensor: nothing but f64 is left of them.
template <Unary f>
Tensor on_numbers(const Tensor& x) {
  return from_span(f(x).to_vector<double>(), x.shape());
}

// long: a table
std::vector<Nasty> nasty() {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Verdict pass = Verdict::pass, fail = Verdict::fail, unclear = Verdict::inconclusive;
  const Tensor x = tensor({0.3, 1.7}), captured = variable(tensor({0.3, 1.7})), before = captured * captured;
  const auto whole = [](const Tensor& v) { return v.to(DType::i64).to(v.dtype()); };
  const auto cubes = [](In in) { return in[0] * in[0] * in[0]; };
  const GradcheckOptions first{.order = 1};
  return {
      {"a jump at the point",
       [=](In in) { return whole(in[0]) + in[0] * in[0]; },
       {tensor({1.0, 2.5})},
       pass,
       "at a kink"},
      {"the same, summed",
       [=](In in) { return sum(whole(in[0]) + in[0] * in[0]); },
       {tensor({1.0, 2.5})},
       pass,
       "at a kink"},
      {"a jump 1e-9 away", [=](In in) { return whole(in[0]) * in[0]; }, {tensor({1.0 + 1e-9, 2.5})}, pass, "at a kink"},
      {"a step and nothing else",
       [=](In in) { return whole(in[0]); },
       {tensor({1.5, 2.5})},
       unclear,
       "does f use its argument?"},
      {"x near 1e12", [](In in) { return sum(in[0] * in[0]); }, {tensor({1e12, -3e12, 2.0})}, pass},
      {"1e300 x^2", ruled(huge, slope_of_huge, 1), {x}, pass},
      {"1e300 x^2, wrong by a millionth",
       ruled(huge, slope_of_huge, 1 + 1e-6),
       {x},
       fail,
       "1.000001 times what it should be"},
      {"x^2 that overflows",
       [](In in) { return in[0] * in[0]; },
       {tensor({1e200, 2.0})},
       unclear,
       "f is not finite around there"},
      {"exp that nearly does", [](In in) { return exp(in[0]); }, {tensor({700.0, 709.0})}, pass},
      {"1e-300 x^2", ruled(tiny, slope_of_tiny, 1), {x}, pass},
      {"1e-300 x^2, twice", ruled(tiny, slope_of_tiny, 2), {x}, fail, "2 times too large"},
      {"x near 1e-300, whose cubes are 0", cubes, {tensor({1e-300, 2e-300})}, unclear, "cannot tell"},
      {"the same in f32", cubes, {tensor({1e-30f, 2e-30f})}, pass},
      {"f32 whose squares are 0, twice",
       ruled(square, twice, 2),
       {tensor({1e-30f, 2e-30f})},
       fail,
       "2 times too large"},
      {"subnormal x", [](In in) { return in[0] * 5; }, {tensor({1e-310, 2e-310})}, pass},
      {"NaN all around",
       [](In in) { return sqrt(in[0]); },
       {tensor({-1.0, 2.0})},
       unclear,
       "sqrt is not finite around there"},
      {"NaN in a branch not taken",
       [](In in) { return where(greater(in[0], 0.0), sqrt(in[0]), zeros({2}, DType::f64)); },
       {tensor({-1.0, 2.0})},
       fail,
       "0 times infinity, as in the branch that where() does not take?"},
      {"a NaN input", [](In in) { return in[0] * in[0]; }, {tensor({std::nan(""), 2.0})}, unclear},
      {"an infinite input", [](In in) { return in[0] * 2; }, {tensor({inf, 2.0})}, unclear},
      {"an integer beside", [](In in) { return in[0] * in[1].to(DType::f64); }, {x, tensor({3, 4})}, pass},
      {"the edge of sqrt", [](In in) { return sqrt(in[0]); }, {tensor({0.0, 2.0})}, unclear},
      {"1e-14 from the edge of sqrt",
       [](In in) { return sqrt(in[0] - 1); },
       {tensor({1 + 1e-14, 2.0})},
       unclear,
       "cannot tell",
       first},
      {"a million turns", ruled(turns, slope_of_turns, 1), {x}, pass},
      {"a million turns, 1% off",
       ruled(turns, slope_of_turns, 1.01),
       {x},
       fail,
       "order 1: d planted / d x0: 2 of 2 elements wrong"},
      {"1e9 turns", ruled(many_turns, slope_of_many_turns, 1), {x}, pass, "", first},
      {"1e9 turns, the wrong way", ruled(many_turns, slope_of_many_turns, -1), {x}, fail, "wrong sign", first},
      {"an input that is ignored",
       [](In in) { return ones(in[0].shape(), DType::f64); },
       {x},
       unclear,
       "does f use its argument?"},
      {"a captured variable, handed back",
       [=](In) { return Tensor(captured); },
       {x},
       unclear,
       "does f use its argument?"},
      {"a result from before", [=](In) { return Tensor(before); }, {captured}, unclear, "does f use its argument?"},
      {"a captured variable among others", [=](In in) { return in[0] * captured; }, {x}, pass},
      {"a gradient within f",
       [](In in) {
         const Tensor v = in[0].requires_grad() ? in[0] : variable(in[0]);
         const Tensor g = grad(sum(exp(v) * v * v), {v}, {.create_graph = true})[0];
         return sum(g * g);
       },
       {x},
       pass},
      {"|x|^1.5, which has no second derivative at 0",
       [](In in) { return pow(abs(in[0]), 1.5); },
       {tensor({0.0, 1.0})},
       unclear},
      {"1/x beside its pole", [](In in) { return 1 / in[0]; }, {tensor({1e-8, 1.0})}, pass},
      {"x^2 buried under 1e15", ruled(buried, twice, 1), {x}, pass},
      {"the same, twice", ruled(buried, twice, 2), {x}, fail, "2 times too large"},
      {"the same on plain numbers", ruled(on_numbers<buried>, twice, 2), {x}, unclear, "cannot tell"},
  };
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE(
      "functions made to fool the checker: right ones are never failed, wrong ones never passed, and the report says "
      "why") {
    for (const Nasty& n : nasty()) {
      const GradientReport report = check_gradients(n.f, n.inputs, n.options);
      INFO(n.what, "\n", report.str());
      CHECK(report.verdict() == n.verdict);
      CHECK(report.str().find(n.says) != std::string::npos);
      CHECK(report.str().find("-nan") == std::string::npos);
    }
  }

  TEST_CASE("nothing but integers, and a result whose shape depends on the values, are errors that say so") {
    CHECK_THROWS_WITH_AS(check_gradients([](In in) { return in[0] * 2; }, {tensor({1, 2})}),
                         doctest::Contains("input 0 is i32 [2]: there is nothing to differentiate by"), Error);
    const auto cut = [](In in) { return slice(in[0], {0}, {in[0].to_vector<double>()[0] > 0.3 ? 2 : 1}); };
    CHECK_THROWS_WITH_AS(check_gradients(cut, {tensor({0.3, 1.7})}),
                         doctest::Contains("f's result is of size 1 at its inputs, and of size 2 nearby"), Error);
  }
}
