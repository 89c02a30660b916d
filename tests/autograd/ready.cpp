// GradOptions::ready: each gradient is handed over once, whole, and as early as the tape allows.
// Derivatives are of small integers, so that they are exact and compared as such.
#include <doctest/doctest.h>

#include <map>
#include <stdexcept>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "random_graph.h"

using namespace logitape;
using namespace engine_test;

namespace {

// What ready was told, in its order.
struct Told {
  std::vector<std::size_t> order;
  std::map<std::size_t, Tensor> gradient;
  GradOptions into(GradOptions options = {}) {
    options.ready = [this](std::size_t i, const Tensor& g) {
      order.push_back(i);
      gradient[i] = g;
    };
    return options;
  }
};

using Order = std::vector<std::size_t>;

// Whether each was told once, and is what grad answers.
bool agrees(const Told& told, const Tensors& answer) {
  bool all = told.order.size() == answer.size() && told.gradient.size() == answer.size();
  for (std::size_t i = 0; all && i < answer.size(); ++i) all = same_bits(told.gradient.at(i), answer[i]);
  return all;
}

// x, handed on; notes when its rule runs.
Tensor noted(const Tensor& x, std::string& log, const char* name) {
  return record("noted", {x}, {x.without_node()}, keep::nothing, [&log, name](const Node&, const Cotangents& g) {
    log += name;
    return Tensors{g[0]};
  });
}

}  // namespace

