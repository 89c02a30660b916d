// Which rules run: those on the way to what is asked for, in the order of ticks, which threads hand out in blocks.
#include <doctest/doctest.h>

#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace engine_test;

TEST_SUITE("wanted") {
  TEST_CASE("needs() is true for inputs on the way to what is asked for, and the rule of what is asked for rests") {
    const Tensor x = variable(tensor({1.f, 2.f})), w = variable(tensor({5.f, 6.f}));
    int runs = 0;
    bool first = false, second = false;
    const Tensor y = record("asks", {x, w}, {(x * w).without_node()}, keep::input(0) | keep::input(1),
                            [&](const Node& n, const Cotangents& g) {
                              ++runs;
                              first = n.needs(0), second = n.needs(1);
                              return Tensors{g[0] * n.input(1), g[0] * n.input(0)};
                            });
    const Tensor z = sum(y * y);
    const auto asked = [&](TensorList xs) {
      runs = 0;
      first = second = false;
      grad(z, xs);
    };
    asked({x});
    CHECK(std::pair(first, second) == std::pair(true, false));
    asked({w});
    CHECK(std::pair(first, second) == std::pair(false, true));
    asked({w, x});
    CHECK(std::pair(first, second) == std::pair(true, true));
    asked({y});
    CHECK(runs == 0);
    asked({y, w});
    CHECK(runs == 1);
    CHECK(std::pair(first, second) == std::pair(false, true));
    z.backward();
    CHECK(std::pair(first, second) == std::pair(true, true));
    CHECK(y.node()->needs(0));
    CHECK(y.node()->needs(1));
  }

  TEST_CASE("a rule that calls grad asks for itself: what is wanted of its own node stays") {
    const Tensor x = variable(tensor({1.0, 2.0})), w = variable(tensor({3.0, 4.0}));
    bool before = true, after = true;
    const Tensor u = variable(x), inside = sum(u * w);
    const Tensor y = record("asks", {x, w}, {(x * w).without_node()}, keep::input(0) | keep::input(1),
                            [&](const Node& n, const Cotangents& g) {
                              before = n.needs(1);
                              const Tensor into = grad(inside, {u})[0];
                              after = n.needs(1);
                              return Tensors{g[0] * into, Tensor()};
                            });
    CHECK(values(grad(sum(y), {x})[0]) == Values{3, 4});
    CHECK_FALSE(before);
    CHECK_FALSE(after);
  }

  TEST_CASE("of 70 inputs those beyond the 64th count as wanted") {
    Tensors xs;
    for (int i = 0; i < 70; ++i) xs.push_back(variable(tensor(1.0)));
    bool early = true, late = false;
    const Tensor y =
        record("many", TensorList(xs), {tensor(1.0)}, keep::nothing, [&](const Node& n, const Cotangents& g) {
          early = n.needs(1), late = n.needs(68);
          Tensors into;
          for (int i = 0; i < 70; ++i) into.push_back(g[0] * (i + 1));
          return into;
        });
    CHECK(values(grad(y, {xs[0]})[0]) == Values{1});
    CHECK_FALSE(early);
    CHECK(late);
    CHECK(values(grad(y, {xs[69]})[0]) == Values{70});
  }

  TEST_CASE("ticks: a node is younger than its inputs, whichever threads made them, and no two are alike") {
    const int threads = 4, each = 3000;
    std::vector<std::vector<Tensor>> made(threads);
    const Tensor x = variable(tensor(1.0));
    for (int round = 0; round < 2; ++round) {  // the second round goes on from what other threads made in the first
      std::vector<std::thread> workers;
      Tensors from;
      for (int t = 0; t < threads; ++t) from.push_back(round == 0 ? x : made[(t + 1) % threads].back());
      for (int t = 0; t < threads; ++t)
        workers.emplace_back([&, t] {
          Tensor y = from[t];
          for (int i = 0; i < each; ++i) made[t].push_back(y = neg(y));
        });
      for (std::thread& worker : workers) worker.join();
    }
    std::set<std::uint64_t> ticks;
    for (const auto& list : made)
      for (const Tensor& y : list) {
        CHECK_MESSAGE(y.node()->tick() > y.node()->input_slot(0).node()->tick(), "a node is older than its input");
        ticks.insert(y.node()->tick());
      }
    CHECK(ticks.size() == std::size_t{2} * threads * each);
    CHECK(values(grad(made[0].back(), {x})[0]) == Values{1});
  }
}
