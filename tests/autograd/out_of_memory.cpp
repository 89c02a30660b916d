// The n-th allocation fails, for every n of a training step: a typed error, no leak, nothing changed. SQLite's
// practice.
#include <doctest/doctest.h>

#include "engine_test.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

using namespace logitape;
using namespace engine_test;

namespace {

struct Net {
  Tensor w1, b1, w2, b2, x, indices, probabilities;

  Net() {
    Generator rng{11};
    w1 = variable(randn({6, 8}, rng));
    b1 = variable(randn({8}, rng));
    w2 = variable(randn({8, 4}, rng));
    b2 = variable(randn({4}, rng));
    x = randn({10, 6}, rng);
    std::vector<std::int32_t> labels(10);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 4);
    indices = from_span(labels, {10});
    probabilities = variable(uniform({10, 4}, rng));
  }
  std::vector<Tensor> parameters() const { return {w1, b1, w2, b2}; }
  // ops of every kind that a training step is made of: fused and plain, broadcasting, reshaping, reducing
  Tensor loss() const {
    const Tensor hidden = tanh(linear(x, w1, b1, {.relu = true}));
    const Tensor logits = matmul(hidden, w2) + b2;
    return cross_entropy(logits, indices) + cross_entropy(logits, probabilities) +
           mean(reshape(logits * logits, {-1})) * 0.01;
  }
};

// Lets every request of `work` fail in turn; `unchanged` is asked after each. Returns how many requests there are.
template <class Work, class Unchanged>
std::int64_t every_request_fails(Work work, Unchanged unchanged) {
  for (std::int64_t n = 1;; ++n) {
    CAPTURE(n);
    const Alive before;
    memory::fail_request(n);
    std::optional<Error> e;
    try {
      work();
    } catch (const Error& error) {
      e = error;
    }
    memory::fail_request(0);
    if (!e) return n - 1;
    REQUIRE(e->code() == ErrorCode::out_of_memory);
    REQUIRE(e->op() == "allocate");
    REQUIRE(Alive{} == before);
    REQUIRE(grad_enabled());
    REQUIRE(unchanged());
    REQUIRE(n < 10000);
  }
}

bool same_bits_all(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i) equal = same_bits(a[i], b[i]);
  return equal;
}

// Copies, so that a change of the original's bytes shows.
std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& t : tensors)
    result.push_back(from_bytes(t.data(), static_cast<std::size_t>(t.size()), t.shape(), t.dtype()));
  return result;
}

}  // namespace

TEST_SUITE("out of memory") {
  TEST_CASE("A15: any request of a forward pass and grad may fail: a typed error, no leak, the same bits afterwards") {
    const Net net;
    const std::vector<Tensor> before = copies(net.parameters());
    const std::vector<Tensor> undisturbed = grad(net.loss(), net.parameters());
    std::vector<Tensor> found;
    const std::int64_t requests = every_request_fails(
        [&] {
          found.clear();
          found = grad(net.loss(), net.parameters());
        },
        [&] { return found.empty() && same_bits_all(net.parameters(), before); });
    MESSAGE("requests in a forward pass and grad: ", requests);
    CHECK(requests > 30);
    CHECK(same_bits_all(found, undisturbed));
    for (const Tensor& p : net.parameters()) CHECK_FALSE(p.grad().has_value());
  }

  TEST_CASE("A15: any request of backward() may fail: the slots keep their bits, those that were empty stay empty") {
    const Net net;
    net.loss().backward();
    const Tensor later = variable(ones({4}));  // its slot is empty while the others are not
    const auto loss = [&] { return net.loss() + sum(net.b2 * later); };
    const auto slots = [&] {
      std::vector<Tensor> all;
      for (const Tensor& p : net.parameters()) all.push_back(*p.grad());
      return all;
    };
    std::vector<Tensor> wanted;  // what one more undisturbed pass adds up to
    {
      const Net twin;
      twin.loss().backward();
      const Tensor twin_later = variable(ones({4}));
      (twin.loss() + sum(twin.b2 * twin_later)).backward();
      for (const Tensor& p : twin.parameters()) wanted.push_back(*p.grad());
    }
    const std::vector<Tensor> before = copies(slots());
    const std::int64_t requests = every_request_fails(
        [&] { loss().backward(); }, [&] { return same_bits_all(slots(), before) && !later.grad().has_value(); });
    MESSAGE("requests in a forward pass and backward(): ", requests);
    CHECK(requests > 30);
    CHECK(same_bits_all(slots(), wanted));
    CHECK(later.grad().has_value());
  }

  TEST_CASE("A15: any request of a second derivative may fail") {
    const Net net;
    const auto second = [&] {
      const auto g = grad(net.loss(), net.parameters(), {.create_graph = true});
      return grad(sum(g[0] * g[0]), {net.w2, net.probabilities});
    };
    const std::vector<Tensor> undisturbed = second();
    std::vector<Tensor> found;
    const std::int64_t requests = every_request_fails([&] { found = second(); }, [&] { return found.empty(); });
    MESSAGE("requests in a second derivative: ", requests);
    CHECK(same_bits_all(found, undisturbed));
  }

  TEST_CASE("the error says how much was asked for") {
    memory::fail_request(1);
    const auto e = error_of([] { zeros({1000}); });
    memory::fail_request(0);
    REQUIRE(e);
    CHECK(e->code() == ErrorCode::out_of_memory);
    CHECK(has(*e, "no memory for"));
    CHECK(has(*e, "bytes"));
  }

  TEST_CASE("a tensor that no machine can hold is refused, not attempted") {
    CHECK(error_of([] { zeros({std::int64_t{1} << 50}); })->code() == ErrorCode::out_of_memory);
    CHECK(error_of([] { zeros({std::int64_t{1} << 62}, DType::f64); })->code() == ErrorCode::out_of_memory);
  }
}
