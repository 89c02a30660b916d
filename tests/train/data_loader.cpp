// Batches made ahead by a thread, and rows drawn by weight.
#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "logitape/train/data/detail/prefetch.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Rows = std::vector<std::int64_t>;

Dataset counting(std::int64_t rows) { return {reshape(arange(2 * rows), {rows, 2}), arange(rows)}; }

Rows pass(const Batches& batches) {
  Rows seen;
  for (const auto& [inputs, labels] : batches) {
    CHECK(inputs.to_vector<std::int64_t>()[0] == 2 * labels.to_vector<std::int64_t>()[0]);
    for (const std::int64_t label : labels.to_vector<std::int64_t>()) seen.push_back(label);
  }
  return seen;
}

}  // namespace

TEST_CASE("batches made ahead are the same as those made when asked for, pass after pass") {
  for (const int ahead : {1, 2, 7, 1000})
    for (const bool drop : {false, true}) {
      Generator a{4}, b{4};
      const Batches plain{counting(101), {.size = 8, .shuffle = &a, .drop_last = drop}};
      const Batches prefetched{counting(101), {.size = 8, .shuffle = &b, .drop_last = drop, .prefetch = ahead}};
      CHECK(pass(prefetched) == pass(plain));
      CHECK(pass(prefetched) == pass(plain));
    }
  CHECK(pass(Batches{counting(0), {.prefetch = 2}}).empty());
}

TEST_CASE("a pass may be left at any batch, be asked twice for one, be copied and be gone through from there") {
  const Batches batches{counting(30), {.size = 4, .prefetch = 3}};
  for (int stop = 0; stop < 8; ++stop) {
    auto at = batches.begin();
    for (int i = 0; i < stop; ++i) ++at;
    CHECK((*at).labels.to_vector<std::int64_t>()[0] == 4 * stop);
    CHECK((*at).labels.to_vector<std::int64_t>()[0] == 4 * stop);
    auto copy = at;
    if (stop == 7) continue;
    ++at;
    CHECK((*at).labels.to_vector<std::int64_t>()[0] == 4 * stop + 4);
    CHECK((*copy).labels.to_vector<std::int64_t>()[0] == 4 * stop);  // let go by the thread, made again
  }
}

TEST_CASE("what the thread throws is thrown where its batch is asked for, behind those before it") {
  train::Prefetch ahead(
      [](std::int64_t row) -> Batch {
        if (row == 8) throw std::runtime_error("row 8");
        return {arange(row + 1), arange(row + 1)};
      },
      4, 20, 5);
  CHECK(ahead.at(0)->labels.size() == 1);
  CHECK(ahead.at(4)->labels.size() == 5);
  CHECK_THROWS_WITH_AS(ahead.at(8), "row 8", std::runtime_error);
  CHECK_THROWS_WITH_AS(ahead.at(12), "row 8", std::runtime_error);
}

TEST_CASE("rows are drawn as often as their weights say, and never where it is 0") {
  Generator rng{6};
  const Batches batches{counting(4), {.size = 4, .shuffle = &rng, .weights = {1, 0, 2, 5}}};
  Rows count(4);
  for (int k = 0; k < 2000; ++k)
    for (const std::int64_t row : pass(batches)) ++count[static_cast<std::size_t>(row)];
  CHECK(count[1] == 0);
  // of 8000 draws 1000, 2000 and 5000 are expected: 5 standard deviations, sqrt(8000 p (1-p)), are 148, 194 and 217
  CHECK(std::abs(count[0] - 1000) < 148);
  CHECK(std::abs(count[2] - 2000) < 194);
  CHECK(std::abs(count[3] - 5000) < 217);
}

TEST_CASE("balanced weights draw every class as often") {
  CHECK(balanced_weights(tensor({0, 1, 0, 0, 1, 7})) == std::vector<double>{1.0 / 3, 0.5, 1.0 / 3, 1.0 / 3, 0.5, 1});
  CHECK(refusal_of([] { balanced_weights(ones({2})); }) ==
        "balanced_weights: the labels are f32 [2]; integers [n] are needed");
}

TEST_CASE("as many batches as are asked for are made ahead while one is in use, and that one can be asked for again") {
  for (const int ahead : {1, 3}) {
    std::mutex mutex;
    std::condition_variable changed;
    int made = 0;
    {
      const auto make = [&](std::int64_t row) {
        const std::lock_guard lock(mutex);
        ++made;
        changed.notify_all();
        return Batch{arange(row + 1), arange(row + 1)};
      };
      train::Prefetch batches(make, 1, 100, ahead);
      CHECK(batches.at(0)->inputs.size() == 1);
      CHECK(batches.at(0)->inputs.size() == 1);
      std::unique_lock lock(mutex);
      // a bound for the wait of a test that fails, not a time that is measured
      CHECK(changed.wait_for(lock, std::chrono::seconds(20), [&] { return made == 1 + ahead; }));
    }
    CHECK(made == 1 + ahead);
  }
}

TEST_CASE("weights and prefetch that make no sense are refused") {
  Generator rng{6};
  const auto why = [&](std::vector<double> weights, bool shuffled = true) {
    return refusal_of(
        [&] { Batches(counting(2), {.shuffle = shuffled ? &rng : nullptr, .weights = std::move(weights)}); });
  };
  CHECK(why({1}) == "Batches: 1 weights are given for 2 rows");
  CHECK(why({1, -1}) == "Batches: weight -1 of row 1 is not a finite number of 0 or more");
  CHECK(why({1, std::numeric_limits<double>::infinity()}) ==
        "Batches: weight inf of row 1 is not a finite number of 0 or more");
  CHECK(why({0, 0}) == "Batches: the weights add up to 0");
  CHECK(why({1, 1}, false) == "Batches: weights are given and no generator that draws by them: set .shuffle");
  CHECK(refusal_of([] { Batches(counting(2), {.prefetch = -1}); }) == "Batches: prefetch is -1; at least 0 is needed");
}

}  // namespace logitape::tests
