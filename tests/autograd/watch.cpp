// watch: a replay told node by node. What it tells is what grad answers, and nothing is changed by it.
#include "logitape/autograd/watch.h"

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>

#include "engine_test.h"
#include "logitape/autograd/inspect.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/tensorflow.h"
#include "random_graph.h"

using namespace logitape;
using namespace engine_test;

namespace {

struct Told {
  std::uint64_t tick;
  std::string op;
  bool leaf;
  Tensors cotangents;
};

std::vector<Told> told(const Tensor& y, const Tensor& seed = {}) {
  std::vector<Told> all;
  watch(y,
        [&](const Node& node, const Cotangents& g) {
          Told one{node.tick(), node.op(), node.is_leaf(), {}};
          for (int i = 0; i < node.output_count(); ++i) one.cotangents.push_back(g[i]);
          all.push_back(std::move(one));
        },
        {.seed = seed});
  return all;
}

}  // namespace

TEST_SUITE("watch") {
  TEST_CASE("every node that a gradient reaches is told once, by falling tick, with all that grad says it receives") {
    for (int seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      const RandomGraph graph = random_graph(seed, 40);
      std::map<std::uint64_t, const Tensor*> made;
      for (const Tensor& t : graph.tensors)
        if (t.requires_grad()) made[t.node()->tick()] = &t;
      const std::vector<Told> all = told(graph.loss);
      std::size_t compared = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0) CHECK(all[i].tick < all[i - 1].tick);
        const auto at = made.find(all[i].tick);
        if (at == made.end()) continue;
        CHECK(same_bits(all[i].cotangents[0], grad(graph.loss, *at->second)));
        ++compared;
      }
      CHECK(compared > 5);
      std::size_t reached = 0;
      for (const Node* node : tape_nodes(graph.loss)) reached += !node->is_cut();
      CHECK(all.size() <= reached);  // behind a cut there may be more
      CHECK(all.front().op == graph.loss.node()->op());
    }
  }

  TEST_CASE("a leaf is told when all readers have answered, and its slot is left alone") {
    const Tensor w = variable(tensor({1.0, 2.0}));
    const Tensor loss = sum(w * w + w * 3);
    std::vector<Told> all = told(loss);
    CHECK(all.back().leaf);
    CHECK(values(all.back().cotangents[0]) == Values{5, 7});
    CHECK_FALSE(w.grad().has_value());
    loss.backward();
    told(loss);
    CHECK(values(*w.grad()) == Values{5, 7});
    const Tensor alone = variable(tensor(2.0));
    all = told(alone);
    REQUIRE(all.size() == 1);
    CHECK(values(all[0].cotangents[0]) == Values{1});
  }

  TEST_CASE("a seed begins the replay; outputs that nothing reads are empty; halves are told in their own dtype") {
    const Tensor x = variable(tensor({{1.0, 2.0}}));
    CHECK(values(told(x * 2, tensor({{3.0, 4.0}})).back().cotangents[0]) == Values{6, 8});
    const Tensor loss = sum(nn::softmax_cross_entropy_with_logits({.labels = tensor({{1.0, 0.0}}), .logits = x}));
    const std::vector<Told> all = told(loss);
    REQUIRE(all[1].cotangents.size() > 1);
    CHECK(all[1].cotangents[0].defined());
    CHECK_FALSE(all[1].cotangents[1].defined());
    const Tensor h = variable(tensor({1.f, 2.f, 4.f}).to(DType::bf16));
    const Tensor wide = h.to(DType::f32);
    const std::vector<Told> halves = told(sum(wide * wide + h.to(DType::f32)));
    CHECK(halves.back().cotangents[0].dtype() == DType::bf16);
    CHECK(values(halves.back().cotangents[0]) == Values{3, 5, 9});
  }

  TEST_CASE("what the watcher throws passes through wherever it is thrown, and nothing is left behind") {
    const RandomGraph graph = random_graph(3, 30);
    const std::size_t count = told(graph.loss).size();
    const Alive before;
    for (std::size_t stop = 0; stop < count; ++stop) {
      std::size_t seen = 0;
      const auto thrower = [&](const Node&, const Cotangents&) {
        if (seen++ == stop) throw std::runtime_error("enough");
      };
      CHECK_THROWS_WITH_AS(watch(graph.loss, thrower), "enough", std::runtime_error);
      CHECK(seen == stop + 1);
      CHECK(grad_enabled());
    }
    CHECK(Alive{} == before);
    CHECK_FALSE(graph.tensors[0].grad().has_value());
    CHECK(told(graph.loss).size() == count);
  }

  TEST_CASE("a watcher computes as its caller would: it records, or does not, and may differentiate") {
    const Tensor w = variable(tensor({1.0, 2.0}));
    const Tensor loss = sum(exp(w));
    const Tensor other = variable(tensor(3.0));
    int seen = 0;
    const auto differentiates = [&](const Node&, const Cotangents& g) {
      CHECK_FALSE(g[0].requires_grad());
      CHECK((other * 2).requires_grad());
      CHECK(values(grad(other * other, other)) == Values{6});
      ++seen;
    };
    watch(loss, differentiates);
    CHECK(seen == 3);
    const NoGrad guard;
    watch(loss, [&](const Node&, const Cotangents&) { CHECK_FALSE((other * 2).requires_grad()); });
  }

  TEST_CASE("a kept gradient and a seed on the tape come without their past") {
    const Tensor x = variable(tensor({{1.0, 2.0}})), labels = tensor({{1.0, 0.0}});
    const Tensor loss = cross_entropy(x, labels);
    watch(loss, [](const Node&, const Cotangents& g) { CHECK_FALSE(g[0].requires_grad()); });
    const Tensor seed = variable(tensor(2.0));
    watch(loss, [](const Node&, const Cotangents& g) { CHECK_FALSE(g[0].requires_grad()); }, {.seed = seed * 1});
  }

  TEST_CASE("what cannot be watched is refused with the reason") {
    const Tensor x = variable(tensor({1.0, 2.0}));
    const auto nothing = [](const Node&, const Cotangents&) {};
    const auto refused = [&](const Tensor& y, const Watcher& f, const Tensor& seed, const std::string& why) {
      const auto error = error_of([&] { watch(y, f, {.seed = seed}); });
      REQUIRE(error);
      CAPTURE(error->what());
      CHECK(has(*error, why));
    };
    refused(Tensor(), nothing, {}, "is empty");
    refused(tensor(1.0), nothing, {}, "make one of what it is computed from, x = variable(x)");
    refused(sum(stop_gradient(x)), nothing, {}, "stop_gradient cuts its path");
    refused(x * 2, nothing, {}, "has 2 elements: give a seed of its shape");
    refused(x * 2, nothing, tensor({1.f, 2.f}), "the seed is f32 [2], the tensor to differentiate f64 [2]");
    refused(sum(x), Watcher(), {}, "the watcher is an empty function");
  }

  TEST_CASE("a long chain is watched in a loop") {
    const Tensor x = variable(tensor(1.0));
    Tensor y = x;
    for (int i = 0; i < 100000; ++i) y = -y;
    std::size_t seen = 0;
    double last = 0;
    watch(y, [&](const Node&, const Cotangents& g) {
      ++seen;
      last = g[0].item();
    });
    CHECK(seen == 100001);
    CHECK(last == 1);
  }
}
