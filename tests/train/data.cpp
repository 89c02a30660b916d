// Datasets, batches, splits and accuracy, and one training from beginning to end.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

using Rows = std::vector<std::int64_t>;

// Row i is {2i, 2i + 1} with label i.
Dataset counting(std::int64_t rows) { return {reshape(arange(2 * rows), {rows, 2}), arange(rows)}; }

// The labels that a pass gives out, in order; each has to come with its own inputs.
Rows pass(const Batches& batches, std::vector<std::int64_t>* sizes = nullptr) {
  Rows seen;
  for (const auto& [inputs, labels] : batches) {
    const auto x = inputs.to_vector<std::int64_t>(), t = labels.to_vector<std::int64_t>();
    for (std::size_t i = 0; i < t.size(); ++i) CHECK((x[2 * i] == 2 * t[i] && x[2 * i + 1] == 2 * t[i] + 1));
    seen.insert(seen.end(), t.begin(), t.end());
    if (sizes) sizes->push_back(labels.size());
  }
  return seen;
}

Rows counted(std::int64_t n) {
  Rows all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

TEST_CASE("without shuffling, batches are the rows in their order and the last one is smaller") {
  Rows sizes;
  const Batches batches{counting(10), {.size = 4}};
  CHECK(pass(batches, &sizes) == counted(10));
  CHECK(sizes == Rows{4, 4, 2});
  CHECK(batches.count() == 3);
}

TEST_CASE("drop_last leaves the smaller batch out, and only that one") {
  Rows sizes;
  CHECK(pass(Batches{counting(10), {.size = 4, .drop_last = true}}, &sizes) == counted(8));
  CHECK(sizes == Rows{4, 4});
  CHECK(Batches{counting(10), {.size = 4, .drop_last = true}}.count() == 2);
  CHECK(pass(Batches{counting(8), {.size = 4, .drop_last = true}}) == counted(8));
  CHECK(pass(Batches{counting(3), {.size = 4, .drop_last = true}}).empty());
  CHECK(pass(Batches{counting(0), {.size = 4}}).empty());
}

TEST_CASE("every pass covers each row once in an order of its own, the same for the same seed") {
  Generator rng{5}, again{5};
  const Batches batches{counting(101), {.size = 7, .shuffle = &rng}};
  const Rows first = pass(batches), second = pass(batches);
  CHECK(sorted(first) == counted(101));
  CHECK(sorted(second) == counted(101));
  CHECK(first != counted(101));
  CHECK(first != second);
  const Batches repeated{counting(101), {.size = 7, .shuffle = &again}};
  CHECK(pass(repeated) == first);
  CHECK(pass(repeated) == second);
}

TEST_CASE("shuffling makes every order as likely") {
  Generator rng{8};
  const Batches batches{counting(3), {.size = 3, .shuffle = &rng}};
  std::vector<int> count(6);
  for (int k = 0; k < 6000; ++k) {
    const Rows r = pass(batches);
    ++count[static_cast<std::size_t>(2 * r[0] + (r[1] > r[2]))];
  }
  for (const int c : count) CHECK((c > 850 && c < 1150));  // 1000 expected, 5 standard deviations of 29
}

TEST_CASE("split deals every row to one of two parts, repeatably") {
  Generator rng{5}, again{5};
  const auto [train, test] = split(counting(50), 0.2, rng);
  CHECK(train.size() == 40);
  CHECK(test.size() == 10);
  Rows all = pass(Batches{train}), held_out = pass(Batches{test});
  CHECK(split(counting(50), 0.2, again).test.labels.to_vector<std::int64_t>() == held_out);
  all.insert(all.end(), held_out.begin(), held_out.end());
  CHECK(sorted(all) == counted(50));
}

TEST_CASE("bad datasets, batches and splits are refused with both values") {
  Generator rng{5};
  CHECK_THROWS_WITH_AS((Dataset{ones({3, 2}), arange(4)}), "Dataset: inputs [3,2] have 3 rows, labels [4] have 4",
                       Error);
  CHECK_THROWS_WITH_AS((Dataset{ones({3, 2}), Tensor()}),
                       "Dataset: inputs are f32 [3,2], labels an empty tensor; both need rank 1 or more", Error);
  CHECK_THROWS_WITH_AS((Batches{counting(3), {.size = 0}}), "Batches: size 0 is asked for; at least 1 is needed",
                       Error);
  CHECK_THROWS_WITH_AS(split(counting(3), 1.5, rng), "split: fraction_held_out 1.5 is outside (0, 1)", Error);
  // the number below 1/2 that becomes 1 as 1/2 is added to it
  CHECK_THROWS_WITH_AS(split(counting(2), 0.24999999999999997, rng),
                       "split: holding out 0.24999999999999997 of 2 rows leaves 2 for training and 0 for the test",
                       Error);
  CHECK_THROWS_WITH_AS(split(counting(3), 0.1, rng),
                       "split: holding out 0.1 of 3 rows leaves 3 for training and 0 for the test", Error);
}

TEST_CASE("accuracy is the fraction of rows whose largest logit is the label's") {
  const Tensor logits = tensor({{1.f, 3.f, 2.f}, {5.f, 4.f, 0.f}, {0.f, 0.f, 1.f}});
  CHECK(accuracy(logits, tensor({1, 0, 2})) == 1.0);
  CHECK(accuracy(logits, tensor({1, 1, 2})) == 2.0 / 3);
  CHECK(accuracy(ones({49, 2}), zeros({49}, DType::u8)) == 1.0);  // a tie goes to the first class
  CHECK_THROWS_WITH_AS(accuracy(logits, tensor({1, 0})),
                       "accuracy: labels [2] are not the shape of logits [3,3] less the last axis", Error);
  const auto refused = [&](const Tensor& x, const Tensor& y, const std::string& shapes, const std::string& cure) {
    CHECK_THROWS_WITH_AS(accuracy(x, y), ("accuracy: labels " + shapes + " less the last axis: " + cure).c_str(),
                         Error);
  };
  refused(tensor({1, 0, 2}), logits, "[3,3] are not the shape of logits [3]",
          "they have changed places, write accuracy(logits, labels)");
  refused(logits, ones({3, 3}), "[3,3] are not the shape of logits [3,3]",
          "where they are one-hot, write argmax(labels, -1)");
  refused(argmax(logits, -1), tensor({1, 0, 2}), "[3] are not the shape of logits [3]",
          "give the logits, not the classes they name");
  refused(logits, tensor({{1}, {0}, {2}}), "[3,1] are not the shape of logits [3,3]", "write reshape(labels, {3})");
  CHECK_THROWS_AS(accuracy(tensor(1.f), tensor(1)), Error);
  CHECK_THROWS_WITH_AS(accuracy(logits, tensor({1, 3, 0})), "accuracy: label 3 at row 1 is outside [0, 3)", Error);
  CHECK_THROWS_WITH_AS(accuracy(ones({0, 3}), zeros({0}, DType::i64)), "accuracy: labels [0] have no rows", Error);
}

TEST_CASE("a small model learns which side of a circle a point is on, the same bits whatever the threads") {
  const auto train = [](int threads) {
    const ThreadCount count(threads);
    Generator rng{21};
    const Tensor points = uniform({1000, 2}, rng) * 2 - 1;
    const Tensor inside = less(sum(points * points, {.axes = {1}}), 0.64).to(DType::i64);  // half of the square
    const auto [train_set, test_set] = split({points, inside}, 0.2, rng);
    Sequential model{Linear{2, 32}, Tanh{}, Linear{32, 2, {.weight = xavier_uniform}}};
    model.initialise(rng);
    AdamW adam{{.learning_rate = 0.02}};
    for (int epoch = 0; epoch < 30; ++epoch)
      for (auto [inputs, labels] : Batches{train_set, {.size = 32, .shuffle = &rng}})
        adam.step(model, grad(cross_entropy(model(inputs), labels), model.parameters()));
    CHECK(accuracy(model(test_set.inputs, evaluation), test_set.labels) >= 0.95);
    return model.parameters()[0].to_vector<float>();
  };
  CHECK(train(1) == train(3));
}
