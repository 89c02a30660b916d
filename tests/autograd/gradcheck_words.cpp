// The words of a gradient check: what it calls the function, how much of a gradient it calls wrong, and causes that it
// names only where the numbers are those of the cause.
#include <doctest/doctest.h>

#include <string>

#include "gradcheck_test.h"
#include "logitape/autograd/check/check_macro.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/custom_op.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

// x + x, with the rule of another factor.
auto twice(double factor = 2) {
  return custom_op(
      "twice", [](TensorList x) { return x[0] + x[0]; },
      [factor](TensorList, TensorList, TensorList g) { return Tensors{g[0] * factor}; });
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// x^3 of six numbers, with its right gradient times `factors`.
std::string hint_of_cubes(const std::vector<double>& x, std::vector<double> factors) {
  const auto f = with_rule([](const Tensor& v) { return v * v * v; },
                           [=](const Tensor& v, const Tensor& g) {
                             return g * v * v * 3 * from_span(factors, {2, 3});
                           });
  const GradientReport r = check_gradients(f, {from_span(x, {2, 3})}, {.order = 1});
  CHECK(r.verdict() == Verdict::fail);
  return r.hint_text;
}
const std::vector<double> six = {1, -2, 3, 0.5, 4, 0.25};

Tensor mass(const Tensor& t) { return sum(t, {.axes = {-1}, .keep_dims = true}); }

// The loss of every row, whose rule for the logits is p - t.
Tensor loss_without_mass(const Tensor& x, const Tensor& t) {
  const Tensor y = cross_entropy(stop_gradient(x), t, {.reduction = Reduction::none});
  return Tensor(record("loss", {x}, {y}, keep::input(0), [labels = Tensor(t)](const Node& n, const Cotangents& g) {
    return Tensors{(softmax(n.input(0)) - labels) * reshape(g[0], {g[0].size(), 1})};
  }));
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("the report calls a function by the name of the one op that it is") {
    const Tensor x = tensor({0.5, 2.0, -1.0}), a = random_of({2, 3}), b = random_of({3, 2});
    const auto called = [](const GradientReport& r) { return r.function; };
    CHECK(called(check_gradients(twice(), {x})) == "twice");
    CHECK(called(check_gradients([](In in) { return twice()(in); }, {x})) == "twice");
    CHECK(called(check_gradients(logitape::tanh, x)) == "tanh");
    CHECK(called(check_gradients([](In in) { return matmul(in[0], in[1], {.transpose_b = true}); }, {a, a})) ==
          "matmul");
    CHECK(called(check_gradients([](In in) { return gather(in[0], in[1]); }, {x, tensor({2, 0})})) == "gather");
    CHECK(called(check_gradients([](In in) { return permute(in[0], {1, 0}); }, {a.to(DType::f16)})) == "permute");
    CHECK(called(detail::gradient_report_of(twice(), x)) == "twice");
    CHECK(called(check_gradients(logitape::tanh, x, {.name = "squash"})) == "squash");
  }

  TEST_CASE("what is more than one op of its inputs is called f, as no op is to blame yet") {
    const Tensor x = tensor({0.5, 2.0, -1.0}), a = random_of({2, 2}), b = random_of({2, 2}, -2, 2, 5);
    const auto called = [](const TensorFunction& f, std::initializer_list<Tensor> in) {
      return check_gradients(f, in, {.order = 1}).function;
    };
    CHECK(called([](In in) { return exp(tanh(in[0])); }, {x}) == "f");
    CHECK(called([](In in) { return twice()(exp(in[0])); }, {x}) == "f");
    CHECK(called([](In in) { return in[0] * in[0]; }, {x}) == "f");
    CHECK(called([](In in) { return matmul(in[1], in[0]); }, {a, b}) == "f");
    CHECK(called([](In in) { return in[0] * stop_gradient(exp(in[0])); }, {x}) == "f");
    CHECK(called(
              [](In in) {
                const NoGrad off;
                return exp(in[0]);
              },
              {x}) == "f");
    CHECK(called([](In in) { return in[0]; }, {x}) == "f");
    CHECK(called([](In in) { return stop_gradient(in[0]); }, {x}) == "f");
  }

  TEST_CASE("its name stands wherever the report speaks of the function, at every order") {
    const GradientReport wrong = check_gradients(twice(1), {tensor({0.5, 2.0})});
    const std::string text = wrong.str();
    INFO(text);
    CHECK(has(text, "worst: d twice[1] / d x0[1]"));
    CHECK(has(text, "order 1: d twice / d x0: 2 of 2 elements wrong"));
    CHECK_FALSE(has(text, "f["));
    CHECK_FALSE(has(text, "f'"));
    CHECK(wrong.blocks[1].function == "d twice/dx0");

    const GradientReport third = check_gradients(logitape::tanh, tensor({0.5}), {.order = 3});
    CHECK(third.blocks.back().function == "d(d tanh/dx0)/dseed");
    const GradientReport plain = check_gradients([](std::span<const double> v) { return v[0] * v[0]; },
                                                 [](std::span<const double> v, std::span<double> g) { g[0] = v[0]; },
                                                 std::vector<double>{1.0}, {.name = "square"});
    CHECK(has(plain.str(), "d square / d x[0]"));
  }

  TEST_CASE("a pattern that only the wrong elements have is told of these alone") {
    CHECK(hint_of_cubes(six, {-1, -1, -1, -1, -1, -1}) == "every element has the wrong sign");
    CHECK(hint_of_cubes(six, {1, -1, 1, -1, 1, 1}) ==
          "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they have the wrong sign");
    CHECK(hint_of_cubes(six, {1, 3, 1, 3, 1, 1}) ==
          "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they are 3 times what they should be");
    CHECK(hint_of_cubes(six, {1, -3, 1, -3, 1, 1}) ==
          "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they are -3 times what they should be");
    CHECK(hint_of_cubes(six, {1, 0.5, 1, 0.5, 1, 1}) ==
          "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they are 1/2 of what they should be");
    CHECK(hint_of_cubes(six, {1, 1.25, 1, 1.25, 1, 1}) ==
          "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they are 1.25 times what they should be");
    CHECK(hint_of_cubes(six, {1, 0, 1, 0, 1, 1}) == "2 of 6 elements are wrong: x0[0,1], x0[1,0]; they are 0");
    CHECK(hint_of_cubes(six, {1, 3, 1, 2, 1, 1}) == "2 of 6 elements are wrong: x0[0,1], x0[1,0]");
    CHECK(hint_of_cubes(six, {1, 1, -1, 1, 1, 1}) == "1 of 6 elements is wrong: x0[0,2]; it has the wrong sign");
    CHECK(hint_of_cubes(six, {1, 1, 1.3, 1, 1, 1}) == "1 of 6 elements is wrong: x0[0,2]");
    CHECK(hint_of_cubes(six, {1, 1, -1, 1, -1, 1}) ==
          "wrong where |x0| is 3 or more, right where it is 2 or less; they have the wrong sign");
  }

  TEST_CASE("elements that agree with every factor are told apart from those that are wrong") {
    CHECK(hint_of_cubes({1, -2, 0, 0.5, 4, 0}, {-1, -1, -1, -1, -1, -1}) ==
          "every element that is not 0 has the wrong sign");
    CHECK(hint_of_cubes({1, -2, 3, 0.5, 4, 1e-6}, {-1, -1, -1, -1, -1, 1}) ==
          "every element but the smallest has the wrong sign");
    CHECK(hint_of_cubes({1, -2, 0, 0.5, 4, 3}, {1.25, 1.25, 1, 1.25, 1.25, 1.25}) ==
          "every element that is not 0 is 1.25 times what it should be");
  }

  TEST_CASE("a forgotten sum of labels is named where the rule is p - t and the truth S*p - t") {
    const Tensor x = random_of({3, 4}), t = random_of({3, 4}, 0.1, 1, 7);
    const std::string wanted = "it is p - t along axis 1, with p = softmax(logits)";
    const auto hint = [&](const TensorFunction& f, DType dtype) {
      const GradientReport r = check_gradients(f, {x.to(dtype)}, {.order = 1, .names = {"logits"}});
      CHECK(r.verdict() == Verdict::fail);
      INFO(r.str());
      CHECK((r.hint == Hint::label_mass) == has(r.hint_text, wanted));
      return r.hint;
    };
    const auto rows = [&](In in) { return loss_without_mass(in[0], t.to(in[0].dtype())); };
    for (const DType dtype : {DType::f64, DType::f32}) CHECK(hint(rows, dtype) == Hint::label_mass);
    CHECK(hint([&](In in) { return sum(rows(in)); }, DType::f64) == Hint::label_mass);
    CHECK(hint([&](In in) { return mean(rows(in) * tensor({0.5, 2.0, 1.0})); }, DType::f64) == Hint::label_mass);
  }

  TEST_CASE("a gradient of softmax's kind that lacks something else is not said to lack the labels' sum") {
    const Tensor w = random_of({3, 4}, 0.1, 0.9, 7), x = random_of({3, 4});
    const auto hint = [&](auto f, auto rule) {
      const GradientReport r = check_gradients(with_rule(f, rule), {x}, {.order = 1});
      CHECK(r.verdict() == Verdict::fail);
      INFO(r.str());
      CHECK_FALSE(has(r.hint_text, "S*p - t"));
      return r.hint;
    };
    const auto column = [](const Tensor& g) { return reshape(g, {g.size(), 1}); };
    // softmax, and a weighed mean of it, without the sum that their rules take off
    CHECK(hint([](const Tensor& v) { return softmax(v); },
               [](const Tensor& v, const Tensor& g) { return softmax(v) * g; }) == Hint::row_sum);
    CHECK(hint([&](const Tensor& v) { return sum(softmax(v) * w, {.axes = {1}}); },
               [&](const Tensor& v, const Tensor& g) { return softmax(v) * w * column(g); }) == Hint::row_sum);
    // log_softmax with a mean for the sum of its cotangent: -(p - t) times a number, but no loss and no labels
    CHECK(hint([](const Tensor& v) { return log_softmax(v); },
               [](const Tensor& v, const Tensor& g) { return g - softmax(v) * mean(g); }) == Hint::row_sum);
    // a cross-entropy of which one element is wrong, and one whose labels are forgotten
    const auto loss = [&](const Tensor& v) { return cross_entropy(v, w, {.reduction = Reduction::none}); };
    CHECK(hint(loss, [&](const Tensor& v, const Tensor& g) {
            std::vector<double> more(12, 0);
            more[6] = 0.01;
            return (softmax(v) * mass(w) - w + from_span(more, {3, 4})) * column(g);
          }) == Hint::few_elements);
    CHECK(hint(loss, [&](const Tensor& v, const Tensor& g) { return softmax(v) * mass(w) * column(g); }) ==
          Hint::row_sum);
  }
}
