// A row whose logits hold a NaN has no largest one: every metric and every prediction refuses it by row.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/data_files.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("metrics and predictions of NaN are refused by row and class") {
  const std::vector<std::string> names = {"a", "b", "c"};
  const Tensor labels = tensor({std::int64_t{0}, std::int64_t{0}, std::int64_t{2}});
  for (const DType dtype : {DType::f32, DType::f64})
    for (int row = 0; row < 3; ++row)
      for (int c = 0; c < 3; ++c) {
        std::vector<double> values = {0.5, 0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25};
        values[static_cast<std::size_t>(3 * row + c)] = nan;
        const Tensor logits = from_span(values, {3, 3}).to(dtype);
        const std::string where = "of class " + std::to_string(c) + " at row " + std::to_string(row) + " is NaN";
        CHECK(refusal_of([&] { accuracy(logits, labels); }) == "accuracy: the logit " + where);
        CHECK(refusal_of([&] { confusion_matrix(logits, labels); }) == "confusion_matrix: the logit " + where);
        CHECK(refusal_of([&] { prediction_table(logits, names); }) == "prediction_table: the logit " + where);
        CHECK(refusal_of([&] { fit_temperature(logits, labels); }) == "fit_temperature: the logit " + where);
        CHECK(refusal_of([&] { calibrate(logits, labels); }) == "calibrate: the logit " + where);
        CHECK(refusal_of([&] { roc_curves(logits, labels); }) == "roc_curves: the probability " + where);
        CHECK(refusal_of([&] { reliability_diagram(logits, labels); }) ==
              "reliability_diagram: the probability " + where);
        CHECK(std::isnan(accuracy_if_classes(logits, labels)));
      }
  const Tensor masked = tensor({{-std::numeric_limits<double>::infinity(), 1.0}});
  CHECK(accuracy(masked, tensor({1})) == 1);  // an infinity can be compared
  CHECK(accuracy(tensor({{std::numeric_limits<double>::infinity(), 1.0}}), tensor({0})) == 1);
}

TEST_CASE("a classifier names no class for a row that makes NaN, and an evaluation says that its accuracy is none") {
  Generator rng{1};
  Classifier classifier("linear:4,3", {"a", "b", "c"}, rng);
  std::vector<float> x(12, 1.f);
  x[9] = static_cast<float>(nan);
  const Tensor rows = from_span(x, {3, 4});
  CHECK(refusal_of([&] { classifier.predict(rows); }) == "Classifier::predict: the logit of class 0 at row 2 is NaN");
  const Evaluation e = evaluate(classifier, {rows, tensor({0, 1, 2})});
  CHECK(std::isnan(e.accuracy));
  CHECK(std::isnan(e.loss));
}

}  // namespace logitape::tests
