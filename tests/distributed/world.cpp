// Ranks as threads: sums and rows of all, and what one rank throws, or does not do, in all of them.
#include "logitape/train/distributed/world.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <thread>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "tests/distributed/loopback.h"

using namespace logitape;
using distributed::Shares;
using distributed::Subtree;
using distributed::World;

namespace {

// A block's array: numbers of many sizes, so that another order of sums gives other bits.
template <class T>
std::vector<T> block(int b, std::size_t count) {
  std::mt19937 rng(static_cast<unsigned>(b) + 7);
  std::normal_distribution<double> normal;
  std::vector<T> x(count);
  for (T& v : x) v = static_cast<T>(normal(rng) * std::exp(normal(rng)));
  return x;
}

template <class T>
std::vector<T> tree_sum(const Subtree& tree, std::size_t count) {
  if (tree.size() == 1) return block<T>(tree.low, count);
  std::vector<T> sum = tree_sum<T>(tree.left(), count);
  const std::vector<T> right = tree_sum<T>(tree.right(), count);
  for (std::size_t i = 0; i < count; ++i) sum[i] += right[i];
  return sum;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
void check_sums() {
  for (const int blocks : {1, 3, 8, 13})
    for (const int ranks : {1, 2, 3, 4, 5, 8, 9})
      for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{9001}}) {
        CAPTURE(blocks);
        CAPTURE(ranks);
        CAPTURE(count);
        const std::vector<T> expected = tree_sum<T>({0, blocks}, count);
        std::vector<int> right(static_cast<std::size_t>(ranks));
        const auto thrown = loopback::run(ranks, [&](World& world) {
          const Shares shares(100, blocks, ranks);
          std::vector<T> mine = tree_sum<T>(shares.of(world.rank()), count);
          world.sum(mine.data(), count, shares);
          right[static_cast<std::size_t>(world.rank())] = same(mine, expected);
        });
        for (const std::string& t : thrown) CHECK_EQ(t, "");
        CHECK_EQ(std::accumulate(right.begin(), right.end(), 0), ranks);
      }
}

}  // namespace

TEST_CASE("a sum has the bits of the tree, in every rank and for any number of ranks") {
  check_sums<float>();
  check_sums<double>();
}

