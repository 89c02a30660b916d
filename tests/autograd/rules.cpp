// Rules as people write them: what the engine refuses, what it survives, and which bytes a node holds on to.
#include <doctest/doctest.h>

#include <stdexcept>

#include "engine_test.h"
#include "logitape/autograd/inspect.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/tensorflow.h"

using namespace logitape;
using namespace engine_test;

namespace {

// The values of x under an op whose rule is at hand.
template <class F>
Tensor through(const char* op, const Tensor& x, Keep kept, F rule) {
  return record(op, {x}, {x.without_node()}, kept, rule);
}

}  // namespace

TEST_SUITE("rules") {
  TEST_CASE("a rule that returns another number of cotangents is an error that names the op") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor y = through("my_op", x, keep::nothing, [](const Node&, const Cotangents& g) {
      return Tensors{g[0], g[0]};
    });
    const auto e = error_of([&] { grad(sum(y), {x}); });
    REQUIRE(e);
    CHECK(e->op() == "my_op");
    CHECK(has(*e, "returned 2 cotangents for 1 inputs"));
    CHECK(error_of([&] {
            grad(sum(through("none", x, keep::nothing, [](const Node&, const Cotangents&) { return Tensors{}; })), {x});
          })->op() == "none");
  }

  TEST_CASE("a cotangent of another shape or dtype is an error that names the op and both") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const auto shape = error_of([&] {
      grad(sum(through("my_op", x, keep::nothing, [](const Node&, const Cotangents&) { return Tensors{ones({3})}; })),
           {x});
    });
    REQUIRE(shape);
    CHECK(shape->op() == "my_op");
    CHECK(has(*shape, "returned f32 [3] for input 0, which is f32 [2]"));
    const auto dtype = error_of([&] {
      grad(sum(through("my_op", x, keep::nothing,
                       [](const Node&, const Cotangents&) { return Tensors{ones({2}, DType::f64)}; })),
           {x});
    });
    REQUIRE(dtype);
    CHECK(has(*dtype, "returned f64 [2] for input 0, which is f32 [2]"));
    CHECK(error_of([&] {
      sum(through("my_op", x, keep::nothing, [](const Node&, const Cotangents&) {
        return Tensors{ones({3})};
      })).backward();
    }));
    CHECK_FALSE(x.grad().has_value());
  }

  TEST_CASE("reading bytes that were not declared is an error that names op and slot") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const auto input = error_of([&] {
      grad(sum(through("reads_input", x, keep::output(0),
                       [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.input(0)}; })),
           {x});
    });
    REQUIRE(input);
    CHECK(input->op() == "reads_input");
    CHECK(has(*input, "reads input 0, whose bytes it did not declare to keep"));
    const auto output = error_of([&] {
      grad(sum(through("reads_output", x, keep::input(0),
                       [](const Node& n, const Cotangents& g) { return Tensors{g[0] * n.output(0)}; })),
           {x});
    });
    REQUIRE(output);
    CHECK(output->op() == "reads_output");
    CHECK(has(*output, "reads output 0, whose bytes it did not declare to keep"));
    // shape and dtype are there all the same
    const Tensor y = through("reads_shape", x, keep::nothing,
                             [](const Node& n, const Cotangents&) { return Tensors{ones(n.input_slot(0).shape())}; });
    CHECK(values(grad(sum(y), {x})[0]) == Values{1, 1});
  }

  TEST_CASE("A7: what a rule throws reaches the caller, and the engine works as before") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({3.f, 4.f}));
    bool broken = true;
    const Tensor h = through("moody", x * 2, keep::nothing, [&broken](const Node&, const Cotangents& g) {
      if (broken) throw std::runtime_error("not today");
      return Tensors{g[0]};
    });
    const Tensor y = sum(h * w);
    const Alive before;
    CHECK_THROWS_WITH_AS(grad(y, {x}), "not today", std::runtime_error);
    CHECK_THROWS_WITH_AS(y.backward(), "not today", std::runtime_error);
    CHECK(grad_enabled());
    CHECK(Alive{} == before);
    CHECK_FALSE(x.grad().has_value());
    CHECK_FALSE(w.grad().has_value());
    CHECK(values(grad(y, {w})[0]) == Values{2, 4});  // the broken rule is not on the way to w
    broken = false;
    CHECK(values(grad(y, {x})[0]) == Values{6, 8});
    y.backward();
    CHECK(values(*x.grad()) == Values{6, 8});
    CHECK(values(*w.grad()) == Values{2, 4});
  }

  TEST_CASE("a rule runs once a pass, unrecorded but under create_graph") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    int runs = 0, recorded = 0;
    const Tensor h = through("counted", x, keep::nothing, [&](const Node&, const Cotangents& g) {
      ++runs;
      recorded += grad_enabled();
      return Tensors{g[0] * 2};
    });
    const Tensor y = sum(h * h + h);
    grad(y, {x});
    CHECK(runs == 1);
    CHECK(recorded == 0);
    y.backward();
    CHECK(recorded == 0);
    grad(y, {x}, {.create_graph = true});
    CHECK(runs == 3);
    CHECK(recorded == 1);
  }

  TEST_CASE("rules of nodes that lead to no asked input do not run, and needs() tells which cotangents are read") {
    const Tensor x = variable(tensor({1.f, 2.f})), c = tensor({5.f, 6.f});
    int runs = 0;
    const Tensor unused =
        through("counted", variable(tensor({1.f, 2.f})), keep::nothing, [&](const Node&, const Cotangents& g) {
          ++runs;
          return Tensors{g[0]};
        });
    CHECK(values(grad(sum(x * unused), {x})[0]) == Values{1, 2});
    CHECK(runs == 0);
    bool first = false, second = true;
    const Tensor y =
        record("asks", {x, c}, {(x * c).without_node()}, keep::input(1), [&](const Node& n, const Cotangents& g) {
          first = n.needs(0), second = n.needs(1);
          return Tensors{g[0] * n.input(1), Tensor()};
        });
    CHECK(values(grad(sum(y), {x})[0]) == Values{5, 6});
    CHECK(first);
    CHECK_FALSE(second);
  }

  TEST_CASE("a NoGrad inside a rule cuts the second derivative, not the first") {
    const Tensor x = variable(tensor({3.0}));
    const Tensor y = through("square_like", x, keep::input(0), [](const Node& n, const Cotangents& g) {
      const NoGrad guard;
      return Tensors{g[0] * n.input(0)};
    });
    const Tensor g = grad(y, {x}, {.seed = tensor({1.0}), .create_graph = true})[0];
    CHECK(values(g) == Values{3});
    CHECK_FALSE(g.requires_grad());
    CHECK(grad_enabled());
  }

  TEST_CASE("an empty cotangent is no contribution") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor y =
        through("deaf", x, keep::nothing, [](const Node&, const Cotangents&) { return Tensors{Tensor()}; });
    CHECK(values(grad(sum(y) + sum(x * 3), {x})[0]) == Values{3, 3});
    CHECK(error_of([&] { grad(sum(y), {x}); })->code() == ErrorCode::not_differentiable);
    sum(y).backward();
    CHECK_FALSE(x.grad().has_value());
  }

  TEST_CASE("the seed of a scalar is known to be one without reading memory; a seed that was given is not") {
    const Tensor x = variable(tensor(2.f));
    bool one = false;
    const Tensor y = through("asks", x, keep::nothing, [&](const Node&, const Cotangents& g) {
      one = g.is_one(0);
      return Tensors{g[0]};
    });
    grad(y, {x});
    CHECK(one);
    grad(y, {x}, {.seed = tensor(1.f)});
    CHECK_FALSE(one);
    grad(y + y, {x});
    CHECK_FALSE(one);
  }

  TEST_CASE("A8: a rule may call grad itself") {
    // a checkpoint: the rule differentiates a graph of its own, here e^x * x
    const Tensor x = variable(tensor({0.5, -1.0}));
    const Tensor again = variable(x);
    const Tensor inside = exp(again) * again;
    const auto rule = [=](const Node&, const Cotangents& g) {
      return Tensors{grad(inside, {again}, {.seed = g[0]})[0]};
    };
    const Tensor y = record("checkpoint", {x}, {inside.without_node()}, keep::nothing, rule);
    CHECK(same_bits(grad(sum(y), {x})[0], grad(sum(exp(x) * x), {x})[0]));
    sum(y).backward();
    CHECK(same_bits(*x.grad(), grad(sum(exp(x) * x), {x})[0]));
    CHECK_FALSE(again.grad().has_value());
  }

  TEST_CASE("A8: a rule may record and differentiate a graph while the pass runs, and call backward on it") {
    const Tensor x = variable(tensor({0.5, -1.0})), other = variable(tensor(0.0));
    const auto rule = [other](const Node& n, const Cotangents& g) {
      const detail::WithGrad recording;
      const Tensor again = variable(n.input(0).without_node());
      (other * 2).backward();
      return Tensors{grad(exp(again) * again, {again}, {.seed = g[0]})[0]};
    };
    const Tensor y = record("checkpoint", {x}, {(exp(x) * x).without_node()}, keep::input(0), rule);
    const Alive before;
    CHECK(same_bits(grad(sum(y), {x})[0], grad(sum(exp(x) * x), {x})[0]));
    CHECK(values(*other.grad()) == Values{2});
    CHECK(live_nodes() == before.nodes);
    CHECK(grad_enabled());
  }

  TEST_CASE("A3: a rule that reads its own output makes no cycle") {
    const Alive before;
    {
      const Tensor x = variable(tensor({1.f, 2.f}));
      const Tensor y = exp(x);
      const Tensor g = grad(sum(y), {x}, {.create_graph = true})[0];
      grad(sum(g), {x});
    }
    CHECK(Alive{} == before);
  }
}

