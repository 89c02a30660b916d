// Several labels a row: cells, scores against their definitions counted out, a classifier from file to predictions.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

// Three labels of two numbers: "up" if y > 0, "right" if x > 0, "far" if both are large.
std::string label_table(int rows, const char* last = "") {
  Generator rng{3};
  std::string text = "x,y,is\n";
  for (int i = 0; i < rows; ++i) {
    const double x = rng.next_uniform() * 2 - 1, y = rng.next_uniform() * 2 - 1;
    std::string cell = std::string(x > 0 ? "right;" : "") + (y > 0 ? " up ;" : "") + (x * x + y * y > 1 ? "far" : "");
    text += std::to_string(x) + "," + std::to_string(y) + "," + cell + "\n";
  }
  return text + last;
}

}  // namespace

TEST_CASE("a cell of labels is parted by ; without blanks, each once, and is written so that it reads back") {
  CHECK(labels_in("a;b") == Texts{"a", "b"});
  CHECK(labels_in(" a ; b;") == Texts{"a", "b"});
  CHECK(labels_in("a;;a; ;b") == Texts{"a", "b"});
  CHECK(labels_in("").empty());
  CHECK(labels_in(" ; ").empty());
  CHECK(labels_in("one\\;two;c\\\\;d\\e") == Texts{"one;two", "c\\", "d\\e"});
  for (const Texts& labels : {Texts{"a", "b"}, Texts{"x;y", "back\\", "\\;"}, Texts{}, Texts{"\\\\", "a b"}})
    CHECK(labels_in(cell_of(labels)) == labels);
  for (const Task task : {Task::classes, Task::multilabel, Task::regression}) CHECK(task_named(name(task)) == task);
  CHECK_THROWS_AS(task_named("labels"), Error);
}

TEST_CASE("a column of labels becomes rows of 0 and 1; an empty cell has none, and NA is a label as others are") {
  const TemporaryFolder folder;
  write_file(folder / "l.csv", "x,is\n1,b;a\n2,\n3,NA\n4, a ;\n");
  const Examples read = load_examples(folder / "l.csv", {.label = "is", .task = Task::multilabel});
  CHECK(read.classes == Texts{"NA", "a", "b"});
  CHECK(read.labels.to_vector<float>() == std::vector<float>{0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0});
  CHECK(class_sizes(read) == std::vector<std::int64_t>{1, 2, 1});
  write_file(folder / "l.csv", "x,is\n1,7\n2,3\n");
  CHECK(load_examples(folder / "l.csv", {.task = Task::multilabel}).classes == Texts{"3", "7"});
  write_file(folder / "l.csv", "x,is\n1,\n2,\n3,\n");
  CHECK(refusal_of([&] {
          (void)load_examples(folder / "l.csv", {.label = "is", .task = Task::multilabel});
        }).find("has no label in any of the 3 rows") != std::string::npos);
}