TEST_CASE("sums of tensors travel together, f32 beside f64") {
  const auto thrown = loopback::run(3, [](World& world) {
    const Shares shares(9, 3, 3);
    const double r = world.rank() + 1;
    const Tensors sums = world.sum({tensor({r, 2 * r}), full({2, 2}, r, DType::f64), full({}, r)}, shares);
    require(sums[0].to_vector() == std::vector<double>{6, 12} && sums[1].dtype() == DType::f64 &&
                sums[1].shape() == Shape{2, 2} && sums[1].to_vector() == std::vector<double>(4, 6.0) &&
                sums[2].item() == 6,
            "test", "other sums than expected in rank {}", world.rank());
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "");
}

TEST_CASE("rows are gathered in their order, of any dtype, also where ranks have no share") {
  for (const int ranks : {1, 2, 3, 4, 7}) {
    const auto thrown = loopback::run(ranks, [&](World& world) {
      const Shares shares(5, 3, ranks);
      const std::int64_t first = shares.first_row_of(world.rank()), rows = shares.rows_of(world.rank());
      const Tensor mine = reshape(arange(2 * first, 2 * (first + rows)), {rows, 2});
      const Tensor all = world.gather(mine, shares);
      std::vector<std::int64_t> expected(10);
      std::iota(expected.begin(), expected.end(), 0);
      require(all.shape() == Shape{5, 2} && all.to_vector<std::int64_t>() == expected, "test", "other rows");
      require(world.gather(greater(mine, 4), shares).dtype() == DType::boolean, "test", "dtype");
    });
    for (const std::string& t : thrown) CHECK_EQ(t, "");
  }
}

TEST_CASE("what one rank throws is thrown in all, in its words") {
  const auto thrown = loopback::run(4, [](World& world) {
    world.meet("the start");
    require(world.rank() != 2, ErrorCode::out_of_range, "cross_entropy", "label {} is outside [0, {})", 108, 10);
    world.meet("step 1");
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "rank 2 of 4: cross_entropy: label 108 is outside [0, 10)");
}

TEST_CASE("an error that every rank has is nobody's own, and the first of several is told") {
  for (const std::string& t : loopback::run(3, [](World&) { fail(ErrorCode::io, "load", "no file"); }))
    CHECK_EQ(t, "load: no file");
  for (const std::string& t : loopback::run(3, [](World& world) {
         if (world.rank() > 0) fail(ErrorCode::io, "load", "no file {}", world.rank());
         world.meet("step 1");
       }))
    CHECK_EQ(t, "rank 1 of 3: load: no file 1");
  for (const std::string& t : loopback::run(2, [](World& world) {
         if (world.rank() == 1) throw std::bad_alloc();
         world.meet("step 1");
       }))
    CHECK_EQ(t, "rank 1 of 2: std::bad_alloc");
}

TEST_CASE("an error that is caught by all leaves the ranks together") {
  const auto thrown = loopback::run(3, [](World& world) {
    for (int step = 0; step < 3; ++step) {
      std::string heard;
      try {
        world.together([&] {
          require(world.rank() != step, "step", "rank {} fails", step);
          world.meet("a step");
        });
      } catch (const Error& e) {
        heard = e.what();
      }
      require(heard == fmt::format("rank {0} of 3: step: rank {0} fails", step), "test", "heard {}", heard);
    }
    world.meet("the end");
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "");
}

TEST_CASE("an error that all had, and one has again, is told again") {
  const auto thrown = loopback::run(3, [](World& world) {
    std::string heard;
    try {
      world.together([&] { fail(ErrorCode::io, "load", "no file"); });
    } catch (const Error& e) {
      heard = e.what();
    }
    require(heard == "load: no file", "test", "heard {}", heard);
    world.meet("a second try");
    require(world.rank() != 1, ErrorCode::io, "load", "no file");
    world.meet("step 1");
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "rank 1 of 3: load: no file");
}

TEST_CASE("after an error ranks meet again, wherever each of them was") {
  const auto thrown = loopback::run(3, [](World& world) {
    std::string heard;
    try {
      world.together([&] {
        world.at(world.first() ? "the reading" : "the end");
        require(!world.first(), ErrorCode::io, "load", "no file");
        world.meet("its last line");
      });
    } catch (const Error& e) {
      heard = e.what();
    }
    require(heard == "rank 0 of 3: load: no file", "test", "heard {}", heard);
    world.meet("a second try");
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "");
}

TEST_CASE("texts that have to be the same are compared, and the rank that differs is named") {
  const auto thrown = loopback::run(4, [](World& world) {
    world.require_same("settings", "epochs=30");
    world.require_same("data", world.rank() == 2 ? "1,438 rows" : "1,437 rows");
  });
  for (const std::string& t : thrown)
    CHECK_EQ(t, "World: the data of rank 2 of 4 differs: 1,438 rows; rank 0 has 1,437 rows");
}

TEST_CASE("who does not come ends all, within the patience") {
  const auto start = std::chrono::steady_clock::now();
  const auto thrown = loopback::run(3,
                                    [](World& world) {
                                      if (world.rank() == 1)
                                        std::this_thread::sleep_for(std::chrono::milliseconds(400));
                                      world.meet("step 25");
                                    },
                                    {.patience = 0.1});
  for (const std::string& t : thrown) CHECK_EQ(t, "stopped");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("ranks that are at different places are ended") {
  for (const std::string& t : loopback::run(2, [](World& world) { world.meet(world.first() ? "logits" : "sums"); }))
    CHECK_EQ(t, "stopped");
}

TEST_CASE("a world alone needs nobody, and refuses shares of others") {
  World world;
  CHECK_EQ(world.size(), 1);
  CHECK(world.first());
  CHECK_EQ(world.engine(), "one process");
  CHECK_EQ(world.sum({tensor({1.0, 2.0})}, Shares(10, 8, 1))[0].to_vector(), std::vector<double>{1, 2});
  CHECK_THROWS_WITH_AS(world.sum({tensor({1.0})}, Shares(10, 8, 2)), doctest::Contains("shares of 2 ranks"), Error);
  CHECK_THROWS_AS(World({.patience = 0}), Error);
  CHECK_EQ(world.run([] {}), 0);
}
