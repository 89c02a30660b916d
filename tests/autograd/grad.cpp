// grad(): which derivative comes back, through every way in which tensors can share a past.
// Derivatives are of small integers, so that they are exact and compared as such.
#include <doctest/doctest.h>

#include <cmath>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/tensorflow.h"

using namespace logitape;
using namespace engine_test;

TEST_SUITE("grad") {
  TEST_CASE("a diamond adds the derivatives of both its paths") {
    const Tensor x = variable(tensor({2.f, 3.f}));
    const Tensor left = x * 3, right = x * x;
    CHECK(values(grad(sum(left * right), {x})[0]) == Values{36, 81});  // d 3x^3 = 9x^2
  }

  TEST_CASE("a ladder of diamonds with 2^60 paths is walked once a node") {
    const Tensor x = variable(tensor(1.0));
    Tensor y = x;
    for (int i = 0; i < 60; ++i) y = y + y;
    CHECK(values(grad(y, {x})[0]) == Values{1152921504606846976.0});
  }

  TEST_CASE("an output used twice gets the sum of what both readers send back") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor y = x * 5;
    CHECK(values(grad(sum(y * 2) + sum(y * 3), {x})[0]) == Values{25, 25});
  }

  TEST_CASE("a tensor used twice in one op counts twice") {
    const Tensor x = variable(tensor({2.f, -3.f}));
    CHECK(values(grad(sum(x * x), {x})[0]) == Values{4, -6});
    CHECK(values(grad(sum(x - x), {x})[0]) == Values{0, 0});
    CHECK(values(grad(sum(concat({x, x, x})), {x})[0]) == Values{3, 3});
  }

  TEST_CASE("a leaf used in two graphs has a derivative in each") {
    const Tensor w = variable(tensor({1.f, 2.f}));
    const Tensor first = sum(w * w), second = sum(w * 7);
    CHECK(values(grad(first, {w})[0]) == Values{2, 4});
    CHECK(values(grad(second, {w})[0]) == Values{7, 7});
    CHECK(values(grad(first, {w})[0]) == Values{2, 4});
  }

  TEST_CASE("A5: asking twice gives the same answer and touches no slot") {
    const Tensor x = variable(tensor({0.3, -1.7, 2.2}));
    const Tensor y = sum(exp(x) * tanh(x));
    const Tensor once = grad(y, {x})[0], twice = grad(y, {x})[0];
    CHECK(same_bits(once, twice));
    CHECK_FALSE(x.grad().has_value());
  }

  TEST_CASE("an intermediate tensor has a derivative, and what lies before it gets its own") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor h = x * 3;
    const Tensor y = sum(h * h);
    const auto g = grad(y, {h, x});
    CHECK(values(g[0]) == Values{6, 12});
    CHECK(values(g[1]) == Values{18, 36});
  }

  TEST_CASE("an intermediate tensor read by two others gets both shares although it is asked for") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor h = x * 3, k = h * 2;
    const auto g = grad(sum(k) + sum(h), {k, h, x});
    CHECK(values(g[0]) == Values{1, 1});
    CHECK(values(g[1]) == Values{3, 3});
    CHECK(values(g[2]) == Values{9, 9});
  }

  TEST_CASE("the derivative of a tensor by itself is the seed") {
    const Tensor x = variable(tensor({4.f, 5.f}));
    const Tensor y = x * 2, seed = tensor({3.f, -1.f});
    CHECK(values(grad(y, {y}, {.seed = seed})[0]) == Values{3, -1});
    CHECK(values(grad(x, {x}, {.seed = seed})[0]) == Values{3, -1});
    CHECK(values(grad(sum(y), {x, x})[1]) == Values{2, 2});
  }

  TEST_CASE("each output of one node can be differentiated, and be differentiated by") {
    const Tensor x = variable(tensor({2.f, 3.f}));
    Recorded both = record("twice_and_square", {x}, {(x * 2).without_node(), (x * x).without_node()}, keep::input(0),
                           [](const Node& n, const Cotangents& g) {
                             Tensor into;
                             if (g.has(0)) into = g[0] * 2;
                             if (g.has(1)) into = into.defined() ? into + g[1] * n.input(0) * 2 : g[1] * n.input(0) * 2;
                             return Tensors{into};
                           });
    const Tensor twice = both[0], square = both[1];
    CHECK(values(grad(sum(twice), {x})[0]) == Values{2, 2});
    CHECK(values(grad(sum(square), {x})[0]) == Values{4, 6});
    CHECK(values(grad(sum(twice * square), {x})[0]) == Values{24, 54});  // d 2x^3 = 6x^2
    const auto g = grad(sum(twice * square), {twice, square});
    CHECK(values(g[0]) == Values{4, 9});
    CHECK(values(g[1]) == Values{4, 6});
    // an output that y does not use is not reached, though its node is
    CHECK(values(grad(sum(twice), {square}, {.unreached = Unreached::zero})[0]) == Values{0, 0});
    CHECK(error_of([&] { grad(sum(twice), {square}); }).has_value());
  }

  TEST_CASE("both outputs of the raw loss carry derivatives into one input") {
    const Tensor x = variable(tensor({{1.0, 2.0}})), t = tensor({{0.0, 1.0}});
    const auto out = raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t});
    const Tensor of_loss = grad(sum(out.loss), {x})[0], of_backprop = grad(sum(out.backprop * out.backprop), {x})[0];
    const Tensor of_both = grad(sum(out.loss) + sum(out.backprop * out.backprop), {x})[0];
    for (std::size_t i = 0; i < 2;
         ++i)  // a sum of two f64 numbers is rounded once: 2^-53 of its size, which is below 1
      CHECK(std::fabs(values(of_both)[i] - (values(of_loss)[i] + values(of_backprop)[i])) <= 0x1p-52);
  }

  TEST_CASE("A13: a tensor keeps its own past alive, whatever else is dropped") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    Tensor y;
    {
      const Tensor a = x * 2;
      const Tensor b = a * a;
      y = sum(b * a);
    }
    CHECK(values(grad(y, {x})[0]) == Values{24, 96});  // d 8x^3
  }

  TEST_CASE("dropping the result drops the graph, node by node") {
    const Alive before;
    {
      const Tensor x = variable(tensor({1.f, 2.f}));
      const Alive with_leaf;
      Tensor y = sum(exp(x * 2) * x);
      CHECK(live_nodes() == with_leaf.nodes + 4);
      grad(y, {x});
      y.backward();
      y = {};
      CHECK(live_nodes() == with_leaf.nodes);
      CHECK(x.grad().has_value());
    }
    CHECK(Alive{} == before);
  }

  TEST_CASE("A4: ten thousand second derivatives leave nothing behind") {
    const Tensor x = variable(tensor(0.5));
    const Alive before;
    for (int i = 0; i < 10000; ++i) {
      const Tensor g = grad(exp(x) * x, {x}, {.create_graph = true})[0];
      grad(g, {x});
    }
    CHECK(Alive{} == before);
  }

  TEST_CASE("what cannot be differentiated is refused by name") {
    const Tensor x = variable(tensor({1.f, 2.f})), c = tensor({3.f, 4.f});
    const auto several = error_of([&] { grad(x * 2, {x}); });
    REQUIRE(several);
    CHECK(several->op() == "grad");
    CHECK(has(*several, "f32 [2] has 2 elements"));

    const auto constant = error_of([&] { grad(sum(c), {x}); });
    REQUIRE(constant);
    CHECK(constant->code() == ErrorCode::not_differentiable);
    CHECK(has(*constant, "does not depend on any variable"));

    const auto target = error_of([&] { grad(sum(x), {x, c}); });
    REQUIRE(target);
    CHECK(target->code() == ErrorCode::not_differentiable);
    CHECK(has(*target, "input 1 (f32 [2])"));

    const auto shape = error_of([&] { grad(x * 2, {x}, {.seed = ones({3})}); });
    REQUIRE(shape);
    CHECK(has(*shape, "the seed is f32 [3], the tensor to differentiate f32 [2]"));
    CHECK(error_of([&] { grad(x * 2, {x}, {.seed = ones({2}, DType::f64)}); }));
    CHECK(error_of([&] { grad(Tensor(), {x}); }));
    CHECK(error_of([&] { grad(sum(x), {Tensor()}); }));
    CHECK(error_of([&] { variable(tensor({1, 2})); })->code() == ErrorCode::not_differentiable);
    CHECK(grad(sum(x), std::span<const Tensor>()).empty());
  }
}
