// Schedules against their formulas written out, and the factor that falls on a plateau.
#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

constexpr double rounding = 1e-15;  // f64: a cosine and three roundings of numbers up to 1

doctest::Approx near(double x) { return doctest::Approx(x).epsilon(rounding * 10).scale(1); }

}  // namespace

TEST_CASE("a schedule of nothing is 1 in every step, and a function is a schedule") {
  CHECK(Schedule()(7, 100) == 1);
  const Schedule half([](std::int64_t, std::int64_t) { return 0.5; });
  CHECK(half(3, 10) == 0.5);
  CHECK(half.str() == "a function");
}

TEST_CASE("a stair falls by its factor every so many steps") {
  const Schedule stair = step_decay(10, 0.5);
  CHECK(stair(0, 100) == 1);
  CHECK(stair(9, 100) == 1);
  CHECK(stair(10, 100) == 0.5);
  CHECK(stair(39, 100) == 0.125);
}

TEST_CASE("an exponential goes through the left ends of the stair with its numbers") {
  const Schedule smooth = exponential(10, 0.5), stair = step_decay(10, 0.5);
  for (const int k : {0, 10, 20, 90}) CHECK(smooth(k, 100) == near(stair(k, 100)));
  CHECK(smooth(5, 100) == near(std::sqrt(0.5)));
  CHECK(smooth.str() == "exponential(10, 0.5)");
}

TEST_CASE("a line and a power fall from 1 towards their end, and stay there beyond the last step") {
  for (int k = 0; k < 40; ++k) {
    CHECK(linear(0.2)(k, 40) == near(1 - 0.8 * k / 40));
    CHECK(linear(0.2)(k, 40) == near(polynomial(1, 0.2)(k, 40)));
    CHECK(polynomial(2, 0.1)(k, 40) == near(0.1 + 0.9 * (40 - k) * (40 - k) / 1600.0));
  }
  CHECK(linear()(50, 40) == 0);
  CHECK(polynomial(0.5, 0.1)(50, 40) == 0.1);
  CHECK(linear().str() == "linear(0)");
  CHECK(polynomial(2).str() == "polynomial(2, 0)");
}

TEST_CASE("the cosine goes from 1 by the middle at half of the steps towards its lowest") {
  CHECK(cosine()(0, 100) == 1);
  CHECK(cosine()(50, 100) == near(0.5));
  CHECK(cosine(0.2)(50, 100) == near(0.6));
  for (int k = 0; k < 40; ++k)
    CHECK(cosine(0.1)(k, 40) == near(0.1 + 0.9 * (1 + std::cos(std::numbers::pi * k / 40)) / 2));
  CHECK(cosine()(99, 100) > 0);
  CHECK(cosine()(99, 100) < 0.001);
}

TEST_CASE("warm-up rises in equal steps to 1, then what follows begins at its own step 0") {
  const Schedule warm = warm_up(4, cosine());
  for (int k = 0; k < 4; ++k) CHECK(warm(k, 20) == near((k + 1) / 5.0));
  for (int k = 4; k < 20; ++k) CHECK(warm(k, 20) == near(cosine()(k - 4, 16)));
  CHECK(warm_up(3)(10, 20) == 1);
  CHECK(warm.str() == "warm_up(4, cosine(0))");
}

TEST_CASE("one cycle begins at its first, peaks at 1 and ends at its last, by half cosines") {
  const Schedule cycle = one_cycle({.rise = 0.25, .first = 0.04, .last = 0.001});
  const int n = 41;  // the peak is at step 10
  CHECK(cycle(0, n) == near(0.04));
  CHECK(cycle(10, n) == near(1));
  CHECK(cycle(40, n) == near(0.001));
  CHECK(cycle(5, n) == near((0.04 + 1) / 2));
  CHECK(cycle(25, n) == near((1 + 0.001) / 2));
  for (int k = 1; k < n; ++k) CHECK((k <= 10) == (cycle(k, n) > cycle(k - 1, n)));
  CHECK(cycle(0, 1) == 1);
}

TEST_CASE(
    "on a plateau the factor falls after more epochs without a gain than the patience, and no lower than its floor") {
  ReduceOnPlateau plateau{{.factor = 0.1, .patience = 2, .min_delta = 0.01, .lowest = 0.05}};
  std::vector<double> factors;
  for (const double score : {1.0, 2.0, 2.005, 2.0, 1.9, 2.1, 0.0, 0.0, 0.0, 0.0}) {
    plateau.observe(score);
    factors.push_back(plateau.factor());
  }
  // 2.005 is within min_delta of the best: no gain
  CHECK(factors == std::vector<double>{1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05});
  ReduceOnPlateau twin{{.factor = 0.1, .patience = 2, .min_delta = 0.01, .lowest = 0.05}};
  twin.set_state(plateau.state());
  CHECK(twin.factor() == 0.05);
}

TEST_CASE("options of schedules outside their ranges are refused") {
  CHECK_THROWS_WITH_AS(step_decay(0), "step_decay: every is 0; at least 1 is needed", Error);
  CHECK_THROWS_WITH_AS(step_decay(1, 0), "step_decay: factor 0 is outside (0, 1]", Error);
  CHECK_THROWS_WITH_AS(exponential(0, 0.5), "exponential: every is 0; at least 1 is needed", Error);
  CHECK_THROWS_WITH_AS(exponential(1, 1.5), "exponential: factor 1.5 is outside (0, 1]", Error);
  CHECK_THROWS_WITH_AS(linear(2), "linear: end 2 is outside [0, 1]", Error);
  CHECK_THROWS_WITH_AS(polynomial(0), "polynomial: power 0 is not a finite number above 0", Error);
  CHECK_THROWS_WITH_AS(polynomial(1, -1), "polynomial: end -1 is outside [0, 1]", Error);
  CHECK_THROWS_WITH_AS(cosine(-0.5), "cosine: lowest -0.5 is outside [0, 1]", Error);
  CHECK_THROWS_WITH_AS(warm_up(-1), "warm_up: steps is -1; at least 0 is needed", Error);
  CHECK_THROWS_WITH_AS(one_cycle({.rise = 1}), "one_cycle: rise 1 is outside [0, 1)", Error);
  CHECK_THROWS_WITH_AS((ReduceOnPlateau{{.factor = 1}}), "ReduceOnPlateau: factor 1 is outside (0, 1)", Error);
  CHECK_THROWS_WITH_AS((ReduceOnPlateau{{.patience = -1}}), "ReduceOnPlateau: patience is -1; at least 0 is needed",
                       Error);
}

}  // namespace logitape::tests