TEST_CASE("scores of labels are those of their definitions, with weights and without") {
  Generator rng{7};
  for (int round = 0; round < 20; ++round) {
    const std::int64_t rows = 1 + static_cast<std::int64_t>(rng.below(12)), labels = 1 + round % 4;
    const Tensor said = (uniform({rows, labels}, rng) * 2).to(DType::i64),
                 truth = (uniform({rows, labels}, rng) * 2).to(DType::i64);
    const Tensor weights = uniform({rows}, rng, DType::f64) + 0.1;
    for (const bool weighted : {false, true}) {
      const MultilabelScores scores = multilabel_scores(said, truth, weighted ? weights : Tensor());
      const auto p = said.to_vector<std::int64_t>(), t = truth.to_vector<std::int64_t>();
      const auto w = weighted ? weights.to_vector<double>() : std::vector<double>(static_cast<std::size_t>(rows), 1);
      double tp = 0, all = 0, macro = 0, sum = 0, subset = 0, wrong = 0;
      for (std::int64_t k = 0; k < labels; ++k) {
        double own_tp = 0, own = 0;
        for (std::int64_t r = 0; r < rows; ++r) {
          const auto i = static_cast<std::size_t>(r * labels + k);
          own_tp += w[static_cast<std::size_t>(r)] * static_cast<double>(p[i] * t[i]);
          own += w[static_cast<std::size_t>(r)] * static_cast<double>(p[i] + t[i]);
        }
        const double f1 = own == 0 ? 0 : 2 * own_tp / own;
        CHECK(scores.labels[static_cast<std::size_t>(k)].f1 == doctest::Approx(f1).epsilon(1e-14));
        macro += f1 / static_cast<double>(labels), tp += own_tp, all += own;
      }
      for (std::int64_t r = 0; r < rows; ++r) {
        int off = 0;
        for (std::int64_t k = 0; k < labels; ++k)
          off += p[static_cast<std::size_t>(r * labels + k)] != t[static_cast<std::size_t>(r * labels + k)];
        sum += w[static_cast<std::size_t>(r)], wrong += w[static_cast<std::size_t>(r)] * off;
        subset += off == 0 ? w[static_cast<std::size_t>(r)] : 0;
      }
      CHECK(scores.micro.f1 == doctest::Approx(all == 0 ? 0 : 2 * tp / all).epsilon(1e-14));
      CHECK(scores.macro.f1 == doctest::Approx(macro).epsilon(1e-14));
      CHECK(scores.subset_accuracy == doctest::Approx(subset / sum).epsilon(1e-14));
      CHECK(scores.hamming_loss == doctest::Approx(wrong / sum / static_cast<double>(labels)).epsilon(1e-14));
    }
  }
}

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.hamming_loss.html: [[0, 1], [1, 1]] and zeros: 0.75
TEST_CASE("scores of labels are those of scikit-learn's example, and what is no decision is refused") {
  const Tensor truth = tensor({{0, 1}, {1, 1}}), none = zeros({2, 2});
  CHECK(multilabel_scores(none, truth).hamming_loss == 0.75);
  CHECK(multilabel_scores(none, truth).subset_accuracy == 0);
  CHECK(multilabel_scores(truth, truth).micro.f1 == 1);
  CHECK(refusal_of([&] {
          (void)multilabel_scores(ones({2, 2}) * 0.5, truth);
        }) == "multilabel_scores: the decision at row 0, label 0 is 0.5; 0 and 1 are needed");
  CHECK_THROWS_AS(multilabel_scores(zeros({2, 3}), truth), Error);
  CHECK_THROWS_AS(multilabel_scores(zeros({0, 2}), zeros({0, 2})), Error);
  const auto curves =
      label_curves(tensor({{0.1, 0.9}, {0.4, 0.2}, {0.35, 0.3}, {0.8, 0.4}}), tensor({{0, 0}, {0, 0}, {1, 0}, {1, 0}}));
  CHECK(curves[0].average_precision == doctest::Approx(0.5 + 0.5 * 2 / 3).epsilon(1e-15));
  CHECK(std::isnan(curves[1].average_precision));
  const auto thresholds = tune_thresholds(tensor({{0.1, 0.9}, {0.2, 0.2}}), tensor({{0, 0}, {1, 0}}));
  CHECK(thresholds[0].threshold == doctest::Approx(0.15));
  CHECK(thresholds[1].threshold == 0.5);
}

