// Blended batches: the blend itself, how shares are distributed, and what is refused.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "logitape.h"
#include "tests/support/stride.h"

namespace logitape::tests {

TEST_CASE("mixup blends each row with the row `shift` further on, and hands out that row's label") {
  Generator rng{3};
  const Tensor x = randn({5, 2, 3}, rng), labels = arange(5);
  const Mixed mixed = mixup(x, labels, 0.7, rng);
  CHECK(mixed.share > 0);
  CHECK(mixed.share < 1);
  const auto partners = mixed.partners.to_vector<std::int64_t>();
  const auto a = x.to_vector<double>(), found = mixed.inputs.to_vector<double>();
  for (std::size_t row = 0; row < 5; ++row) {
    const auto other = static_cast<std::size_t>(partners[row]);
    CHECK(other == (row + static_cast<std::size_t>(partners[0])) % 5);
    CHECK(other != row);
    for (std::size_t i = 0; i < 6; ++i)
      CHECK(std::abs(found[6 * row + i] - (mixed.share * a[6 * row + i] + (1 - mixed.share) * a[6 * other + i])) <=
            1e-6);  // f32
  }
}

TEST_CASE("shares have the mean and variance of Beta(alpha, alpha), tiny alphas included") {
  const Tensor x = ones({2, 1}), labels = arange(2);
  const std::size_t draws = 20000 / (sanitized ? 10 : 1);
  for (const double alpha : {0.01, 0.2, 1.0, 8.0}) {
    Generator rng{7};
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < draws; ++i) {
      const double share = mixup(x, labels, alpha, rng).share;
      mean += share;
      squares += (share - 0.5) * (share - 0.5);
    }
    const auto n = static_cast<double>(draws);
    const double variance = 1 / (4 * (2 * alpha + 1));
    CHECK(std::abs(mean / n - 0.5) < 5 * std::sqrt(variance / n));  // 5 standard errors
    CHECK(squares / n == doctest::Approx(variance).epsilon(
                             5 * std::sqrt(2 / n)));  // the spread of (share - 1/2)^2 is below its mean's root 2
  }
}

TEST_CASE("a batch of one row stays as it is, and what cannot be blended is refused") {
  Generator rng{1};
  CHECK(mixup(ones({1, 3}), arange(1), 1, rng).share == 1);
  CHECK_THROWS_WITH_AS(mixup(ones({2, 3}, DType::u8), arange(2), 1, rng),
                       "mixup: inputs are u8 [2,3]; f32 or f64 is needed: numbers are blended", Error);
  CHECK_THROWS_WITH_AS(mixup(ones({2, 3}), arange(2), 0, rng), "mixup: alpha 0 is not a finite number above 0", Error);
  CHECK_THROWS_WITH_AS(mixup(ones({2, 3}), arange(3), 1, rng),
                       "mixup: inputs f32 [2,3] and labels i64 [3] are not of as many rows", Error);
}

}  // namespace logitape::tests
