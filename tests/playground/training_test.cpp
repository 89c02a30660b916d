// A training in the page is the training of the command: the same bits however it is cut into steps.
#include <logitape.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "ask.h"

namespace lt = logitape;

namespace {

// What train_classifier does with a file and its default flags.
double accuracy_of_command(const std::string& path, std::uint64_t seed) {
  lt::Generator rng{seed};
  const lt::Examples all = lt::load_examples(path, {.csv = {.allow_missing = true}});
  const auto [train, validation, test] = lt::split(all, {.test = 0.2}, rng);
  const lt::Preprocessing prepare = lt::Preprocessing::fit(train);
  lt::Recipe recipe = lt::recipe_for(prepare, train.size());
  recipe.training.seed = seed;
  recipe.training.keep_best = false;
  lt::Classifier classifier{prepare, recipe.architecture, rng};
  lt::Trainer{classifier, lt::AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train), prepare(test));
  return lt::accuracy(classifier.predict(test).probabilities, prepare(test).labels);
}

Json trained(const Json& start, int steps_at_once) {
  answer(start);
  for (Json state; !(state = answer({{"ask", "train"}, {"steps", steps_at_once}, {"gradients", true}}))["done"];)
    continue;
  return answer({{"ask", "evaluate"}});
}

const std::string data = std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/";

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A digit drawn by straight strokes on a canvas of 64 x 64, as with a pen of 5 points.
std::vector<double> drawn(const std::vector<std::vector<std::pair<double, double>>>& strokes) {
  std::vector<double> canvas(64 * 64, 0.0);
  for (const auto& stroke : strokes)
    for (std::size_t i = 1; i < stroke.size(); ++i)
      for (double s = 0; s <= 1; s += 0.01) {
        const double x = stroke[i - 1].first + s * (stroke[i].first - stroke[i - 1].first);
        const double y = stroke[i - 1].second + s * (stroke[i].second - stroke[i - 1].second);
        for (int dy = -2; dy <= 2; ++dy)
          for (int dx = -2; dx <= 2; ++dx)
            canvas[static_cast<std::size_t>(std::lround(y) + dy) * 64 + static_cast<std::size_t>(std::lround(x) + dx)] =
                1;
      }
  return canvas;
}

}  // namespace

TEST_CASE("a training is the command's, to the accuracy, cut into any number of steps, for bundled and dropped files") {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{3}}) {
    const double expected = accuracy_of_command(data + "wine.csv", seed);
    answer({{"ask", "load"}, {"name", "wine"}});
    for (const int steps : {7, 1000000})
      CHECK(trained({{"ask", "start"}, {"seed", seed}}, steps)["accuracy"] == expected);
    answer({{"ask", "load"}, {"name", "mine.csv"}, {"text", text_of(data + "wine.csv")}});
    CHECK(trained({{"ask", "start"}, {"seed", seed}}, 100)["accuracy"] == expected);
  }
}

TEST_CASE("a circle of two columns is learnt, and its surface is inside where the circle is") {
  const Json loaded = answer({{"ask", "load"}, {"name", "circle.csv"}, {"text", circle_csv(400)}});
  CHECK(loaded["rows"] == 400);
  CHECK(loaded["label"] == "where");
  CHECK(loaded["train_rows"] == 320);
  CHECK(trained({{"ask", "start"}}, 500)["accuracy"].get<double>() >= 0.9);
  const Json s = answer({{"ask", "surface"},
                         {"x", "x"},
                         {"y", "y"},
                         {"x_range", {-50, 50}},
                         {"y_range", {-50, 50}},
                         {"size", 21},
                         {"all", true}});
  int right = 0;
  for (int i = 0; i < 21 * 21; ++i) {
    const double x = -50 + i % 21 * 5, y = -50 + i / 21 * 5;
    right += (s["class"][static_cast<std::size_t>(i)] == 0) == (x * x + y * y < 1500);
    const std::vector<double> p = numbers(s["probabilities"][static_cast<std::size_t>(i)]);
    CHECK(p[0] + p[1] == doctest::Approx(1));
  }
  CHECK(right >= 400);  // of 441: the border is learnt from 320 points
  CHECK(answer({{"ask", "predict"}, {"row", {0, 0}}})["class"] == "in");
  CHECK(answer({{"ask", "predict"}, {"row", {{"x", 49}, {"y", -47}}}})["class"] == "out");
}

