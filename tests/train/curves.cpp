// Scores of classes, areas and calibration, against the definitions counted out pair by pair and scikit-learn's own
// examples.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using Doubles = std::vector<double>;

// Of all pairs of a row of the class and another, how many are in order, ties counting one half.
double pairs_in_order(const Doubles& scores, const std::vector<std::int64_t>& labels, std::size_t classes,
                      std::size_t of) {
  double in_order = 0, pairs = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t j = 0; j < labels.size(); ++j) {
      if (static_cast<std::size_t>(labels[i]) != of || static_cast<std::size_t>(labels[j]) == of) continue;
      const double a = scores[i * classes + of], b = scores[j * classes + of];
      in_order += a > b ? 1 : a == b ? 0.5 : 0;
      ++pairs;
    }
  return in_order / pairs;
}

double trapezoids(const RocCurve& c) {
  double area = 0;
  for (std::size_t i = 1; i < c.false_positives.size(); ++i)
    area += (c.false_positives[i] - c.false_positives[i - 1]) * (c.true_positives[i] + c.true_positives[i - 1]) / 2;
  return area;
}

}  // namespace

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html, its example:
// classes cat, dog, pig; truth cat dog pig cat dog pig, read as cat pig dog cat cat dog; macro 2/9, 1/3, 4/15
TEST_CASE("precision, recall and F1 are those of scikit-learn's example, by class and on average") {
  const Tensor confusion = tensor({{2, 0, 0}, {1, 0, 1}, {0, 2, 0}}).to(DType::i64);
  const ClassScores s = class_scores(confusion);
  CHECK(s.classes[0].precision == 2.0 / 3);
  CHECK(s.classes[0].recall == 1);
  CHECK(s.classes[0].f1 == 0.8);
  for (const std::size_t c : {1u, 2u}) CHECK(s.classes[c].f1 == 0);
  for (const ClassScore& mean : {s.macro, s.weighted}) {  // every class has two rows
    // means of three quotients: two or three roundings
    CHECK(mean.precision == doctest::Approx(2.0 / 9).epsilon(1e-15));
    CHECK(mean.recall == doctest::Approx(1.0 / 3).epsilon(1e-15));
    CHECK(mean.f1 == doctest::Approx(4.0 / 15).epsilon(1e-15));
    CHECK(mean.members == 6);
  }
  CHECK(s.accuracy == 1.0 / 3);
}

TEST_CASE("the weighted mean counts rows, the other classes that occur; a class that does not scores 0") {
  const ClassScores s = class_scores(tensor({{8, 0, 0}, {1, 1, 0}, {0, 0, 0}}).to(DType::i64));
  CHECK(s.macro.recall == 0.75);
  CHECK(class_scores(tensor({{8, 0, 0}, {1, 1, 0}, {1, 0, 0}}).to(DType::i64)).macro.recall == 0.5);
  CHECK(s.weighted.recall ==
        doctest::Approx(0.9).epsilon(1e-15));  // the accuracy, as it always is, by products and a sum
  CHECK(s.classes[2].precision == 0);
  CHECK(class_scores(zeros({2, 2}, DType::i64)).weighted.f1 == 0);
  CHECK_THROWS_WITH_AS(class_scores(zeros({2})),
                       "class_counts: the matrix is f32 [2]; i64 [classes, classes] is needed", Error);
}

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_curve.html, its example: labels 1 1 2 2, scores
// 0.1 0.4 0.35 0.8 of the second; roc_auc_score's: 0.75
TEST_CASE("the curve of scikit-learn's example has its points and its area") {
  const std::vector<RocCurve> curves =
      roc_curves(tensor({{0.9, 0.1}, {0.6, 0.4}, {0.65, 0.35}, {0.2, 0.8}}), tensor({0, 0, 1, 1}));
  CHECK(curves[1].false_positives == Doubles{0, 0, 0.5, 0.5, 1});
  CHECK(curves[1].true_positives == Doubles{0, 0.5, 0.5, 1, 1});
  CHECK(curves[1].area == 0.75);
  CHECK(curves[0].area == 0.75);
}

