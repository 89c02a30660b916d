// A loss whose classes lie in slices: the bits of one process, the numbers of linear_cross_entropy, derivatives of two
// orders.
#include "logitape/train/distributed/vocabulary.h"

#include <doctest/doctest.h>

#include <limits>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "tests/distributed/loopback.h"
#include "tests/support/same_bits_of_tensors.h"

using namespace logitape;
using distributed::ClassSlices;
using distributed::World;

namespace {

constexpr std::int64_t rows = 7, depth = 5, classes = 53, block = 8;  // seven blocks, the last of 5

struct Data {
  Tensor hidden, weight, targets;
};
Data data(DType dtype) {
  Generator rng(4);
  return {randn({rows, depth}, rng, dtype), randn({depth, classes}, rng, dtype),
          tensor({std::int64_t{3}, std::int64_t{52}, std::int64_t{-1}, std::int64_t{8}, std::int64_t{7},
                  std::int64_t{40}, std::int64_t{3}})};
}

// Loss, its gradients, and those of a function of them: d(sum(dH^2) + sum(dW^2)) / dH and dW. The whole of dW.
Tensors results(World& world, const Data& d) {
  const ClassSlices slices(classes, world, block);
  const Tensor h = variable(d.hidden), w = variable(slices.slice_of(d.weight));
  const Tensor loss = distributed::linear_cross_entropy(world, slices, h, w, d.targets);
  const Tensors first = grad(loss, {h, w}, {.create_graph = true});
  // of a rank's own slice, and of what every rank has
  const Tensor mine = sum(first[1] * first[1]) + sum(first[0] * first[0]);
  const Tensors second = grad(mine, {w}, {.unreached = Unreached::zero});
  Tensors all{stop_gradient(loss), stop_gradient(first[0])};
  for (const Tensor& t : {first[1], second[0]}) {
    // columns as rows, so that slices can be gathered block by block
    const Tensor turned = transpose(stop_gradient(t));
    Tensor padded = turned;
    const std::int64_t blocks = slices.shares().rows_of(world.rank());
    if (turned.shape()[0] < blocks * block)
      padded = concat({turned, zeros({blocks * block - turned.shape()[0], depth}, t.dtype())}, 0);
    all.push_back(slice(reshape(world.gather(reshape(padded, {blocks, block, depth}), slices.shares()), {-1, depth}),
                        {0, 0}, {classes, -1}));
  }
  return all;
}

double distance(const Tensor& a, const Tensor& b) { return max(abs(a.to(DType::f64) - b.to(DType::f64))).item(); }

}  // namespace

TEST_CASE("a loss over slices of classes has the bits of one process, and the numbers of linear_cross_entropy") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Data d = data(dtype);
    World alone;
    const Tensors expected = results(alone, d);
    const Tensor h = variable(d.hidden), w = variable(d.weight);
    const Tensor plain = linear_cross_entropy(h, w, d.targets, {.ignore_index = -1});
    const Tensors first = grad(plain, {h, w}, {.create_graph = true});
    const Tensor second = grad(sum(first[0] * first[0]) + sum(first[1] * first[1]), w);
    const double epsilon = dtype == DType::f32 ? 2e-6 : 1e-14;  // some roundings of numbers near 1
    CHECK_LT(distance(expected[0], plain), epsilon);
    CHECK_LT(distance(expected[1], first[0]), epsilon);
    CHECK_LT(distance(transpose(expected[2]), first[1]), epsilon);
    CHECK_LT(distance(transpose(expected[3]), second), 4 * epsilon);
    for (const int ranks : {2, 3, 4, 7}) {
      CAPTURE(ranks);
      for (const std::string& t : loopback::run(ranks, [&](World& world) {
             const Tensors got = results(world, d);
             for (std::size_t i = 0; i < 3; ++i)
               require(tests::same_bits(got[i], expected[i]), "test", "result {} of rank {} has other bits", i,
                       world.rank());
             const double off = distance(got[3], expected[3]);
             require(off < 4 * epsilon, "test", "the second derivative of rank {} is off by {}", world.rank(), off);
           }))
        CHECK_EQ(t, "");
    }
  }
}

TEST_CASE("masked and infinite logits, and no row at all, are what they are elsewhere") {
  World world;
  const ClassSlices slices(4, world, 2);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const Tensor h = ones({1, 1});
  const auto loss = [&](std::initializer_list<float> logits, std::int64_t target) {
    return distributed::linear_cross_entropy(world, slices, h, reshape(tensor(logits), {1, 4}), tensor({target}))
        .item();
  };
  CHECK_EQ(loss({-infinity, -infinity, 1, 1}, 3), doctest::Approx(std::log(2.0)));
  CHECK_EQ(loss({-infinity, 0, 1, 1}, 0), infinity);
  CHECK_EQ(loss({0, 0, 0, 0}, -1), 0);
  CHECK_EQ(loss({1e30f, 0, 0, 0}, 0), 0);
}

TEST_CASE("slices that are none, and what does not meet, are refused") {
  World world;
  CHECK_THROWS_AS(ClassSlices(0, world), Error);
  const ClassSlices slices(10, world, 4);
  CHECK_EQ(slices.count(), 10);
  const Tensor h = ones({2, 3}), w = ones({3, 10});
  const auto call = [&](const Tensor& hidden, const Tensor& weight, std::int64_t target) {
    return distributed::linear_cross_entropy(world, slices, hidden, weight, tensor({target, std::int64_t{0}}));
  };
  CHECK_THROWS_WITH_AS(call(h, w, 10), doctest::Contains("target 10 at row 0 is outside [0, 10)"), Error);
  CHECK_THROWS_WITH_AS(call(h, ones({3, 9}), 0),
                       doctest::Contains("weight f32 [3,9]; [rows, in] and this rank's [in, 10]"), Error);
  CHECK_THROWS_AS(call(h.to(DType::f64), w, 0), Error);
  for (const std::string& t : loopback::run(4, [](World& ranks) { ClassSlices(10, ranks, 4); }))
    CHECK(t.find("10 classes are 3 blocks of 4, and there are 4 ranks") != std::string::npos);
}
