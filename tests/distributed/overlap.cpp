// Sums that travel while the rest is computed: the bits of sums at the end, whatever is ready when, and what one rank
// throws in the middle, in all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/distributed/detail/sums_under_way.h"
#include "logitape/train/distributed/world.h"
#include "tests/distributed/loopback.h"
#include "tests/support/same_bits_of_tensors.h"

using namespace logitape;
using distributed::Shares;
using distributed::World;

namespace {

// Of some MiB, in several buckets: f32 and f64, large, small, and empty ones.
Tensors tensors_of(int rank) {
  Generator rng(static_cast<std::uint64_t>(rank) + 5);
  return {randn({7}, rng),
          randn({300000}, rng),
          randn({0, 4}, rng),
          randn({}, rng),
          randn({200, 3}, rng),
          randn({70000}, rng),
          randn({200}, rng, DType::f64),
          randn({300, 500}, rng),
          randn({150000}, rng),
          randn({150000}, rng)};
}

constexpr std::size_t count_of_tensors = 10;

bool same(const Tensors& a, const Tensors& b) {
  return std::ranges::equal(a, b, [](const Tensor& x, const Tensor& y) { return tests::same_bits(x, y); });
}

void check_all(const std::vector<std::string>& thrown, const std::string& expected) {
  for (const std::string& t : thrown) CHECK_EQ(t, expected);
}

// Hands over all, the last first, but calls at(i) before each.
Tensors summed(World& world, const std::function<void(std::size_t)>& at) {
  const Tensors mine = tensors_of(world.rank());
  return world.sum_as_ready(mine, Shares(64, 8, world.size()), [&](const World::Ready& ready) {
    for (std::size_t i = mine.size(); i-- > 0;) {
      at(i);
      ready(i, mine[i]);
    }
  });
}

}  // namespace

TEST_CASE("buckets go from the last parameter to the first, hold about what is asked for, and one dtype") {
  using distributed::detail::buckets_of;
  const auto text = [](const Tensors& like, std::size_t bytes) {
    std::string all;
    for (const auto& [low, high] : buckets_of(like, bytes)) all += fmt::format("[{},{})", low, high);
    return all;
  };
  const Tensors five(5, zeros({10}));  // of 40 bytes
  CHECK_EQ(text(five, 80), "[3,5)[1,3)[0,1)");
  CHECK_EQ(text(five, 81), "[2,5)[0,2)");
  CHECK_EQ(text(five, 1), "[4,5)[3,4)[2,3)[1,2)[0,1)");
  CHECK_EQ(text(five, 1000), "[0,5)");
  CHECK_EQ(text({}, 1000), "");
  CHECK_EQ(text({five[0], five[0], zeros({1}, DType::f64), five[0]}, 1000), "[3,4)[2,3)[0,2)");
  CHECK_EQ(text({zeros({0}), zeros({0})}, 1), "[0,2)");
}

TEST_CASE("sums that travel early have the bits of sums at the end, in whatever order each rank has them") {
  for (const int ranks : {1, 2, 3, 4, 8, 9})
    for (const bool overlap : {true, false}) {
      CAPTURE(ranks);
      const auto thrown = loopback::run(
          ranks,
          [&](World& world) {
            const Shares shares(64, 8, ranks);
            const Tensors mine = tensors_of(world.rank() % shares.active());
            const Tensors expected = world.sum(mine, shares);
            std::mt19937 random(static_cast<unsigned>(world.rank()));
            for (int round = 0; round < 3; ++round) {
              std::vector<std::size_t> order(mine.size());
              for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
              std::ranges::shuffle(order, random);
              const Tensors early = world.sum_as_ready(mine, shares, [&](const World::Ready& ready) {
                for (const std::size_t i : order) ready(i, mine[i]);
              });
              require(same(early, expected), "test", "rank {} has other bits", world.rank());
            }
            require(world.sum_as_ready({}, shares, [](const World::Ready&) {}).empty(), "test", "sums of nothing");
          },
          {.overlap = overlap});
      check_all(thrown, "");
    }
}