TEST_CASE(
    "areas are the fraction of pairs in order, exactly, whatever ties there are, and the area below the curve's "
    "points") {
  Generator rng{3};
  for (const int steps : {2, 5, 1000}) {  // so few values that nearly all tie, or hardly any
    const std::int64_t rows = 60, classes = 3;
    Doubles scores = uniform({rows, classes}, rng, DType::f64).to_vector<double>();
    for (double& s : scores) s = std::floor(s * steps) / steps;
    std::vector<std::int64_t> labels;
    for (std::int64_t r = 0; r < rows; ++r) labels.push_back(r * r % classes);
    labels[0] = 2;
    const auto curves = roc_curves(from_span(scores, {rows, classes}), from_span(labels, {rows}));
    for (std::size_t c = 0; c < 3; ++c) {
      // counts of halves below 2^53: the quotient is the only rounding on both sides
      CHECK(curves[c].area == pairs_in_order(scores, labels, 3, c));
      CHECK(trapezoids(curves[c]) == doctest::Approx(curves[c].area).epsilon(1e-12));
      CHECK(std::is_sorted(curves[c].true_positives.begin(), curves[c].true_positives.end()));
      CHECK(curves[c].false_positives.back() == 1);
    }
  }
}

TEST_CASE("a curve has points only where it turns, and none where a class has all of the rows or none") {
  const auto perfect = roc_curves(tensor({{0.9, 0.1}, {0.8, 0.2}, {0.7, 0.3}, {0.1, 0.9}}), tensor({0, 0, 0, 1}));
  CHECK(perfect[0].false_positives == Doubles{0, 0, 1});
  CHECK(perfect[0].area == 1);
  const auto same = roc_curves(tensor({{0.5, 0.5}, {0.5, 0.5}}), tensor({0, 1}));
  CHECK(same[0].false_positives == Doubles{0, 1});
  CHECK(same[0].area == 0.5);
  for (const RocCurve& c : roc_curves(tensor({{0.5, 0.5}}), tensor({0}))) {
    CHECK(std::isnan(c.area));
    CHECK(c.true_positives.empty());
  }
}

TEST_CASE("the calibration error is the gap of each bin, weighed by its rows") {
  // four bins: two rows at 0.25 and 0.2, one right; two above 0.75, both right; a row at 1, wrong
  const Tensor p = tensor({{0.25, 0.25, 0.25, 0.25, 0.0},
                           {0.2, 0.2, 0.2, 0.2, 0.2},
                           {0.8, 0.2, 0.0, 0.0, 0.0},
                           {0.1, 0.9, 0.0, 0.0, 0.0},
                           {0.0, 0.0, 1.0, 0.0, 0.0}});
  const ReliabilityDiagram d = reliability_diagram(p, tensor({0, 3, 0, 1, 4}), 4);
  CHECK(d.bins[0].rows == 2);  // 0.25 is in (0, 0.25]
  CHECK(d.bins[0].accuracy == 0.5);
  CHECK(d.bins[0].confidence == doctest::Approx(0.225).epsilon(1e-15));  // decimals round
  CHECK(d.bins[1].rows + d.bins[2].rows == 0);
  CHECK(d.bins[3].rows == 3);
  CHECK(d.bins[3].accuracy == 2.0 / 3);
  CHECK(d.bins[3].confidence == doctest::Approx(0.9).epsilon(1e-15));
  CHECK(expected_calibration_error(d) == doctest::Approx(0.4 * (0.5 - 0.225) + 0.6 * (0.9 - 2.0 / 3)).epsilon(1e-15));
  CHECK(expected_calibration_error(reliability_diagram(zeros({0, 3}), zeros({0}, DType::i64))) == 0);
}

TEST_CASE("curves and reliability name what they refuse") {
  const Tensor p = tensor({{0.5, 0.5}, {0.5, std::nan("")}});
  CHECK_THROWS_WITH_AS(roc_curves(p, tensor({0, 1})), "roc_curves: the probability of class 1 at row 1 is NaN", Error);
  CHECK_THROWS_WITH_AS(roc_curves(zeros({2}), tensor({0, 1})),
                       "roc_curves: probabilities are f32 [2]; [rows, classes] are needed", Error);
  CHECK_THROWS_WITH_AS(roc_curves(zeros({2, 2}), tensor({0})),
                       "roc_curves: labels [1] are not one for each row of probabilities [2,2]", Error);
  CHECK_THROWS_WITH_AS(roc_curves(zeros({1, 2}), tensor({2})), "roc_curves: label 2 at row 0 is outside [0, 2)", Error);
  CHECK_THROWS_WITH_AS(reliability_diagram(tensor({{1.5, 0.0}}), tensor({0})),
                       "reliability_diagram: the largest probability at row 0 is 1.5; [0, 1] is needed", Error);
  CHECK_THROWS_WITH_AS(reliability_diagram(zeros({1, 2}), tensor({0}), 0),
                       "reliability_diagram: 0 bins are asked for; at least 1 is needed", Error);
}

}  // namespace logitape::tests
