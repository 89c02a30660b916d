// Numbers as targets: scores against their definitions, a target scaled and scaled back, and what is no number.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

// With all digits.
std::string digits_of(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

}  // namespace

// https://scikit-learn.org/stable/modules/generated/sklearn.metrics.r2_score.html: truth 3 -0.5 2 7, predicted 2.5 0 2
// 8 gives 0.948...; mean_absolute_error 0.5, mean_squared_error 0.375
TEST_CASE("errors of numbers are those of scikit-learn's example and of their definitions") {
  const Tensor truth = tensor({3.0, -0.5, 2.0, 7.0}), said = tensor({2.5, 0.0, 2.0, 8.0});
  const RegressionScores s = regression_scores(said, truth);
  CHECK(s.mean_absolute_error == 0.5);
  CHECK(s.root_mean_squared_error == std::sqrt(0.375));
  CHECK(s.r2 == doctest::Approx(1 - 1.5 / 29.1875).epsilon(1e-15));
  const RegressionScores w = regression_scores(said, reshape(truth, {4, 1}), tensor({1.0, 2.0, 0.0, 1.0}));
  CHECK(w.mean_absolute_error == 2.5 / 4);  // 0.5 + 2 * 0.5 + 1
  CHECK(w.root_mean_squared_error == std::sqrt(1.75 / 4));
  const double mean = 9.0 / 4,
               spread = (3 - mean) * (3 - mean) + 2 * (-0.5 - mean) * (-0.5 - mean) + (7 - mean) * (7 - mean);
  CHECK(w.r2 == doctest::Approx(1 - 1.75 / spread).epsilon(1e-15));
  CHECK(regression_scores(tensor({0.1, 0.1, 0.1}), tensor({0.1, 0.1, 0.1})).r2 == 1);
  CHECK(regression_scores(tensor({0.1, 0.2, 0.1}), tensor({0.1, 0.1, 0.1})).r2 == 0);
  CHECK(std::isnan(regression_scores(tensor({1.0}), tensor({1.0})).r2));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal_of([&] {
          (void)regression_scores(tensor({1.0, nan}), tensor({1.0, 2.0}));
        }) == "regression_scores: the predictions have nan in row 1");
  CHECK_THROWS_AS(regression_scores(tensor({1.0, 2.0}), tensor({1.0})), Error);
  CHECK_THROWS_AS(regression_scores(zeros({0}), zeros({0})), Error);
  CHECK_THROWS_AS(regression_scores(zeros({2, 2}), zeros({2, 2})), Error);
}

TEST_CASE("a number is learnt in its own units, of any size, kept in a file and told again") {
  const TemporaryFolder folder;
  for (const double scale : {1.0, 1e9, 1e-6}) {
    std::string text = "x,colour,price\n";
    Generator rng{2};
    for (int i = 0; i < 200; ++i) {
      const double x = rng.next_uniform() * 4 - 2;
      const bool red = rng.next_uniform() > 0.5;
      text += digits_of(x) + (red ? ",red," : ",blue,") + digits_of(scale * (x * x + (red ? 3 : 0) + 100)) + "\n";
    }
    write_file(folder / "r.csv", text);
    const Examples all = load_examples(folder / "r.csv", {.task = Task::regression});
    Generator split_rng{1};
    const auto [train, validation, test] = split(all, {.test = 0.2}, split_rng);
    const Preprocessing prepare = Preprocessing::fit(train);
    const Recipe recipe = recipe_for(prepare, train.size());
    CHECK(recipe.architecture == "mlp:3,128,64,1;activation=silu");
    Classifier classifier{prepare, recipe.architecture, split_rng};
    Trainer{classifier, AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train));
    CHECK(regression_scores(classifier.predict(test).values, test.labels).r2 > 0.95);
    classifier.save(folder / "c");
    const Classifier loaded = Classifier::load(folder / "c");
    CHECK(loaded.task() == Task::regression);
    CHECK(loaded.classes().empty());
    const Prediction said = loaded.predict(load_examples(folder / "r.csv", prepare.how_to_read(false)));
    CHECK(said.values.to_vector<double>() == classifier.predict(all).values.to_vector<double>());
    const Table table = prediction_table(said, loaded.classes());
    CHECK(table.columns.size() == 1);
    CHECK(table.columns[0].values == said.values.to_vector<double>());
    CHECK(prediction_lines(said, loaded.classes()).starts_with("{\"predicted\":" + said.labels[0] + "}\n"));
    const TrainingReport report{.labels = all.labels, .task = Task::regression, .values = said.values};
    CHECK(html(report).find("Residuals") != std::string::npos);
    CHECK(report_text(report, {}).find("RMSE") != std::string::npos);
    CHECK(refusal_of([&] { (void)header_text(loaded); }).find("is of the task regression") != std::string::npos);
  }
}

