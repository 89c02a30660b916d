// Serving: the rows of a call shared among threads, rows as plain numbers, and what is refused of them.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

std::vector<float> said(const Classifier& classifier, const Tensor& rows, int threads) {
  const ThreadCount count(threads);
  return classifier.predict(rows).probabilities.to_vector<float>();
}

}  // namespace

TEST_CASE("many rows, shared among threads, have the bits of each row alone") {
  Generator rng{1};
  const Tensor rows = randn({600, 64}, rng);
  for (const char* const architecture : {"mlp:64,32,3", "lenet:8,8,1,3", "small_resnet:8,8,1,3;width=4"}) {
    CAPTURE(std::string(architecture));
    const Classifier classifier(architecture, {"a", "b", "c"}, rng);
    const std::vector<float> all = said(classifier, rows, 1);
    for (const int threads : {2, 3, 7}) CHECK(said(classifier, rows, threads) == all);
    for (const std::int64_t row : {0, 255, 256, 511, 599}) {
      const std::vector<float> alone = said(classifier, reshape(rows[row], {1, 64}), 1);
      const auto at = all.begin() + 3 * row;
      CHECK(std::equal(alone.begin(), alone.end(), at));
    }
  }
}

TEST_CASE("the NaN of a row that another thread computes is named with its place among all rows") {
  Generator rng{1};
  const Classifier classifier("linear:2,2", {"a", "b"}, rng);
  std::vector<float> x(1200, 1.f);
  x[1001] = std::numeric_limits<float>::quiet_NaN();
  std::string sentence;
  try {
    classifier.predict(from_span(x, {600, 2}));
  } catch (const Error& e) {
    sentence = e.what();
  }
  CHECK(sentence.find("at row 500 is NaN") != std::string::npos);
}

TEST_CASE("rows as plain numbers are the rows of a table, by the places of their texts") {
  Preprocessing prepare;
  prepare.classes = {"no", "yes"};
  prepare.class_sizes = {1, 1};
  prepare.columns = {{.name = "n", .categories = {}, .mean = 2, .offset = 2, .scale = 0.5},
                     {.name = "t", .categories = {"red", "", "blue"}}};
  prepare.row = {2};
  prepare.from_table = true;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(prepare.numbers_of_a_row() == 2);
  // n: (x - 2) / 0.5, the mean's for a NaN; t: a place, a missing one, and three that are none
  const std::vector<double> raw = {3, 0, nan, nan, 2, 2, 2, -1, 2, 3, 2, 0.5};
  const std::vector<float> expected = {2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(prepare.inputs_of_numbers(raw).to_vector<float>() == expected);
  CHECK_THROWS_WITH_AS(prepare.inputs_of_numbers(std::vector<double>(3)), doctest::Contains("3 numbers are given"),
                       Error);
  CHECK_THROWS_WITH_AS(prepare.inputs_of_numbers(std::vector<double>{1e300, 0}), doctest::Contains("column 'n'"),
                       Error);
  Generator rng{1};
  const Classifier plain("linear:2,2", {"a", "b"}, rng);
  CHECK_THROWS_WITH_AS(plain.predict_numbers(raw), doctest::Contains("no preprocessing"), Error);
}

}  // namespace logitape::tests
