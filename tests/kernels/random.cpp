// Random numbers: the published answers of Philox, the oracle's, and what a stream must look like.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "tests/support/oracle.h"
#include "logitape/backends/oracle/random.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/core/error.h"
#include "logitape/core/random.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

template <class T>
std::vector<T> draw(Kernel<RandomArgs> kernel, std::uint64_t key, std::uint64_t first, std::int64_t size) {
  std::vector<T> y(static_cast<std::size_t>(size));
  kernel({dtype_of<T>(), key, first, size, y.data()});
  return y;
}

double mean_power(const std::vector<double>& x, int power) {
  double sum = 0;
  for (double v : x) sum += std::pow(v, power);
  return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the known answers of Random123") {
  using random::Block;
  CHECK(random::philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(random::philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(random::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform and dropout numbers are the oracle's, bit for bit, wherever the stream starts") {
  for (const cpu::Target& target : cpu::targets())
    for (std::uint64_t key : {0ull, 7ull, 0x123456789abcdef0ull})
      for (std::uint64_t first : {0ull, 1ull, 1023ull, 0x1ffffffffull, ~0ull - 99})
        for (std::int64_t size : {0, 1, 2, 3, 1023, 1024, 1025, 3001}) {
          CHECK(draw<float>(target.kernels.uniform, key, first, size) ==
                draw<float>(oracle::kernels<double>().uniform, key, first, size));
          CHECK(draw<double>(target.kernels.uniform, key, first, size) ==
                draw<double>(oracle::kernels<long double>().uniform, key, first, size));
          std::vector<float> want(static_cast<std::size_t>(size)), got = want;
          oracle::kernels<double>().dropout_mask({DType::f32, key, first, 0.3, size, want.data()});
          target.kernels.dropout_mask({DType::f32, key, first, 0.3, size, got.data()});
          CHECK(got == want);
        }
}

TEST_CASE("normal numbers are the quantiles of their uniform numbers") {
  const auto f64 = draw<double>(cpu::kernels().normal, 42, 5, 5000);
  const auto exact = draw<double>(oracle::kernels<long double>().normal, 42, 5, 5000);
  const auto f32 = draw<float>(cpu::kernels().normal, 42, 5, 5000);
  double worst = 0;
  for (std::size_t i = 0; i < f64.size(); ++i) {
    worst = std::max(worst, std::fabs(f64[i] - exact[i]) / std::fabs(exact[i]));
    CHECK(f32[i] == static_cast<float>(f64[i]));  // the same number, rounded
  }
  CHECK(worst < 1e-15);  // AS 241 promises about 1e-16, and evaluating it rounds some ten times
}

TEST_CASE("normal numbers reach into both tails and are symmetric") {
  CHECK(random::normal(~0ull) == -random::normal(0));
  CHECK(random::normal(1ull << 63) == -random::normal((1ull << 63) - 1));
  for (std::uint64_t step = 1ull << 63; step >= 1ull << 12; step /= 2)  // halving the probability, down to 2^-52
    for (std::uint64_t bits : {step - 1, step, step + step / 2}) {
      const double z = random::normal(bits);
      const auto exact =
          static_cast<double>(oracle::normal_quantile((static_cast<long double>(bits >> 12) + 0.5L) * 0x1p-52L));
      CHECK(std::fabs(z - exact) <= 1e-15 * std::fabs(exact) + 1e-18);  // near 0 erfc is 1 to 64 bits
      CHECK(random::normal(~bits) == -z);
    }
}

TEST_CASE("a stream is the same however it is cut, on every target and for every number of threads") {
  const std::int64_t size = 300007;  // above the threading threshold
  const auto on = [&](int threads, auto kernel) {
    const ThreadCount count(threads);
    return draw<float>(kernel, 3, 11, size);
  };
  const auto uniform = on(1, cpu::kernels().uniform), normal = on(1, cpu::kernels().normal);
  for (const cpu::Target& target : cpu::targets())
    for (int threads : {2, 3}) {
      CHECK(tests::same_bits(on(threads, target.kernels.uniform), uniform));
      CHECK(tests::same_bits(on(threads, target.kernels.normal), normal));
    }
  for (std::int64_t cut : {1, 2, 777, 1024, 4001}) {
    auto left = draw<float>(cpu::kernels().normal, 3, 11, cut);
    const auto right = draw<float>(cpu::kernels().normal, 3, 11 + static_cast<std::uint64_t>(cut), 5000 - cut);
    left.insert(left.end(), right.begin(), right.end());
    CHECK(std::equal(left.begin(), left.end(), normal.begin()));
  }
}

TEST_CASE("uniform numbers fill [0, 1) evenly") {
  const std::int64_t size = 1 << 18;
  for (std::uint64_t key : {0u, 1u, 2u}) {
    const auto x = draw<double>(cpu::kernels().uniform, key, 0, size);
    std::vector<double> bins(256);
    for (double v : x) {
      REQUIRE((v >= 0 && v < 1));
      ++bins[static_cast<std::size_t>(v * 256)];
    }
    double chi2 = 0;
    for (double count : bins) chi2 += (count - 1024) * (count - 1024) / 1024;
    CHECK(std::fabs(chi2 - 255) < 5 * std::sqrt(2 * 255.));  // 5 standard deviations of chi squared with 255 degrees
    double product = 0;                                      // neighbours are uncorrelated
    for (std::size_t i = 0; i + 1 < x.size(); ++i) product += (x[i] - 0.5) * (x[i + 1] - 0.5);
    CHECK(std::fabs(product * 12 / std::sqrt(static_cast<double>(size))) < 5);
  }
}

TEST_CASE("normal numbers have the moments of the normal distribution") {
  const std::int64_t size = 1 << 18;
  const double n = static_cast<double>(size);
  for (std::uint64_t key : {0u, 1u}) {
    const auto x = draw<double>(cpu::kernels().normal, key, 0, size);
    // 5 standard deviations of each sample moment
    CHECK(std::fabs(mean_power(x, 1)) < 5 * std::sqrt(1 / n));
    CHECK(std::fabs(mean_power(x, 2) - 1) < 5 * std::sqrt(2 / n));
    CHECK(std::fabs(mean_power(x, 3)) < 5 * std::sqrt(15 / n));
    CHECK(std::fabs(mean_power(x, 4) - 3) < 5 * std::sqrt(96 / n));
  }
}

TEST_CASE("dropout keeps 1 - rate of the elements and scales them; rate 0 keeps all, rate 1 none") {
  const std::int64_t size = 1 << 18;
  std::vector<double> y(static_cast<std::size_t>(size));
  for (double rate : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    cpu::kernels().dropout_mask({DType::f64, 5, 0, rate, size, y.data()});
    const auto dropped = std::count(y.begin(), y.end(), 0.0);
    CHECK(dropped + std::count(y.begin(), y.end(), 1 / (1 - rate)) == size);
    CHECK(std::fabs(static_cast<double>(dropped) - rate * size) <= 5 * std::sqrt(rate * (1 - rate) * size));
  }
  cpu::kernels().dropout_mask({DType::f64, 5, 0, 1 - 0x1p-40, size, y.data()});  // the threshold rounds to 2^32
  CHECK(std::count(y.begin(), y.end(), 0.0) == size);
}

TEST_CASE("keys give different streams") {
  std::set<double> seen;
  for (std::uint64_t key = 0; key < 1000; ++key)
    for (double v : draw<double>(cpu::kernels().uniform, key, 0, 10)) seen.insert(v);
  CHECK(seen.size() == 10000);
}

TEST_CASE("a generator draws its stream in order, and a copy draws the same") {
  Generator rng(9);
  CHECK(rng.key() == 9);
  CHECK(rng.advance(10) == 0);
  CHECK(rng.position() == 10);
  Generator copy = rng;
  const auto want = draw<double>(cpu::kernels().uniform, 9, 10, 2);
  CHECK(rng.next_uniform() == want[0]);
  CHECK(rng.next_uniform() == want[1]);
  CHECK(rng.position() == 12);
  CHECK(copy.next_uniform() == want[0]);
}

TEST_CASE("a generator made of another's key and position goes on as that one does") {
  Generator rng{5};
  rng.advance(7);
  Generator same{rng.key(), rng.position()};
  for (int i = 0; i < 5; ++i) CHECK(same.next_u64() == rng.next_u64());
}

TEST_CASE("below(n) is even over [0, n), and n = 0 is refused") {
  Generator rng(1);
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count[static_cast<std::size_t>(rng.below(7))];
  for (int c : count) CHECK(std::abs(c - 10000) < 5 * 93);  // standard deviation sqrt(70000 * 6/49) = 92.6
  CHECK(rng.below(1) == 0);
  int upper = 0;  // of [0, 3 * 2^62) a third lies above 2^63; a remainder with bias would put a quarter there
  for (int i = 0; i < 30000; ++i) upper += rng.below(3ull << 62) >= 1ull << 63;
  CHECK(std::abs(upper - 10000) < 5 * 82);
  CHECK_THROWS_WITH_AS(rng.below(0), "Generator::below: n is 0; at least 1 is needed", Error);
}

TEST_CASE("split streams differ from their parent and from one another, and can be had again") {
  Generator rng(4);
  Generator a = rng.split(), b = rng.split();
  CHECK(a.key() != b.key());
  CHECK(a.key() != rng.key());
  CHECK(a.position() == 0);
  CHECK(Generator(4).split().key() == a.key());
  CHECK(rng.position() == 2);
  std::set<std::uint64_t> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(rng.split().key());
  CHECK(keys.size() == 1000);
  // no key of a split is a number of the parent's own stream
  for (std::uint64_t i = 0; i < 1000; ++i) {
    std::uint64_t bits = 0;
    random::bits(4, i, {&bits, 1});
    CHECK(keys.count(bits) == 0);
  }
}