TEST_CASE("a target that is text, missing, constant or beyond f32 is a sentence") {
  const TemporaryFolder folder;
  const auto why = [&](const std::string& text) {
    return refusal_of([&] {
      write_file(folder / "r.csv", text);
      (void)Preprocessing::fit(
          load_examples(folder / "r.csv", {.task = Task::regression, .csv = {.allow_missing = true}}));
    });
  };
  const std::string file = folder / "r.csv";
  CHECK(why("x,y\n1,low\n2,high\n3,low\n")
            .starts_with("examples_of: " + file + ", line 2, column 2 (y): the target 'low' is no number"));
  CHECK(why("x,y\n1,2.5\n2,\n3,1\n") == "examples_of: " + file +
                                            ", line 3, column 2 (y): the target is missing; a row "
                                            "without one has to be taken out");
  CHECK(why("x,y\n1,2.5\n2,NULL\n3,1\n").find("line 3, column 2 (y): the target is missing") != std::string::npos);
  CHECK(why("x,y\n1,2.5\n2,2.5\n3,2.5\n")
            .find("the target 'y' is 2.5 in every one of the 3 rows: there is nothing to learn") != std::string::npos);
  CHECK(why("x,y\n1,1e300\n2,-1e300\n3,5\n") ==
        "Preprocessing: column 'y' goes from -1e+300 to 1e+300 in the training part, which f64 cannot scale");
  CHECK(why("x,y\n1,1.5\n2,-2.5\n3,5\n").empty());
  CHECK_THROWS_AS(examples_of(arange(2).to(DType::f32), zeros({2, 2}), {}, {}, Task::regression), Error);
}

TEST_CASE("what was fitted for one task does not take rows of another") {
  const Tensor x = arange(6).to(DType::f32), y = tensor({1.5, 2.0, 0.5, 3.0, 1.0, 2.0});
  const Examples numbers = examples_of(x, y, {}, {}, Task::regression),
                 classes = examples_of(x, tensor({0, 1, 0, 1, 0, 1}));
  const Preprocessing prepare = Preprocessing::fit(numbers);
  CHECK(refusal_of([&] { (void)prepare(classes); }) ==
        "Preprocessing: the examples are of the task classes, and training was of regression");
  const Preprocessing again = Preprocessing::from_json(prepare.json());
  CHECK(again.task == Task::regression);
  CHECK(again.target.offset == prepare.target.offset);
  CHECK(again(numbers).labels.to_vector<float>() == prepare(numbers).labels.to_vector<float>());
  std::string wrong = prepare.json();
  wrong.replace(wrong.find("regression"), 10, "regressive");
  CHECK_THROWS_AS(Preprocessing::from_json(wrong), Error);
}

TEST_CASE("the nearest rows are those with the least distance, the nearest first") {
  const Dataset rows{tensor({{0.f}, {10.f}, {1.f}, {4.f}}), zeros({4}, DType::i64)};
  const NearestNeighbours nearest{rows, 3};
  CHECK(nearest.nearest(tensor({{0.9f}, {9.f}})).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2, 0, 3, 1, 3, 2});
}

}  // namespace logitape::tests
