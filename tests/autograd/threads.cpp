// Several threads at one tape. What may be shared is shared without locks; what may not is an error by name. Run under
// ThreadSanitizer, these are the tests that would show a race.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace engine_test;

namespace {

// Runs f(0) ... f(count - 1), each on a thread of its own, all let go at one moment.
template <class F>
void at_once(int count, F f) {
  std::atomic<int> waiting{count};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      waiting.fetch_sub(1);
      while (waiting.load() > 0) std::this_thread::yield();
      f(i);
    });
  for (std::thread& t : threads) t.join();
}

}  // namespace

TEST_SUITE("threads") {
  TEST_CASE("a graph recorded on two threads is differentiated as if recorded on one") {
    const Tensor x = variable(tensor({0.5, -1.0, 2.0}));
    Tensor parts[2];
    at_once(2, [&](int i) {
      Tensor y = x;
      for (int k = 0; k < 200; ++k) y = i == 0 ? y * 1.01 : tanh(y);
      parts[i] = y;
    });
    const Tensor found = grad(sum(parts[0] * parts[1]), {x})[0];
    Tensor a = x, b = x;
    for (int k = 0; k < 200; ++k) a = a * 1.01;
    for (int k = 0; k < 200; ++k) b = tanh(b);
    CHECK(same_bits(found, grad(sum(a * b), {x})[0]));
  }

  TEST_CASE("threads that extend each other's graphs in turn") {
    const Tensor x = variable(tensor({1.0}));
    Tensor y = x;
    for (int i = 0; i < 20; ++i) std::thread([&] { y = y * 2 + x; }).join();
    CHECK(values(grad(y, {x}, {.seed = tensor({1.0})})[0]) == Values{0x1p21 - 1});  // 2^20 + 2^19 + ... + 1
  }

  TEST_CASE("A16: many threads differentiate one shared graph at once") {
    Generator rng{4};
    const Tensor w = variable(randn({30, 10}, rng)), x = randn({40, 30}, rng), t = uniform({40, 10}, rng);
    const Tensor loss = cross_entropy(matmul(x, w), t);
    const Tensor wanted = grad(loss, {w})[0];
    const Alive before;
    std::atomic<int> wrong{0};
    at_once(4, [&](int) {
      for (int k = 0; k < 25; ++k)
        if (!same_bits(grad(loss, {w}, {.create_graph = k % 2 == 0})[0], wanted)) ++wrong;
    });
    CHECK(wrong == 0);
    CHECK(Alive{} == before);
    CHECK_FALSE(w.grad().has_value());
  }

  TEST_CASE(
      "A16: backward() passes into one leaf at once give the right sum of those that succeed, or the named error") {
    const Tensor w = variable(ones({1000}));
    const Tensor loss = sum(w * 3);
    std::atomic<int> added{0}, refused{0}, other{0};
    at_once(4, [&](int) {
      for (int k = 0; k < 200; ++k) {
        try {
          loss.backward();
          ++added;
        } catch (const Error& e) {
          if (e.op() == "backward" && has(e, "two passes add into one leaf")) ++refused;
          else ++other;
        }
      }
    });
    CHECK(other == 0);
    CHECK(added + refused == 800);
    REQUIRE(added > 0);
    MESSAGE("passes added: ", added.load(), ", refused by name: ", refused.load());
    const Values sums = values(*w.grad());
    CHECK(sums.front() == 3 * added);  // below 2^24: exact in f32
    CHECK(sums == Values(1000, sums.front()));
  }

  TEST_CASE("A7: a rule that throws on one thread harms no other") {
    const Tensor x = variable(tensor({1.0, 2.0}));
    const Tensor bad = record("bad", {x}, {(x * 2).without_node()}, keep::nothing,
                              [](const Node&, const Cotangents&) -> Tensors { throw std::runtime_error("no"); });
    const Tensor loss = sum(bad), fine = sum(x * x);
    std::atomic<int> thrown{0}, right{0};
    at_once(4, [&](int i) {
      for (int k = 0; k < 50; ++k) {
        if (i % 2 == 0) {
          try {
            grad(loss, {x});
          } catch (const std::runtime_error&) {
            ++thrown;
          }
        } else if (values(grad(fine, {x})[0]) == Values{2, 4}) {
          ++right;
        }
      }
    });
    CHECK(thrown == 100);
    CHECK(right == 100);
  }

  TEST_CASE("a graph may be dropped on another thread than recorded it") {
    const Alive before;
    {
      Tensor y = variable(zeros({8}));
      for (int i = 0; i < 5000; ++i) y = -y;
      std::thread([last = std::move(y)]() mutable { last = {}; }).join();
    }
    CHECK(Alive{} == before);
  }

  TEST_CASE("two threads drop two graphs that share their past at once") {
    const Alive before;
    for (int round = 0; round < 20; ++round) {
      Tensor shared = variable(zeros({8}));
      for (int i = 0; i < 500; ++i) shared = -shared;
      Tensor ends[2] = {exp(shared), tanh(shared)};
      shared = {};
      at_once(2, [&](int i) { ends[i] = {}; });
    }
    CHECK(Alive{} == before);
  }
}