TEST_SUITE("kept bytes") {
  constexpr std::int64_t big = 1 << 20;                   // elements; 4 MiB of f32
  constexpr std::int64_t bytes = big * 4, little = 4096;  // nodes, shapes and headers are less

  TEST_CASE("a node that reads neither input nor output holds neither") {
    const Tensor x = variable(zeros({big}));
    const Alive before;
    const Tensor y = -(-(-x));
    CHECK(Alive{}.bytes - before.bytes < bytes + little);  // y itself
    CHECK(live_nodes() == before.nodes + 3);
  }

  TEST_CASE("exp holds its output, log its input, and mul only what the other side needs") {
    const Tensor x = variable(zeros({big})), c = ones({big});
    const Alive before;
    const Tensor a = -exp(x);
    CHECK(Alive{}.bytes - before.bytes >= 2 * bytes);  // a, and exp(x) for its rule
    CHECK(Alive{}.bytes - before.bytes < 2 * bytes + little);
    const Alive with_a;
    const Tensor b = -log(x);  // x is alive anyway
    CHECK(Alive{}.bytes - with_a.bytes < bytes + little);
    const Alive with_b;
    const Tensor d = (-x) * c;  // c needs no gradient, so -x is not read
    CHECK(Alive{}.bytes - with_b.bytes < bytes + little);
  }

  TEST_CASE("a matmul with one constant side does not hold the other") {
    const Tensor constant = ones({4, big / 4});
    const Tensor leaf = variable(ones({big / 4, 4}));
    const Alive before;
    const Tensor y = matmul(constant, -leaf);  // reads the constant only
    CHECK(Alive{}.bytes - before.bytes < little);
    CHECK(grad(sum(y), {leaf})[0].shape() == leaf.shape());
  }

  TEST_CASE("unrecorded results hold nothing") {
    const Tensor x = variable(zeros({big}));
    const Alive before;
    {
      const NoGrad guard;
      const Tensor y = exp(exp(x));
      CHECK(Alive{}.bytes - before.bytes < bytes + little);
    }
    CHECK(Alive{} == before);
  }

  TEST_CASE("replay gives up cotangents as it goes") {
    const Tensor x = variable(zeros({big}));
    Tensor y = x;
    for (int i = 0; i < 20; ++i) y = -y;
    const Tensor s = sum(y);
    y = {};
    const Alive before;
    memory::reset_peak();
    grad(s, {x});
    CHECK(memory::counts().peak_bytes - before.bytes <
          3 * bytes + 16 * little);  // one that is read, one that is written
  }
}

TEST_SUITE("inspect") {
  TEST_CASE("the name of a call labels its node on the tape, and no other") {
    const Tensor x = variable(zeros({2, 3}));
    const Tensor named = [&] {
      const std::string name = "head";
      return nn::softmax_cross_entropy_with_logits({.labels = ones({2, 3}), .logits = x, .name = name});
    }();
    CHECK(tape(named).find(" softmax_cross_entropy_with_logits (head)(") != std::string::npos);
    CHECK(tape(nn::softmax_cross_entropy_with_logits({.labels = ones({2, 3}), .logits = x})).find("(head)") ==
          std::string::npos);
  }

  TEST_CASE("tape() lists each node once, oldest first, with what it keeps") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor e = exp(x);
    const std::string text = tape(sum(e * e));
    CHECK(text.find("variable") < text.find("exp"));
    CHECK(text.find("exp") < text.find("mul"));
    CHECK(text.find("mul") < text.find("sum"));
    CHECK(text.find("exp") == text.rfind("exp"));
    CHECK(text.find("f32 [2] kept") != std::string::npos);
  }
}
