// Clipping against plain loops of long double, what it leaves alone, and the same bits for any number of threads.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"
#include "tests/support/same_bits.h"

namespace logitape::tests {
namespace {

std::vector<Tensor> gradients() {
  Generator rng{5};
  return {randn({700, 500}, rng), randn({500}, rng),
          randn({3, 3}, rng, DType::f64)};  // the first is large enough for threads
}

long double squares(const Tensor& g) {
  long double total = 0;
  for (const double x : g.to_vector<double>()) total += static_cast<long double>(x) * x;
  return total;
}

}  // namespace

TEST_CASE("the global norm is the root of all squares, to the digits of f64") {
  const auto all = gradients();
  const long double wanted = std::sqrt(squares(all[0]) + squares(all[1]) + squares(all[2]));
  // f64: 350,000 squares added in a tree of depth under 64, each level rounded once
  CHECK(std::abs(static_cast<long double>(global_norm(all)) - wanted) <=
        64 * std::numeric_limits<double>::epsilon() * wanted);
  CHECK(global_norm(std::vector<Tensor>{tensor({1e30f, 1e30f})}) ==
        doctest::Approx(std::sqrt(2.0) * 1e30).epsilon(1e-7));  // f32 1e30
  CHECK(global_norm(std::vector<Tensor>{tensor({3.f}), tensor({-4.f})}) == 5);
  CHECK(global_norm({}) == 0);
}

TEST_CASE("norms of numbers whose squares are beyond f64, or below it, are right, and clipping by them too") {
  for (const double scale : {1e200, 3e307, 1e-200, 1e-320, 1e160, 1e-155}) {
    CAPTURE(scale);
    const std::vector<Tensor> all = {tensor({3 * scale, 0.0}), tensor({4 * scale}), tensor({1.f})};
    const std::vector<Tensor> two(all.begin(), all.begin() + 2);
    // f64: a root and a handful of products; below 1e-308 the numbers themselves have fewer digits
    const double bound = scale < 1e-300 ? 1e-3 : 4e-16;
    CHECK(std::abs(global_norm(two) / scale - 5) <= 5 * bound);
    CHECK(global_norm(all) == doctest::Approx(scale > 1 ? 5 * scale : 1).epsilon(1e-15));
    const auto clipped = clip_by_global_norm(two, scale > 1 ? 1 : scale);
    const double to = scale > 1 ? 1 : scale;
    CHECK(std::abs(clipped[0].to_vector<double>()[0] / to - 0.6) <= bound);
    CHECK(std::abs(clipped[1].item<double>() / to - 0.8) <= bound);
  }
  const double most = 1.7e308;  // the norm itself is beyond f64
  const auto halves = clip_by_global_norm(std::vector<Tensor>{tensor({most, most, most, most})}, most);
  for (const double x : halves[0].to_vector<double>()) CHECK(x == doctest::Approx(most / 2).epsilon(1e-15));
  // f32 holds 1e-8, but not the factor 1e-46
  CHECK(clip_by_global_norm(std::vector<Tensor>{tensor({1e38f})}, 1e-8)[0].item<float>() == 1e-8f);
  const auto tiny = clip_by_global_norm(std::vector<Tensor>{tensor({3e200, 4e200})}, 1e-300)[0].to_vector<double>();
  CHECK(tiny[0] == doctest::Approx(6e-301).epsilon(1e-15));
}

TEST_CASE("clipping by the norm scales all gradients alike, to the bound") {
  const auto all = gradients();
  const auto clipped = clip_by_global_norm(all, 2);
  CHECK(global_norm(clipped) ==
        doctest::Approx(2).epsilon(1e-7));  // each element rounded to f32, errors of either sign
  const double factor = 2 / global_norm(all);
  for (std::size_t t = 0; t < all.size(); ++t) {
    const auto before = all[t].to_vector<double>(), after = clipped[t].to_vector<double>();
    double worst = 0;
    for (std::size_t i = 0; i < before.size(); ++i) worst = std::max(worst, std::abs(after[i] - before[i] * factor));
    CHECK(worst <= 1e-8);  // f32: the factor and the product, below 0.02, rounded once each
    CHECK(clipped[t].dtype() == all[t].dtype());
  }
}

TEST_CASE("gradients within the bound stay the same tensors, and so do those whose norm is not finite") {
  const auto all = gradients();
  const auto kept = clip_by_global_norm(all, 1e6);
  for (std::size_t t = 0; t < all.size(); ++t) CHECK(kept[t].data() == all[t].data());
  const std::vector<Tensor> bad = {tensor({1.f, std::numeric_limits<float>::quiet_NaN()}), tensor({2.f})};
  CHECK(clip_by_global_norm(bad, 1)[1].item<float>() == 2);
}

TEST_CASE("clipping by value bounds every element, and NaN stays NaN") {
  const auto clipped =
      clip_by_value(std::vector<Tensor>{tensor({-3.f, 0.25f, 2.f, std::numeric_limits<float>::quiet_NaN()})}, 0.5);
  const auto x = clipped[0].to_vector<float>();
  CHECK((x[0] == -0.5f && x[1] == 0.25f && x[2] == 0.5f && std::isnan(x[3])));
}

TEST_CASE("clipping gives the same bits for 1, 2, 3 and 7 threads") {
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3, 7}) {
    const ThreadCount count(threads);
    results.push_back(clip_by_global_norm(gradients(), 1)[0].to_vector<float>());
  }
  for (const auto& r : results) CHECK(same_bits(r, results[0]));
}

TEST_CASE("bounds that are not above 0 are refused") {
  CHECK_THROWS_WITH_AS(clip_by_global_norm({}, 0), "clip_by_global_norm: max_norm 0 is not a finite number above 0",
                       Error);
  CHECK_THROWS_WITH_AS(clip_by_value({}, -1), "clip_by_value: limit -1 is not a finite number above 0", Error);
}

}  // namespace logitape::tests