TEST_CASE("the loss surface has the loss of the weights in its middle, and is the same line by line") {
  answer({{"ask", "load"}, {"name", "iris"}});
  trained({{"ask", "start"}, {"epochs", 20}}, 1000);
  const Json all = answer({{"ask", "landscape"}, {"size", 5}, {"rows", 100}});
  CHECK(all["loss"][2][2] == all["centre"]);
  for (std::size_t line = 0; line < 5; ++line)
    CHECK(answer({{"ask", "landscape"}, {"size", 5}, {"rows", 100}, {"from", line}, {"lines", 1}})["loss"][0] ==
          all["loss"][line]);
  CHECK(all["loss"][0][0].get<double>() > all["centre"].get<double>());
}

TEST_CASE("text, missing cells and a chosen label are read as the command reads them") {
  std::string text = "colour,size,kind\n";
  for (int i = 0; i < 60; ++i)
    text +=
        std::string(i % 2 ? "red" : "blue") + "," + (i % 7 ? std::to_string(i) : "") + "," + (i % 3 ? "a" : "b") + "\n";
  const Json a = answer({{"ask", "load"}, {"name", "t.csv"}, {"text", text}, {"label", "colour"}});
  CHECK(a["classes"][0]["name"] == "blue");
  CHECK(a["features"][1]["kind"] == "text");
  CHECK(a["features"][0]["missing"] == 9);
  answer({{"ask", "start"}, {"epochs", 1}});
  answer({{"ask", "train"}, {"steps", 1}});
  answer({{"ask", "predict"}, {"row", {nullptr, "a"}}});
  answer({{"ask", "predict"}, {"row", {3, "never seen"}}});
  CHECK(ask({{"ask", "surface"}, {"x", "size"}, {"y", "kind"}})["error"].get<std::string>().find("text") !=
        std::string::npos);
}

TEST_CASE("digits drawn by hand are read") {
  answer({{"ask", "load"}, {"name", "digits"}});
  const Json result = trained({{"ask", "start"}, {"epochs", 10}}, 1000000);
  CHECK(result["accuracy"].get<double>() > 0.96);
  using Strokes = std::vector<std::vector<std::pair<double, double>>>;
  const std::vector<Strokes> digits = {
      {{{32, 8}, {22, 12}, {18, 32}, {22, 52}, {32, 56}, {42, 52}, {46, 32}, {42, 12}, {32, 8}}},
      {{{24, 18}, {34, 8}, {34, 56}}},
      {{{18, 18}, {24, 10}, {36, 8}, {44, 16}, {42, 28}, {18, 56}, {46, 56}}},
      {{{18, 10}, {40, 9}, {44, 18}, {40, 28}, {28, 31}, {42, 36}, {45, 46}, {38, 56}, {18, 54}}},
      {{{36, 8}, {16, 40}, {48, 40}}, {{38, 24}, {38, 56}}},
      {{{44, 8}, {22, 8}, {20, 30}, {36, 28}, {45, 38}, {42, 52}, {30, 56}, {18, 52}}},
      {{{40, 8}, {26, 16}, {19, 34}, {20, 48}, {30, 56}, {42, 52}, {44, 42}, {34, 34}, {20, 42}}},
      {{{16, 8}, {46, 8}, {28, 56}}},
      {{{32, 30},
        {21, 20},
        {24, 10},
        {32, 8},
        {41, 11},
        {43, 20},
        {32, 30},
        {20, 42},
        {22, 52},
        {32, 56},
        {43, 52},
        {44, 42},
        {32, 30}}},
      {{{44, 22}, {36, 30}, {24, 27}, {20, 17}, {28, 8}, {40, 9}, {44, 22}, {42, 56}}}};
  int right = 0;
  for (std::size_t d = 0; d < digits.size(); ++d) {
    const Json said = answer({{"ask", "predict"}, {"canvas", drawn(digits[d])}, {"size", 64}});
    right += said["class"] == std::to_string(d);
    MESSAGE("drawn ", d, ", read ", said["class"].get<std::string>());
    double ink = 0;
    for (const double v : numbers(said["image"])) ink += v;
    CHECK(ink == 312);
  }
  CHECK(right >= 9);
  CHECK(ask({{"ask", "predict"}, {"canvas", std::vector<double>(1024, 0.0)}})["error"] == "nothing is drawn yet");
}
