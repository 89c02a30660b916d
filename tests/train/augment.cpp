// Augmented pictures: what each change can make of known pixels, and that draws do not depend on what is asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using Numbers = std::vector<double>;

TEST_CASE("a flipped picture is as it was or mirrored, each about one time in two") {
  Generator rng{5};
  const Tensor x = reshape(arange(400 * 6).to(DType::f64), {400, 2, 3});
  const Numbers was = x.to_vector<double>(), is = augment(x, {.flip = true}, rng).to_vector<double>();
  int mirrored = 0;
  for (std::size_t row = 0; row < 400; ++row) {
    const bool other = is[6 * row] != was[6 * row];
    mirrored += other;
    for (std::size_t i = 0; i < 6; ++i) {
      const std::size_t from = other ? i / 3 * 3 + 2 - i % 3 : i;
      CHECK(is[6 * row + i] == was[6 * row + from]);
    }
  }
  CHECK(std::abs(mirrored - 200) < 60);  // six standard deviations of 10
}

TEST_CASE("a shifted picture is moved by up to an eighth each way, and its edge repeated") {
  Generator rng{6};
  const Tensor row = reshape(arange(16).to(DType::f32), {1, 1, 16});
  std::set<double> seen;
  for (int i = 0; i < 200; ++i) {
    const Numbers is = augment(row, {.shift = true}, rng).to_vector<double>();
    const double by = is[8] - 8;
    seen.insert(by);
    for (std::size_t k = 0; k < 16; ++k) CHECK(is[k] == std::clamp(static_cast<double>(k) + by, 0.0, 15.0));
  }
  CHECK(seen == std::set<double>{-2, -1, 0, 1, 2});
}

TEST_CASE("a crop of a slope is a slope, of 3/4 to 1 of its steepness, in both directions alike") {
  Generator rng{7};
  Numbers plane;
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) plane.push_back(100 * y + x);
  const Tensor x = from_span(plane, {1, 16, 16, 1});
  for (int i = 0; i < 100; ++i) {
    const Numbers is = augment(x, {.crop = true}, rng).to_vector<double>();
    const double step = is[8 * 16 + 8] - is[8 * 16 + 7];
    CHECK(step >= 0.75 - 1e-9);
    CHECK(step <= 1 + 1e-9);
    for (std::size_t k = 2; k < 13; ++k) {  // near the edge it is repeated
      CHECK(std::abs(is[8 * 16 + k + 1] - is[8 * 16 + k] - step) < 1e-9);
      CHECK(std::abs(is[16 * (k + 1) + 8] - is[16 * k + 8] - 100 * step) < 1e-9);
    }
    CHECK(*std::ranges::min_element(is) >= 0);
    CHECK(*std::ranges::max_element(is) <= 1515);
  }
}

TEST_CASE("the draws of a picture are its own, rows of numbers may be pictures, and what is wrong is refused") {
  Generator a{8}, b{8}, c{8};
  Generator of_rows{1};
  const Tensor x = uniform({4, 9, 8, 3}, of_rows);
  CHECK(augment(x, {}, a).to_vector<float>() == x.to_vector<float>());
  augment(x, {.flip = true, .shift = true, .crop = true}, b);
  CHECK(a.position() == b.position());
  const Augmentation how{.flip = true, .crop = true, .image = {9, 8, 3}};
  CHECK(augment(reshape(x, {4, 216}), how, c).shape() == Shape{4, 216});
  CHECK(Augmentation::named("crop,flip").str() == "flip,crop");
  CHECK(Augmentation{}.str() == "none");
  CHECK_THROWS_WITH_AS(Augmentation::named("flip,"),
                       "augment: \"\" in \"flip,\" is no augmentation; there are flip, shift and crop", Error);
  CHECK_THROWS_WITH_AS(augment(uniform({4, 9}, of_rows), {.flip = true}, a), doctest::Contains("are no pictures"),
                       Error);
  CHECK_THROWS_WITH_AS(augment(x.to(DType::u8), {.flip = true}, a), doctest::Contains("f32 or f64 are needed"), Error);
}

TEST_CASE("a Trainer that augments gives the same bits for one seed, and others than without") {
  Generator rng{9};
  const Dataset rows{uniform({40, 6, 6}, rng), greater(arange(40), 19).to(DType::i64)};
  const auto trained = [&](const Augmentation& how) {
    Sequential model{Flatten{}, Linear{36, 2}};
    Generator weights{1};
    model.initialise(weights);
    Trainer{model, AdamW{}, {.epochs = 2, .batch_size = 16, .augment = how}}.fit(rows);
    return parameters_of(model).front()->value.to_vector<float>();
  };
  const Augmentation how{.flip = true, .shift = true, .crop = true};
  CHECK(trained(how) == trained(how));
  CHECK(trained(how) != trained({}));
}

}  // namespace
}  // namespace logitape::tests