TEST_SUITE("ready") {
  TEST_CASE("a gradient is told once the rules of all its readers have run, and before the next one") {
    const Tensor x = variable(tensor({1.f, 2.f})), a = variable(tensor({3.f, 4.f})), b = variable(tensor({5.f, 6.f})),
                 c = variable(tensor({7.f, 8.f}));
    std::string log;
    Tensor y = noted(x * a, log, "1");
    y = noted(y * b, log, "2");
    y = noted(y * c, log, "3");
    const Tensors wanted{a, b, c};
    const Tensors gradients = grad(sum(y), wanted, {.ready = [&](std::size_t i, const Tensor&) { log += "abc"[i]; }});
    CHECK_EQ(log, "3c2b1a");
    CHECK(values(gradients[0]) == Values{35, 96});
    CHECK(values(gradients[2]) == Values{15, 48});
  }

  TEST_CASE("a weight that several nodes read waits for the last of them") {
    const Tensor w = variable(tensor({2.f, 3.f})), v = variable(tensor({1.f, 1.f}));
    Told told;
    const Tensor y = sum(w * v * w * 5) + sum(w);  // d/dw = 10 v w + 1, d/dv = 5 w^2
    const Tensors gradients = grad(y, {w, v}, told.into());
    CHECK(agrees(told, gradients));
    CHECK(values(told.gradient[0]) == Values{21, 31});
    CHECK(values(told.gradient[1]) == Values{20, 45});
  }

  TEST_CASE("a reader that lies on no way to an x, and one that nothing comes into, are not waited for") {
    const Tensor w = variable(tensor({2.f, 3.f})), v = variable(tensor({1.f, 4.f}));
    std::string log;
    const Tensor first = noted(v, log, "v");
    const Tensor y = sum(w * first) + sum(noted(stop_gradient(w) * v, log, "s"));
    grad(y, {w}, {.ready = [&](std::size_t, const Tensor&) { log += "w"; }});
    CHECK_EQ(log, "w");
  }

  TEST_CASE("what y does not reach comes last, as zeros; a constant y reaches none") {
    const Tensor x = variable(tensor({1.f, 2.f})), other = variable(tensor({3.f})), w = variable(tensor({4.f, 5.f}));
    Told told;
    const GradOptions zeros{.unreached = Unreached::zero};
    const Tensors gradients = grad(sum(x * w), {other, x, w}, told.into(zeros));
    CHECK(agrees(told, gradients));
    CHECK_EQ(told.order.back(), 0);
    CHECK(values(told.gradient[0]) == Values{0});
    Told of_constant;
    CHECK(agrees(of_constant, grad(sum(stop_gradient(x)), {x, other}, of_constant.into(zeros))));
    CHECK(values(of_constant.gradient[0]) == Values{0, 0});
  }

  TEST_CASE("where an unreached input is an error, it is one after the others were told") {
    const Tensor x = variable(tensor({1.f, 2.f})), other = variable(tensor({3.f}));
    Told told;
    CHECK(error_of([&] { grad(sum(x * 2), {other, x}, told.into()); }).has_value());
    CHECK(told.order == Order{1});
  }

  TEST_CASE("the tensor itself, one asked for twice, and one on the way to another are each told") {
    const Tensor x = variable(tensor({1.f, 2.f}));
    const Tensor h = x * 3, y = sum(h * h);
    Told told;
    const Tensors gradients = grad(y, {y, h, x, x}, told.into());
    CHECK(agrees(told, gradients));
    CHECK(values(told.gradient[0]) == Values{1});
    CHECK(values(told.gradient[1]) == Values{6, 12});
    CHECK(values(told.gradient[3]) == Values{18, 36});
  }

  TEST_CASE("the gradient of a half is told in its dtype, rounded once") {
    for (const DType half : {DType::f16, DType::bf16}) {
      const Tensor h = variable(tensor({1.f, 2.f}).to(half));
      const auto read = [&](double by) { return sum(h.to(DType::f32) * by); };
      const Tensor first = read(256), second = read(0.5), third = read(0.5);
      Told told;
      const Tensors gradients = grad(first + second + third, {h}, told.into());
      CHECK(agrees(told, gradients));
      CHECK_EQ(told.gradient[0].dtype(), half);
      // bf16 has 8 bits: 257 is no number of it, and 256 + 0.5 + 0.5, each rounded, would lose both halves
      if (half == DType::f16) CHECK(values(told.gradient[0]) == Values{257, 257});
    }
  }

  TEST_CASE("of any graph every tensor is told once, with the bits that grad gives without it") {
    for (int seed = 0; seed < 200; ++seed) {
      CAPTURE(seed);
      const RandomGraph graph = random_graph(seed, 30);
      Tensors wanted;
      for (const Tensor& t : graph.tensors)
        if (t.requires_grad()) wanted.push_back(t);
      Told told;
      const Tensors gradients = grad(graph.loss, wanted, told.into({.unreached = Unreached::zero}));
      const Tensors plain = grad(graph.loss, wanted, {.unreached = Unreached::zero});
      CHECK(agrees(told, gradients));
      for (std::size_t i = 0; i < plain.size(); ++i) CHECK(same_bits(gradients[i], plain[i]));
    }
  }

  TEST_CASE("with create_graph what is told can be differentiated, and without it is on no tape") {
    const Tensor x = variable(tensor({2.0, 3.0})), w = variable(tensor({1.0, 5.0}));
    Told told;
    grad(sum(x * x * x * w), {x, w}, told.into({.create_graph = true}));
    CHECK(values(grad(sum(told.gradient[0]), {x})[0]) == Values{12, 90});  // 6 x w
    CHECK(values(grad(sum(told.gradient[1]), {x})[0]) == Values{12, 27});  // 3 x^2
    Told plain;
    grad(sum(x), {x}, plain.into());
    CHECK_FALSE(plain.gradient[0].requires_grad());
  }

  TEST_CASE("what ready throws passes through, and leaves nothing behind") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({4.f, 5.f}));
    const Tensor y = sum(exp(x * w));
    const Alive before;
    int calls = 0;
    const auto throws = [&](std::size_t, const Tensor&) {
      if (++calls == 2) throw std::runtime_error("the network is gone");
    };
    CHECK_THROWS_WITH_AS(grad(y, {x, w}, {.ready = throws}), "the network is gone", std::runtime_error);
    CHECK(Alive() == before);
    CHECK_FALSE(x.grad().has_value());
    CHECK(values(grad(sum(x * 3), {x})[0]) == Values{3, 3});
  }

  TEST_CASE("in ready other gradients may be taken") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({4.f, 5.f}));
    const Tensor other = sum(x * x);
    Values inner;
    const auto takes = [&](std::size_t i, const Tensor&) {
      if (i == 0) inner = values(grad(other, x));
    };
    CHECK(values(grad(sum(x * w), {w}, {.ready = takes})[0]) == Values{1, 2});
    CHECK(inner == Values{2, 4});
  }
}