TEST_CASE("other sums may be asked for while they are under way, as batch normalisation does") {
  check_all(loopback::run(4,
                          [](World& world) {
                            const Shares shares(64, 8, 4);
                            const Tensors expected = world.sum(tensors_of(world.rank()), shares);
                            const Tensors early = summed(world, [&](std::size_t i) {
                              const Tensor one = full({3}, static_cast<double>(i));
                              require(world.sum({one}, shares)[0].to_vector() ==
                                          std::vector<double>(3, 4.0 * static_cast<double>(i)),
                                      "test", "another sum");
                            });
                            require(same(early, expected), "test", "rank {} has other bits", world.rank());
                          }),
            "");
}

TEST_CASE("what one rank throws in the middle is thrown in all, wherever it is, and the next sums are right") {
  for (const int thrower : {0, 1, 3})
    for (std::size_t at = 0; at < count_of_tensors; at += 3)
      for (const bool others_sum : {false, true}) {
        CAPTURE(thrower);
        CAPTURE(at);
        const auto thrown = loopback::run(4, [&](World& world) {
          const Shares shares(64, 8, 4);
          std::string heard;
          try {
            world.together([&] {
              summed(world, [&](std::size_t i) {
                require(i != at || world.rank() != thrower, ErrorCode::out_of_range, "layer", "{} is not finite", i);
                if (others_sum) world.sum({zeros({2})}, shares);  // waits for the thrower, and not for its gradients
              });
            });
          } catch (const Error& e) {
            heard = e.what();
          }
          require(heard == fmt::format("rank {} of 4: layer: {} is not finite", thrower, at), "test", "heard {}",
                  heard);
          const Tensors expected = world.sum(tensors_of(world.rank()), shares);
          require(same(summed(world, [](std::size_t) {}), expected), "test", "other bits afterwards");
        });
        check_all(thrown, "");
      }
}

TEST_CASE("where several throw, at other places, the first is told; where all throw one thing, it is nobody's own") {
  check_all(loopback::run(4,
                          [](World& world) {
                            summed(world, [&](std::size_t i) {
                              const auto r = static_cast<std::size_t>(world.rank());
                              require(r == 0 || i != 2 * r, ErrorCode::io, "layer", "{} of rank {}", i, r);
                            });
                          }),
            "rank 1 of 4: layer: 2 of rank 1");
  check_all(
      loopback::run(
          3, [](World& world) { summed(world, [](std::size_t i) { require(i != 4, ErrorCode::io, "layer", "no"); }); }),
      "layer: no");
}

TEST_CASE("who throws before, or forgets a tensor, is told too") {
  check_all(loopback::run(3,
                          [](World& world) {
                            require(world.rank() != 2, ErrorCode::io, "loss", "no label");
                            summed(world, [](std::size_t) {});
                          }),
            "rank 2 of 3: loss: no label");
  check_all(loopback::run(3,
                          [](World& world) {
                            const Tensors mine = tensors_of(world.rank());
                            world.sum_as_ready(mine, Shares(64, 8, 3), [&](const World::Ready& ready) {
                              for (std::size_t i = 0; i < mine.size(); ++i)
                                if (i != 3 || world.first()) ready(i, mine[i]);
                            });
                          }),
            "rank 1 of 3: World: of 10 tensors to be summed only 9 were said to be ready");
}

TEST_CASE("a rank that stays in the middle of its pass ends all, within the patience") {
  const auto start = std::chrono::steady_clock::now();
  const auto thrown = loopback::run(3,
                                    [](World& world) {
                                      summed(world, [&](std::size_t i) {
                                        if (world.rank() == 1 && i == 5)
                                          std::this_thread::sleep_for(std::chrono::milliseconds(400));
                                      });
                                    },
                                    {.patience = 0.1});
  check_all(thrown, "stopped");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}
