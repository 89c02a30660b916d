// Recipes: a model's sizes from what rows are, and defaults that train as they stand.
#include <doctest/doctest.h>

#include <string>

#include "logitape.h"

namespace logitape::tests {
namespace {

Preprocessing of_table() { return Preprocessing::fit(load_examples(LOGITAPE_SOURCE_DIR "/examples/data/wine.csv")); }
Preprocessing of_images() { return Preprocessing::fit(load_examples(LOGITAPE_SOURCE_DIR "/examples/data/digits.csv")); }

}  // namespace

TEST_CASE("a model gets the sizes that its rows and classes have") {
  const Preprocessing wine = of_table(), digits = of_images();
  CHECK(architecture_for(wine) == "mlp:13,128,64,3;dropout=0.2;activation=silu");
  CHECK(architecture_for(wine, "mlp:20") == "mlp:13,20,3");
  CHECK(architecture_for(wine, "mlp:20,10;activation=gelu") == "mlp:13,20,10,3;activation=gelu");
  CHECK(architecture_for(wine, "mlp;activation=tanh") == "mlp:13,128,64,3;activation=tanh");
  CHECK(architecture_for(wine, "linear") == "linear:13,3");
  CHECK(architecture_for(digits) == "mlp:64,256,128,10;dropout=0.2;activation=silu");
  CHECK(architecture_for(digits, "lenet") == "lenet:8,8,1,10");
  CHECK(architecture_for(digits, "small_resnet;width=4") == "small_resnet:8,8,1,10;width=4");
}

TEST_CASE("a model that rows do not fit is refused with what they are") {
  const Preprocessing wine = of_table();
  CHECK_THROWS_WITH_AS(architecture_for(wine, "lenet"), "architecture_for: lenet is for images, and rows are [13]",
                       Error);
  CHECK_THROWS_WITH_AS(architecture_for(wine, "linear:5"),
                       "architecture_for: \"linear:5\" has the sizes 5; linear takes none, they come from the rows",
                       Error);
  CHECK_THROWS_WITH_AS(architecture_for(wine, "text"),
                       "architecture_for: \"text\" is asked for, and rows are no free text", Error);
  CHECK_THROWS_WITH_AS(architecture_for(wine, "mlp:8;depth=2"),
                       "build_model: \"mlp:13,8,3;depth=2\" has the option \"depth\"; mlp has no such option", Error);
  CHECK_THROWS_WITH_AS(architecture_for(Preprocessing{}),
                       "architecture_for: the rows have 0 classes; at least 2 are needed", Error);
  CHECK_THROWS_WITH_AS(recipe_for(wine, 0), "recipe_for: there are 0 rows to train on; at least 1 is needed", Error);
}

TEST_CASE("some 3000 steps, in 20 to 100 epochs, of batches that grow with the rows") {
  const Preprocessing wine = of_table();
  const auto steps = [&](std::int64_t rows) {
    const TrainerOptions t = recipe_for(wine, rows).training;
    return t.epochs * ((rows + t.batch_size - 1) / t.batch_size);
  };
  for (const std::int64_t rows : {600, 1000, 5000}) {
    CHECK(steps(rows) <= 3000);
    CHECK(steps(rows) >= 2900);
  }
  CHECK(recipe_for(wine, 3).training.epochs == 100);
  CHECK(recipe_for(wine, 3).training.batch_size == 16);
  CHECK(recipe_for(wine, 60000).training.epochs == 20);
  CHECK(recipe_for(wine, 60000).training.batch_size == 128);
}

TEST_CASE("each fold of a cross-validation is scored by a model that has not seen it") {
  const Examples iris = load_examples(LOGITAPE_SOURCE_DIR "/examples/data/iris.csv");
  Generator rng{1};
  std::int64_t tested = 0;
  const std::vector<double> scores = cross_validate(iris, 3, rng, [&](const Examples& train, const Examples& test) {
    CHECK(train.size() + test.size() == 150);
    tested += test.size();
    const Preprocessing prepare = Preprocessing::fit(train);
    Recipe recipe = recipe_for(prepare, train.size(), "linear");
    Classifier classifier(prepare, recipe.architecture, rng);
    Trainer{classifier, AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train));
    return evaluate(classifier, prepare(test)).accuracy;
  });
  CHECK(tested == 150);
  REQUIRE(scores.size() == 3);
  for (const double score : scores) CHECK(score >= 0.9);  // irises are told apart by lines, but for some 5 of 150
}

}  // namespace logitape::tests
