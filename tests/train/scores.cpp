// Top-k accuracy, and precision, recall and F1 of a confusion matrix.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor counts(std::initializer_list<std::initializer_list<int>> rows) { return tensor(rows).to(DType::i64); }

}  // namespace

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.top_k_accuracy_score.html, its example: 0.75 at 2
TEST_CASE("top-k accuracy is that of scikit-learn's example, and with k = 1 the accuracy") {
  const Tensor logits = tensor({{0.5, 0.2, 0.2}, {0.3, 0.4, 0.2}, {0.2, 0.4, 0.3}, {0.7, 0.2, 0.1}});
  const Tensor labels = tensor({0, 1, 2, 2});
  CHECK(top_k_accuracy(logits, labels, 2) == 0.75);
  CHECK(top_k_accuracy(logits, labels, 1) == accuracy(logits, labels));
  CHECK(top_k_accuracy(logits, labels, 3) == 1);
  CHECK(top_k_accuracy(reshape(logits, {2, 2, 3}), reshape(labels, {2, 2}), 2) == 0.75);
  Generator rng{3};
  const Tensor random = randn({200, 7}, rng);
  std::vector<std::int64_t> truth;
  for (int i = 0; i < 200; ++i) truth.push_back(i * 5 % 7);
  double before = 0;
  for (std::int64_t k = 1; k <= 7; ++k) {
    const double now = top_k_accuracy(random, from_span(truth, {200}), k);
    CHECK(now > before);  // of 200 random rows some have their label at each place
    before = now;
  }
  CHECK(top_k_accuracy(logits.to(DType::f32), labels.to(DType::u8), 2) == 0.75);
}

TEST_CASE("of equal logits the smaller class counts first, as for argmax") {
  const Tensor same = zeros({3, 3}), labels = tensor({0, 1, 2});
  for (std::int64_t k = 1; k <= 3; ++k) CHECK(top_k_accuracy(same, labels, k) == static_cast<double>(k) / 3);
  const Tensor masked = tensor({{-infinity, 1.0, -infinity}, {infinity, infinity, 0.0}});
  CHECK(top_k_accuracy(masked, tensor({0, 1}), 1) == accuracy(masked, tensor({0, 1})));
  CHECK(top_k_accuracy(masked, tensor({0, 1}), 2) == 1);
  CHECK(top_k_accuracy(masked, tensor({2, 2}), 2) == 0);
}

TEST_CASE("top-k accuracy refuses what accuracy refuses, and a k that is no number of classes") {
  const Tensor logits = zeros({2, 3}), labels = tensor({0, 1});
  CHECK_THROWS_WITH_AS(top_k_accuracy(logits, labels, 0),
                       "top_k_accuracy: k is 0; logits [2,3] have 3 classes: [1, 3] is needed", Error);
  CHECK_THROWS_AS(top_k_accuracy(logits, labels, 4), Error);
  CHECK_THROWS_WITH_AS(top_k_accuracy(tensor({{0.0, not_a_number}}), tensor({0}), 1),
                       "top_k_accuracy: the logit of class 1 at row 0 is NaN", Error);
  CHECK_THROWS_WITH_AS(top_k_accuracy(logits, tensor({0, 3}), 1), "top_k_accuracy: label 3 at row 1 is outside [0, 3)",
                       Error);
  CHECK_THROWS_WITH_AS(top_k_accuracy(zeros({0, 3}), zeros({0}, DType::i64), 1),
                       "top_k_accuracy: labels [0] have no rows", Error);
  CHECK_THROWS_AS(top_k_accuracy(logits, zeros({2, 3}), 1), Error);
  for (const DType dtype : {DType::f16, DType::bf16, DType::i64}) {  // as of every metric
    CHECK_THROWS_AS(top_k_accuracy(logits.to(dtype), labels, 1), Error);
    CHECK_THROWS_AS(accuracy(logits.to(dtype), labels), Error);
  }
  CHECK_THROWS_AS(top_k_accuracy(logits, tensor({0, 1, 2}), 1), Error);
  CHECK_THROWS_AS(top_k_accuracy(Tensor(), labels, 1), Error);
  CHECK_THROWS_AS(top_k_accuracy(tensor(1.0), tensor(0), 1), Error);
}

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html, its example:
// classes cat, dog, pig; truth cat dog pig cat dog pig, read as cat pig dog cat cat dog; macro 2/9, 1/3, 4/15
TEST_CASE("precision, recall and F1 by class and on average are those of scikit-learn's example") {
  const Tensor confusion = counts({{2, 0, 0}, {1, 0, 1}, {0, 2, 0}});
  CHECK(precision(confusion) == std::vector<double>{2.0 / 3, 0, 0});
  CHECK(recall(confusion) == std::vector<double>{1, 0, 0});
  CHECK(f1(confusion) == std::vector<double>{0.8, 0, 0});
  for (const Average average : {Average::macro, Average::weighted}) {                 // every class has two rows
    CHECK(precision(confusion, average) == doctest::Approx(2.0 / 9).epsilon(1e-15));  // three roundings of 2^-53
    CHECK(recall(confusion, average) == doctest::Approx(1.0 / 3).epsilon(1e-15));
    CHECK(f1(confusion, average) == doctest::Approx(4.0 / 15).epsilon(1e-15));
  }
}

TEST_CASE("a class that does not occur is NaN and in no mean; one that occurs has 0 for zero by zero") {
  const Tensor absent = counts({{8, 0, 0}, {1, 1, 0}, {0, 0, 0}});
  for (const auto& scores : {precision(absent), recall(absent), f1(absent)}) {
    CHECK(std::isnan(scores[2]));
    CHECK(scores[0] > 0);
  }
  CHECK(recall(absent, Average::macro) == 0.75);
  CHECK(recall(absent, Average::weighted) == doctest::Approx(0.9).epsilon(1e-15));  // the accuracy; two roundings
  const Tensor by_name = counts({{8, 0, 0}, {1, 1, 0}, {1, 0, 0}}), never_named = counts({{8, 0}, {2, 0}});
  CHECK(recall(by_name)[2] == 0);
  CHECK(recall(by_name, Average::macro) == 0.5);
  CHECK(precision(never_named) == std::vector<double>{0.8, 0});
  CHECK(precision(never_named, Average::macro) == 0.4);

  const Tensor empty = zeros({2, 2}, DType::i64);
  CHECK(std::isnan(recall(empty)[0]));
  for (const Average average : {Average::macro, Average::weighted}) {
    CHECK(std::isnan(precision(empty, average)));
    CHECK(std::isnan(recall(empty, average)));
    CHECK(std::isnan(f1(empty, average)));
  }
  CHECK(recall(zeros({0, 0}, DType::i64)).empty());
}

TEST_CASE("scores are of a confusion matrix alone") {
  CHECK_THROWS_WITH_AS(recall(zeros({2})), "class_counts: the matrix is f32 [2]; i64 [classes, classes] is needed",
                       Error);
  CHECK_THROWS_AS(precision(zeros({2, 3}, DType::i64), Average::macro), Error);
  CHECK_THROWS_AS(f1(Tensor()), Error);
}
