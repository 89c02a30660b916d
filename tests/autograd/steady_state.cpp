// Once warm, a training step asks the system for nothing. tests/programs/operator_new.cpp counts operator new.
#include <doctest/doctest.h>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"

using namespace logitape;
using namespace engine_test;

TEST_SUITE("steady state") {
  TEST_CASE("a hundred training steps take nothing from the system and leave nothing behind" *
            doctest::skip(caches_are_off)) {
    Generator rng{2};
    Tensor w1 = variable(randn({20, 50}, rng)), b1 = variable(zeros({50})), w2 = variable(randn({50, 10}, rng));
    const Tensor x = randn({64, 20}, rng);
    std::vector<std::int32_t> labels(64);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 10);
    const Tensor targets = from_span(labels, {64});
    const auto step = [&](bool by_slots) {
      const Tensor loss = cross_entropy(matmul(tanh(linear(x, w1, b1)), w2), targets);
      std::vector<Tensor> g;
      if (by_slots) {
        loss.backward();
        g = {*w1.grad(), *b1.grad(), *w2.grad()};
      } else {
        g = grad(loss, {w1, b1, w2});
      }
      const NoGrad guard;
      w1 = variable(w1 - g[0] * 0.05);
      b1 = variable(b1 - g[1] * 0.05);
      w2 = variable(w2 - g[2] * 0.05);
      return loss.item<float>();
    };
    for (const bool by_slots : {false, true}) {
      float first = 0, last = 0;
      for (int i = 0; i < 3; ++i) first = step(by_slots);
      const Alive before;
      const auto requests = memory::counts().system_requests;
      for (int i = 0; i < 100; ++i) last = step(by_slots);
      CHECK(memory::counts().system_requests == requests);
      CHECK(Alive{} == before);
      CHECK(last < first);  // it did train
    }
  }

  TEST_CASE("second derivatives take nothing from the system either" * doctest::skip(caches_are_off)) {
    const Tensor x = variable(tensor({0.5, 1.5, -2.0}));
    const auto step = [&] {
      const Tensor g = grad(cross_entropy(x * x, tensor({0.2, 0.3, 0.5})), {x}, {.create_graph = true})[0];
      grad(g, {x}, {.seed = tensor({1.0, -1.0, 2.0})});
    };
    for (int i = 0; i < 3; ++i) step();
    const auto requests = memory::counts().system_requests;
    for (int i = 0; i < 100; ++i) step();
    CHECK(memory::counts().system_requests == requests);
  }
}
