// Rows that count differently: a weight of 2 is the row twice, of 0 the row absent, and the formula is the weighted
// mean.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// The rows of `from`, each as often as its weight says.
Dataset repeated(const Dataset& from) {
  std::vector<std::int64_t> places;
  const std::vector<double> weights = from.weights.to_vector<double>();
  for (std::size_t row = 0; row < weights.size(); ++row)
    for (int i = 0; i < static_cast<int>(weights[row]); ++i) places.push_back(static_cast<std::int64_t>(row));
  const Tensor order = from_span(places, {static_cast<std::int64_t>(places.size())});
  return {gather(from.inputs, order), gather(from.labels, order)};
}

Dataset weighted(const Dataset& rows, std::vector<double> weights) {
  return {rows.inputs, rows.labels, from_span(weights, {static_cast<std::int64_t>(weights.size())})};
}

std::vector<double> losses_of(const std::vector<Epoch>& history) {
  std::vector<double> all;
  for (const Epoch& e : history) all.insert(all.end(), {e.loss, e.accuracy, e.held_out_loss, e.held_out_accuracy});
  return all;
}

}  // namespace

TEST_CASE("a weight of 2 teaches as the row twice, in whole batches, whatever the loss") {
  const Dataset rows = clouds(12, 1), twos = weighted(rows, {1, 2, 1, 1, 3, 1, 2, 2, 1, 1, 1, 2});
  const Dataset held_out = weighted(clouds(6, 2), {1, 2, 3, 1, 1, 2});
  const Loss yes_or_no = [](const Tensor& outputs, const Tensor& labels) {
    return mean(binary_cross_entropy_with_logits(outputs, one_hot(labels, 3), {.reduction = Reduction::none}), 1);
  };
  for (const TrainerOptions& options :
       {TrainerOptions{.epochs = 5, .batch_size = 100},
        TrainerOptions{.epochs = 5, .batch_size = 100, .loss = yes_or_no},
        TrainerOptions{.epochs = 5, .batch_size = 100, .class_weights = tensor({1.f, 4.f, 0.5f})}}) {
    Sequential a = small_net(1, 0), b = small_net(1, 0);
    Trainer by_weight{a, SGD{{.learning_rate = 0.1}}, options}, by_count{b, SGD{{.learning_rate = 0.1}}, options};
    const std::vector<double> one = losses_of(by_weight.fit(twos, held_out)),
                              other = losses_of(by_count.fit(repeated(twos), repeated(held_out)));
    REQUIRE(one.size() == other.size());
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i] == doctest::Approx(other[i]).epsilon(1e-5));  // f32 sums
  }
}

TEST_CASE("a row of weight 0 is as if it were absent, to the bit, in batches, drawn by weight, with dropout") {
  const Dataset rows = clouds(40, 1);
  std::vector<double> weights(40, 1.5), drawn(40, 1), drawn_kept;
  std::vector<std::int64_t> kept;
  for (std::size_t row = 0; row < 40; ++row) {
    if (row % 3 == 0) weights[row] = 0;
    drawn[row] = 1 + static_cast<double>(row % 5);
    if (row % 3 != 0) drawn_kept.push_back(drawn[row]), kept.push_back(static_cast<std::int64_t>(row));
  }
  const Tensor order = from_span(kept, {static_cast<std::int64_t>(kept.size())});
  const Dataset absent =
      weighted({gather(rows.inputs, order), gather(rows.labels, order)}, std::vector<double>(kept.size(), 1.5));
  TrainerOptions options{.epochs = 3, .batch_size = 7, .row_weights = drawn};
  Sequential a = small_net(), b = small_net();
  Trainer first{a, AdamW{}, options};
  options.row_weights = drawn_kept;
  Trainer second{b, AdamW{}, options};
  CHECK(measured(first.fit(weighted(rows, weights))) == measured(second.fit(absent)));
  CHECK(bits_of(a) == bits_of(b));
}