TEST_CASE("labels are learnt, kept in a file, decided by their thresholds and told again") {
  const TemporaryFolder folder;
  write_file(folder / "l.csv", label_table(300));
  const Examples all = load_examples(folder / "l.csv", {.task = Task::multilabel});
  Generator rng{1};
  const auto [train, validation, test] = split(all, {.test = 0.2}, rng);
  const Preprocessing prepare = Preprocessing::fit(train);
  Recipe recipe = recipe_for(prepare, train.size());
  CHECK(recipe.architecture == "mlp:2,128,64,3;dropout=0.2;activation=silu");
  recipe.training.epochs = 20;
  Classifier classifier{prepare, recipe.architecture, rng};
  Trainer{classifier, AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train));
  const Prediction said = classifier.predict(test);
  CHECK(multilabel_scores(said.decided, prepare(test).labels).micro.f1 > 0.9);
  classifier.thresholds = {0.25, 0.5, 0.75};
  classifier.save(folder / "c");
  const Classifier loaded = Classifier::load(folder / "c");
  CHECK(loaded.task() == Task::multilabel);
  CHECK(loaded.thresholds == classifier.thresholds);
  CHECK(loaded.classes() == Texts{"far", "right", "up"});
  const Prediction again = loaded.predict(load_examples(folder / "l.csv", prepare.how_to_read(false)));
  const std::vector<double> p = again.probabilities.to_vector<double>();
  const Table table = prediction_table(again, loaded.classes());
  CHECK(table.columns.size() == 4);
  CHECK(table.columns[0].text(5) == again.labels[5]);
  const std::string lines = prediction_lines(again, loaded.classes());
  for (std::size_t row = 0; row < again.labels.size(); ++row) {
    Texts wanted;
    for (std::size_t k = 0; k < 3; ++k)
      if (p[row * 3 + k] >= classifier.thresholds[k]) wanted.push_back(loaded.classes()[k]);
    CHECK(again.labels[row] == cell_of(wanted));
  }
  CHECK(lines.starts_with("{\"predicted\":["));
  CHECK(html({.probabilities = again.probabilities,
              .labels = prepare(all).labels,
              .classes = loaded.classes(),
              .task = Task::multilabel,
              .decided = again.decided})
            .find("micro F1") != std::string::npos);
  CHECK(refusal_of([&] { (void)header_text(loaded); }).find("is of the task multilabel") != std::string::npos);
  CHECK(refusal_of([&] { (void)onnx_bytes(loaded); }).find("is of the task multilabel") != std::string::npos);
  CHECK(refusal_of([&] { classifier.calibrate(prepare(all)); }).find("the task is multilabel") != std::string::npos);
  classifier.thresholds = {0.5};
  CHECK_THROWS_AS(classifier.predict(test), Error);
}

TEST_CASE("a label that training never saw is named, and labels that part no rows teach nothing") {
  Examples rows =
      examples_of(arange(4).to(DType::f32), tensor({{1, 0}, {0, 0}, {1, 0}, {0, 1}}), {"a", "b"}, {}, Task::multilabel);
  const Preprocessing prepare = Preprocessing::fit(take(rows, std::vector<std::int64_t>{0, 1, 2}));
  CHECK(refusal_of([&] { (void)prepare(rows); }) == "Preprocessing: label 'b' has 1 rows here and none in training");
  rows.labels = ones({4, 2});
  CHECK(refusal_of([&] { (void)Preprocessing::fit(rows); }).find("is in all of the 4 rows or in none") !=
        std::string::npos);
  CHECK_THROWS_AS(examples_of(arange(2).to(DType::f32), tensor({{1, 2}, {0, 1}}), {}, {}, Task::multilabel), Error);
}

TEST_CASE("a split keeps a row of the rarest labels to learn from") {
  std::vector<float> ones(60 * 3);
  for (std::size_t row = 0; row < 60; ++row) {
    ones[row * 3] = row % 2 == 0;
    ones[row * 3 + 1] = row % 20 == 0;
    ones[row * 3 + 2] = row == 7;
  }
  const Examples rows =
      examples_of(arange(60).to(DType::f32), from_span(ones, {60, 3}), {"often", "rare", "once"}, {}, Task::multilabel);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Generator rng{seed};
    const auto [train, validation, test] = split(rows, {.validation = 0.2, .test = 0.4}, rng);
    for (const std::int64_t size : class_sizes(train)) CHECK(size >= 1);
  }
}

}  // namespace logitape::tests
