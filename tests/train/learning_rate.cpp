// The sweep over learning rates: its rates, what it suggests, and that it leaves no trace.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {

TEST_CASE(
    "the sweep raises the rate by equal factors and suggests one below where the loss is least, and the model is as it "
    "was") {
  Sequential model = small_net();
  const std::string before = bits_of(model);
  const auto drawn = values_of(model).buffers[0].to_vector<std::int64_t>();
  const LearningRates sweep =
      find_learning_rate(model, SGD{}, clouds(90, 1), {.lowest = 1e-4, .highest = 1e2, .steps = 61, .batch_size = 30});
  CHECK(bits_of(model) == before);
  CHECK(values_of(model).buffers[0].to_vector<std::int64_t>() == drawn);
  REQUIRE(sweep.rates.size() == sweep.losses.size());
  REQUIRE(sweep.rates.size() > 20);
  for (std::size_t k = 0; k < sweep.rates.size(); ++k)
    CHECK(sweep.rates[k] == doctest::Approx(1e-4 * std::pow(10, static_cast<double>(k) / 10)).epsilon(1e-12));
  std::size_t least = 0;
  for (std::size_t k = 0; k < sweep.losses.size(); ++k)
    if (sweep.losses[k] < sweep.losses[least]) least = k;
  CHECK(sweep.suggestion < sweep.rates[least]);
  CHECK(sweep.suggestion > 1e-3);  // below that a step of this net changes nothing to speak of
}

TEST_CASE("the smoothed loss of the first steps is that of the batches themselves") {
  Sequential model = small_net(1, 0);
  const Dataset rows = clouds(30, 1);
  const auto sweep =
      find_learning_rate(model, SGD{}, rows, {.lowest = 1e-12, .highest = 1e-10, .steps = 10, .batch_size = 30});
  const double loss = cross_entropy(model(rows.inputs), rows.labels).item<double>();
  for (const double found : sweep.losses)
    CHECK(found == doctest::Approx(loss).epsilon(1e-6));  // f32, rows in another order
}

TEST_CASE("a sweep that is out of bounds at once says so, and its options are checked") {
  Sequential model = small_net();
  const std::string before = bits_of(model);
  const Dataset rows = clouds(30, 1);
  CHECK_THROWS_WITH_AS(find_learning_rate(model, SGD{}, rows, {.lowest = 1e20, .highest = 1e22}),
                       "find_learning_rate: the loss went out of bounds after 1 steps, at the learning rate 1e+20",
                       Error);
  CHECK(bits_of(model) == before);
  CHECK_THROWS_WITH_AS(find_learning_rate(model, SGD{}, rows, {.steps = 9}),
                       "find_learning_rate: steps is 9; at least 10 are needed", Error);
  CHECK_THROWS_WITH_AS(find_learning_rate(model, SGD{}, rows, {.lowest = 1, .highest = 1}),
                       "find_learning_rate: highest 1 is not above lowest 1", Error);
}

}  // namespace logitape::tests
