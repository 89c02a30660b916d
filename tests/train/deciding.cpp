// Thresholds, curves of precision against recall, and what shuffled columns cost: against definitions counted out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

// Probabilities of two classes whose second is `yes`.
Tensor two(const std::vector<double>& yes) {
  std::vector<double> p;
  for (const double x : yes) p.insert(p.end(), {1 - x, x});
  return from_span(p, {static_cast<std::int64_t>(yes.size()), 2});
}

struct Counted {
  double tp = 0, fp = 0, tn = 0, fn = 0;
};
Counted counted(const std::vector<double>& yes, const std::vector<std::int64_t>& labels, double threshold) {
  Counted c;
  for (std::size_t i = 0; i < yes.size(); ++i)
    (yes[i] >= threshold ? (labels[i] == 1 ? c.tp : c.fp) : (labels[i] == 1 ? c.fn : c.tn)) += 1;
  return c;
}
double goal_of(const ThresholdGoal& goal, const Counted& c) {
  if (goal.kind == ThresholdGoal::Kind::f1) return 2 * c.tp / (2 * c.tp + c.fp + c.fn);
  if (goal.kind == ThresholdGoal::Kind::balanced) return (c.tp / (c.tp + c.fn) + c.tn / (c.tn + c.fp)) / 2;
  return (c.fp * goal.false_positive + c.fn * goal.false_negative) / (c.tp + c.fp + c.tn + c.fn);
}

}  // namespace

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_curve.html, its example: truth 0 0
// 1 1, scores 0.1 0.4 0.35 0.8; precision 0.5 0.667 0.5 1 (1), recall 1 1 0.5 0.5 (0), thresholds 0.1 0.35 0.4 0.8;
// average precision 0.83
TEST_CASE("precision and recall are those of scikit-learn's example, from the largest threshold down") {
  const auto curves = precision_recall_curves(two({0.1, 0.4, 0.35, 0.8}), tensor({0, 0, 1, 1}).to(DType::i64));
  CHECK(curves[1].thresholds == std::vector<double>{0.8, 0.4, 0.35, 0.1});
  CHECK(curves[1].precision == std::vector<double>{1, 0.5, 2.0 / 3, 0.5});
  CHECK(curves[1].recall == std::vector<double>{0.5, 0.5, 1, 1});
  CHECK(curves[1].average_precision == doctest::Approx(0.5 * 1 + 0.5 * 2 / 3).epsilon(1e-15));
}

TEST_CASE("equal scores pass a threshold together; a class that does not occur has no curve") {
  const auto curves = precision_recall_curves(two({0.5, 0.5, 0.5}), tensor({1, 0, 1}).to(DType::i64));
  CHECK(curves[1].thresholds == std::vector<double>{0.5});
  CHECK(curves[1].precision == std::vector<double>{2.0 / 3});
  CHECK(curves[1].average_precision == 2.0 / 3);
  const auto alone = precision_recall_curves(two({0.5, 0.25}), tensor({1, 1}).to(DType::i64));
  CHECK(alone[0].recall.empty());
  CHECK(std::isnan(alone[0].average_precision));
  CHECK(precision_recall_chart(alone, "none", std::vector<std::string>{"a", "b"}).title == "none");
}

TEST_CASE("no threshold is better than the one that is found, for any goal, with ties and probabilities of 0 and 1") {
  Generator rng(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> yes;
    std::vector<std::int64_t> labels = {0, 1};
    const auto rows = 2 + static_cast<std::size_t>(rng.below(30));
    while (labels.size() < rows) labels.push_back(static_cast<std::int64_t>(rng.below(2)));
    for (std::size_t i = 0; i < rows; ++i) yes.push_back(static_cast<double>(rng.below(9)) / 8);
    for (const char* text : {"f1", "balanced", "cost:1,5", "cost:7,0.5", "cost:0,1"}) {
      const ThresholdGoal goal = ThresholdGoal::named(text);
      const Threshold found = tune_threshold(two(yes), from_span(labels, {static_cast<std::int64_t>(rows)}), goal);
      const Counted c = counted(yes, labels, found.threshold);
      CHECK(found.value == goal_of(goal, c));
      CHECK(found.true_positives == c.tp);
      CHECK(found.false_negatives == c.fn);
      CHECK(found.at_half == goal_of(goal, counted(yes, labels, 0.5)));
      for (int t = 0; t <= 10; ++t) {
        const double other = goal_of(goal, counted(yes, labels, t / 9.0));
        CHECK((goal.kind == ThresholdGoal::Kind::cost ? found.value <= other : found.value >= other));
      }
    }
  }
  CHECK(ThresholdGoal::named("cost:1,5").str() == "cost:1,5");
  CHECK(tune_threshold(two({0.2, 0.8}), tensor({0, 1}).to(DType::i64)).threshold == 0.5);
}