TEST_CASE("weights of 1 change nothing but the rounding, and evaluation is the weighted mean") {
  const Dataset rows = clouds(30, 3);
  const Sequential model = small_net(2, 0);
  const Evaluation plain = evaluate(model, rows), ones = evaluate(model, weighted(rows, std::vector<double>(30, 1)));
  CHECK(ones.loss == doctest::Approx(plain.loss).epsilon(1e-6));  // f32 sums in another order
  CHECK(ones.accuracy == plain.accuracy);
  std::vector<double> weights;
  for (int i = 0; i < 30; ++i) weights.push_back(0.25 * i);
  const std::vector<float> losses =
      cross_entropy(plain.outputs, rows.labels, {.reduction = Reduction::none}).to_vector<float>();
  const std::vector<std::int64_t> named = argmax(plain.outputs, 1).to_vector<std::int64_t>(),
                                  truth = rows.labels.to_vector<std::int64_t>();
  double sum = 0, loss = 0, right = 0;
  for (std::size_t i = 0; i < 30; ++i) {
    sum += weights[i], loss += weights[i] * static_cast<double>(losses[i]);
    right += named[i] == truth[i] ? weights[i] : 0;
  }
  const Evaluation by_weight = evaluate(model, weighted(rows, weights));
  CHECK(by_weight.loss == doctest::Approx(loss / sum).epsilon(1e-6));
  CHECK(by_weight.accuracy == doctest::Approx(right / sum).epsilon(1e-14));
  CHECK(accuracy(plain.outputs, rows.labels, from_span(weights, {30})) == by_weight.accuracy);
}

TEST_CASE("weights go with their rows: in batches, splits and on the way to another order") {
  std::vector<double> weights;
  for (int i = 0; i < 20; ++i) weights.push_back(i);
  const Dataset rows{reshape(from_span(weights, {20}), {20, 1}), arange(20), from_span(weights, {20})};
  Generator rng{1};
  for (const Batch& batch : Batches{rows, {.size = 6, .shuffle = &rng, .prefetch = 2}})
    CHECK(batch.weights.to_vector<double>() == batch.inputs.to_vector<double>());
  const TrainAndTest parts = split(rows, 0.25, rng);
  CHECK(parts.test.weights.to_vector<double>() == parts.test.inputs.to_vector<double>());
  for (auto [inputs, labels] : Batches{rows, {.size = 20}})  // two parts, as without weights
    CHECK(inputs.to_vector<double>() == weights);
}

TEST_CASE("weights that mean nothing are a sentence, and a loss that is one number cannot be weighed") {
  const Dataset rows = clouds(3, 1);
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  Sequential model = small_net();
  const auto why = [&](const Dataset& given, const TrainerOptions& options = {.epochs = 1}) {
    try {
      Trainer{model, SGD{}, options}.fit(given);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  CHECK(why(weighted(rows, {1, -1, 1})) == "Trainer: the weight -1 of row 1 is not a finite number of 0 or more");
  CHECK(why(weighted(rows, {1, 1, nan})) == "Trainer: the weight nan of row 2 is not a finite number of 0 or more");
  CHECK(why(weighted(rows, {inf, 1, 1})) == "Trainer: the weight inf of row 0 is not a finite number of 0 or more");
  CHECK(why(weighted(rows, {0, 0, 0})) == "Trainer: the weights of the 3 rows add up to 0");
  CHECK_THROWS_AS(weighted(rows, {1, 1}), Error);
  CHECK(why(weighted(rows, {1, 2, 1}), {.epochs = 1, .mixup = 0.2}) ==
        "Trainer: mixup 0.2 blends rows, and the rows have weights: there is no weight of a blend");
  const Loss scalar = [](const Tensor& x, const Tensor&) { return mean(x); };
  CHECK(why(weighted(rows, {1, 2, 1}), {.epochs = 1, .loss = scalar}).find("return a number a row, [3]") !=
        std::string::npos);
  CHECK(why(rows, {.epochs = 1, .loss = scalar}) == "nothing");
}

TEST_CASE("a column of weights leaves the inputs; what is no weight is named with its file and line") {
  const TemporaryFolder folder;
  const auto file = [&](const std::string& cell) {
    write_file(folder / "w.csv", "a,w,y\n1,2,u\n3,0.5,v\n5," + cell + ",u\n");
    return folder / "w.csv";
  };
  const Examples read = load_examples(file("0"), {.weights = "w"});
  CHECK(read.weights.to_vector<double>() == std::vector<double>{2, 0.5, 0});
  CHECK(read.features.size() == 1);
  CHECK(read.inputs.to_vector<double>() == std::vector<double>{1, 3, 5});
  CHECK(take(read, std::vector<std::int64_t>{1}).weights.to_vector<double>() == std::vector<double>{0.5});
  const auto why = [&](const std::string& cell, const LoadOptions& options) {
    try {
      (void)load_examples(file(cell), options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const std::string at = "examples_of: " + (folder / "w.csv") + ", line 4, column 2 (w): ";
  CHECK(why("-1", {.weights = "w"}) == at + "the weight -1 is not a finite number of 0 or more");
  CHECK(why("", {.weights = "w", .csv = {.allow_missing = true}}) == at + "the weight of the row is missing");
  CHECK(why("1", {.weights = "none"}).find("none") != std::string::npos);
  CHECK(why("1", {.weights = "y"}).find("holds the weights of the rows: say which column is the label") !=
        std::string::npos);
}

}  // namespace logitape::tests