TEST_CASE("a goal that is none, and rows that decide nothing, are refused") {
  for (const char* text :
       {"", "F1", "cost", "cost:1", "cost:1,", "cost:-1,2", "cost:nan,1", "cost:1,inf", "cost:0,0", "cost:1,2,3"})
    CHECK_THROWS_AS(ThresholdGoal::named(text), Error);
  CHECK_THROWS_WITH_AS(tune_threshold(two({0.5, 0.5}), tensor({1, 1}).to(DType::i64)),
                       "tune_threshold: 2 of 2 labels are class 1: rows of both classes are needed", Error);
  CHECK_THROWS_WITH_AS(tune_threshold(zeros({2, 3}), tensor({1, 0}).to(DType::i64)),
                       "tune_threshold: the probabilities are of 3 classes; a threshold parts 2", Error);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(tune_threshold(two({0.5, nan}), tensor({1, 0}).to(DType::i64)), Error);
}

TEST_CASE("a classifier's threshold names classes, and is kept in its file") {
  Generator rng(1);
  Classifier classifier("linear:2,2", {"no", "yes"}, rng);
  const Tensor x = randn({40, 2}, rng);
  const Prediction before = classifier.predict(x);
  const std::vector<float> p = before.probabilities.to_vector<float>();
  for (const double threshold : {0.3, 0.9, 0.0, 1.5}) {
    classifier.threshold = threshold;
    const TemporaryFolder folder;
    classifier.save(folder / "c");
    const Classifier loaded = Classifier::load(folder / "c");
    CHECK(loaded.threshold == threshold);
    for (const Classifier* c : {&std::as_const(classifier), &loaded}) {
      const Prediction said = c->predict(x);
      CHECK(said.probabilities.to_vector<float>() == p);
      for (std::size_t row = 0; row < 40; ++row) {
        CHECK(said.classes[row] == (static_cast<double>(p[2 * row + 1]) >= threshold ? 1 : 0));
        CHECK(said.labels[row] == (said.classes[row] == 1 ? "yes" : "no"));
      }
    }
  }
  classifier.threshold = 0.25;
  const std::string header = header_text(classifier);
  CHECK(header.find("return probabilities[1] >= 0.25f ? 1 : 0;") != std::string::npos);
  CHECK(onnx_bytes(classifier).find("GreaterOrEqual") != std::string::npos);
  CHECK(onnx_bytes(classifier).find("ArgMax") == std::string::npos);
  CHECK_THROWS_AS(header_text(classifier, {.threshold = 0.5}), Error);
  Classifier three("linear:2,3", {"a", "b", "c"}, rng);
  three.threshold = 0.5;
  CHECK_THROWS_AS(header_text(three), Error);
  CHECK_THROWS_AS(onnx_bytes(three), Error);
  CHECK_THROWS_WITH_AS(three.predict(x),
                       "Classifier::predict: the threshold is 0.5, of 3 classes; a number is needed, and 2 classes",
                       Error);
}

TEST_CASE("the column that the class follows from is worth most, one of noise nothing; the same numbers again") {
  Generator rng(3);
  Table table;
  std::vector<double> a, noise;
  std::vector<std::string> colour, label;
  for (int i = 0; i < 300; ++i) {
    a.push_back(rng.next_uniform());
    noise.push_back(rng.next_uniform());
    colour.push_back(rng.below(2) ? "red" : "blue");
    label.push_back(a.back() > 0.5 ? "big" : "small");
  }
  table.columns = {{"noise", noise, {}}, {"size", a, {}}, text_column("colour", colour), text_column("class", label)};
  const Examples rows = examples_of(table);
  const Preprocessing prepare = Preprocessing::fit(rows);
  Classifier classifier(prepare, "mlp:4,16,2", rng);
  Trainer{classifier, AdamW{{.learning_rate = 0.02}}, {.epochs = 40}}.fit(prepare(rows));
  const auto found = permutation_importance(classifier, rows, {.repeats = 4, .seed = 9});
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "noise");
  CHECK(found[1].name == "size");
  CHECK(found[2].name == "colour");
  CHECK(found[1].mean > 0.3);  // a shuffled size is right for half of the rows
  CHECK(std::fabs(found[0].mean) < 0.05);
  CHECK(std::fabs(found[2].mean) < 0.05);
  CHECK(found[1].spread >= 0);
  const auto again = permutation_importance(classifier, rows, {.repeats = 4, .seed = 9});
  for (std::size_t c = 0; c < 3; ++c) CHECK(again[c].mean == found[c].mean);
  CHECK_THROWS_AS(permutation_importance(classifier, rows, {.repeats = 0}), Error);
  Classifier bare("linear:2,2", {"no", "yes"}, rng);
  CHECK_THROWS_AS(permutation_importance(bare, rows), Error);

  TrainingReport report{.title = "importance",
                        .probabilities = classifier.predict(rows).probabilities,
                        .labels = prepare(rows).labels,
                        .classes = classifier.classes(),
                        .predicted = std::vector<std::int64_t>(300, 1),
                        .importance = found,
                        .learning_curve = {{30, 1, 0.5}, {300, 0.9, 0.75}}};
  const std::string page = html(report), text = report_text(report, {});
  CHECK(page.find("accuracy lost") != std::string::npos);
  CHECK(page.find("Accuracy by rows learnt from") != std::string::npos);
  CHECK(text.find("30 rows") != std::string::npos);
  CHECK(text.find("size ") != std::string::npos);
  report.predicted.pop_back();
  CHECK_THROWS_WITH_AS(html(report), "html: 299 predicted classes are given for 300 rows", Error);
}

}  // namespace logitape::tests
