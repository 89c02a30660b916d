// Exported headers of classifiers: raw rows become what Preprocessing makes of them, and are named as Classifier names
// them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "tests/train/exported_header.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

// Reads a raw row a time; writes what it becomes, the probabilities, and the class.
constexpr const char* raw_program = R"(#include "model.h"
#include "model.h"
#include <cstdio>

int main() {
  static float x[model::raw_inputs], input[model::inputs];
  float y[model::classes];
  for (;;) {
    for (int i = 0; i < model::raw_inputs; ++i)
      if (std::scanf("%f", &x[i]) != 1) return 0;
    model::prepare(x, input);
    for (int i = 0; i < model::inputs; ++i) std::printf("%.9g ", static_cast<double>(input[i]));
    model::predict_raw(x, y);
    for (int c = 0; c < model::classes; ++c) std::printf("%.9g ", static_cast<double>(y[c]));
    std::printf("%d\n", model::classify_raw(x));
  }
}
)";

// raw: the rows as a header takes them; prepared and said: what the classifier makes of the same rows.
void check_agree(const std::string& header, const Floats& raw, const Tensor& prepared, const Prediction& said) {
  const Floats all = printed(a_compiler(), header, raw_program, raw);
  const auto inputs = prepared.to_vector<float>(), probabilities = said.probabilities.to_vector<float>();
  const std::size_t rows = said.classes.size(), width = inputs.size() / rows, classes = probabilities.size() / rows;
  REQUIRE(all.size() == rows * (width + classes + 1));
  auto at = all.begin();
  for (std::size_t r = 0; r < rows; ++r) {
    CAPTURE(r);
    for (std::size_t i = 0; i < width; ++i) CHECK(*at++ == inputs[r * width + i]);
    for (std::size_t c = 0; c < classes; ++c, ++at) {
      // 4 ULP of logits that are the same (export_header.cpp); else chains of some 200 products, each rounded once more
      if (fused_kernels()) CHECK(ulp_error(*at, probabilities[r * classes + c]) <= 4);
      else CHECK(*at == doctest::Approx(probabilities[r * classes + c]).epsilon(1e-3));
    }
    CHECK(static_cast<std::int64_t>(*at++) == said.classes[r]);
  }
}

// A table of numbers and text: f32 numbers, in f64 as tables have them.
struct Animals {
  std::vector<float> weight, age;
  std::vector<std::string> colour, home, kind;

  Table table() const {
    Table t;
    t.columns.push_back({.name = "weight (kg)", .values = {weight.begin(), weight.end()}, .categories = {}});
    t.columns.push_back(text_column("fur colour", colour));
    t.columns.push_back({.name = "age", .values = {age.begin(), age.end()}, .categories = {}});
    t.columns.push_back(text_column("2nd home", home));
    t.columns.push_back(text_column("kind", kind));
    return t;
  }
};

const Animals training{{4.1f, 30, missing, 3.7f, 22.5f, 5},
                       {3, 8, 1.1f, missing, 12, 2},
                       {"grey", "brown", "grey", "", "black", "brown"},
                       {"a\"b", "c?\?/", "c?\?/", "a\"b", "a\"b", "c?\?/"},
                       {"cat", "dog", "cat", "cat", "dog", "dog"}};

// As the header takes a table's rows: a text as its place among what training had.
Floats raw_rows(const Animals& animals, const Preprocessing& p) {
  const auto place = [&](std::size_t column, const std::string& text) {
    const auto& all = p.columns[column].categories;
    const auto found = std::find(all.begin(), all.end(), text);
    return text.empty() ? missing : found == all.end() ? -1.0f : static_cast<float>(found - all.begin());
  };
  Floats raw;
  for (std::size_t r = 0; r < animals.weight.size(); ++r)
    for (const float v : {animals.weight[r], place(1, animals.colour[r]), animals.age[r], place(3, animals.home[r])})
      raw.push_back(v);
  return raw;
}

// Trained a little, and as sure as it ought to be.
Classifier fitted(const std::string& architecture, const Examples& examples) {
  Generator rng{2};
  Classifier classifier(Preprocessing::fit(examples), architecture, rng);
  const Dataset data = (*classifier.preprocessing)(examples);
  Trainer trainer{classifier, AdamW{{.learning_rate = 0.01}}, {.epochs = 4, .batch_size = 8}};
  trainer.fit(data);
  const Calibration c = classifier.calibrate(third_wrong({data.inputs, argmax(classifier(data.inputs), 1)}));
  INFO(c.kept);
  CHECK(c.temperature != 1);
  return classifier;
}

}  // namespace

TEST_CASE(
    "a table's raw rows are prepared in a header: numbers, texts, missing cells, texts that training did not see") {
  Classifier classifier = fitted("mlp:8,9,2", examples_of(training.table()));
  const Preprocessing& p = *classifier.preprocessing;
  REQUIRE(p.feature_names() == std::vector<std::string>{"weight (kg)", "fur colour=black", "fur colour=brown",
                                                        "fur colour=grey", "fur colour=missing", "age", "2nd home=a\"b",
                                                        "2nd home=c?\?/"});
  const std::string header = header_text(classifier, {.name = "model"});
  for (const char* const line :
       {"raw_names[raw_inputs] = {\n    \"weight (kg)\", \"fur colour\", \"age\", \"2nd home\"};",
        "fur_colour_categories[fur_colour_category_count] = {\n    \"black\", \"brown\", \"grey\", \"\"};",
        "column_2nd_home_categories[column_2nd_home_category_count] = {\n    \"a\\\"b\", \"c\\?\\?/\"};",
        "class_names[classes] = {\n    \"cat\", \"dog\"};"}) {
    CAPTURE(line);
    CHECK(header.find(line) != std::string::npos);
  }
  const Animals others{{12.25f, missing, 1e-3f, 80},
                       {0, 14.7f, missing, 3},
                       {"white", "grey", "", "brown"},
                       {"c?\?/", "", "b", "a\"b"},
                       {"", "", "", ""}};
  for (const Animals& animals : {training, others}) {
    const Table table = animals.table();
    check_agree(header, raw_rows(animals, p), p.inputs(table), classifier.predict(table));
  }
}

TEST_CASE("images and rows of numbers are prepared in a header, and classified by it as by their classifier") {
  Generator rng{4};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 24; ++i) labels.push_back(i % 3);
  const Tensor truth = from_span(labels, {24});
  const Tensor pixels = (uniform({24, 8, 8}, rng) * 255).to(DType::u8), numbers = randn({24, 4}, rng) * 1e3 + 5;
  const std::vector<std::string> names = {"x", "y", "z"};
  for (const char* const name : {"lenet:8,8,1,3", "small_resnet:8,8,1,3;width=4"}) {
    Classifier images = fitted(name, examples_of(pixels, truth, names));
    const std::string header = header_text(images, {.name = "model"});
    CHECK(header.find("raw_inputs = 64;") != std::string::npos);
    CHECK(header.find("raw_names") == std::string::npos);
    check_agree(header, pixels.to_vector<float>(), images.preprocessing->inputs(pixels), images.predict(pixels));
  }
  Classifier rows = fitted("mlp:4,6,3", examples_of(numbers, truth, names));
  const std::string header = header_text(rows, {.name = "model"});
  CHECK(header.find("\"input 1\", \"input 2\", \"input 3\", \"input 4\"") != std::string::npos);
  check_agree(header, numbers.to_vector<float>(), rows.preprocessing->inputs(numbers), rows.predict(numbers));
}

TEST_CASE("columns whose names are one C++ name are told apart") {
  Animals same = training;
  Table table = same.table();
  table.columns[1].name = "home!";
  table.columns[3].name = "home?";
  const std::string header = header_text(fitted("linear:8,2", examples_of(table)), {.name = "model"});
  CHECK(header.find(" home_categories[home_category_count]") != std::string::npos);
  CHECK(header.find(" home_2_categories[home_2_category_count]") != std::string::npos);
}

TEST_CASE("a classifier without a preprocessing has no raw rows in its header, but its classes and its temperature") {
  const TemporaryFolder folder;
  Generator rng{1};
  Classifier classifier("linear:4,3", {"a", "b", "c"}, rng);
  const Tensor x = randn({20, 4}, rng);
  classifier.calibrate(third_wrong({x, argmax(classifier(x), 1)}));
  CHECK(classifier.temperature() != 1);
  const std::string header = header_text(classifier, {.name = "model"});
  export_header(folder / "model.h", classifier, {.name = "model"});
  std::stringstream written;
  written << std::ifstream(folder / "model.h").rdbuf();
  CHECK(written.str() == header);
  CHECK(header.find("raw") == std::string::npos);
  CHECK(header.find("{\n    \"a\", \"b\", \"c\"}") != std::string::npos);
  const Prediction said = classifier.predict(x);
  const auto probabilities = said.probabilities.to_vector<float>();
  const auto rows = compiled(a_compiler(), header, x, 3);
  for (std::size_t r = 0; r < rows.size(); ++r)
    // 4 ULP of a number below 1, and as much where the kernels round products too
    for (std::size_t c = 0; c < 3; ++c) CHECK(std::abs(rows[r].probabilities[c] - probabilities[r * 3 + c]) <= 5e-7);
}

TEST_CASE(
    "a classifier is not exported under other classes or another temperature, nor where its preprocessing does not "
    "fit") {
  Generator rng{1};
  Classifier classifier("linear:4,2", {"a", "b"}, rng);
  CHECK_THROWS_WITH_AS(
      header_text(classifier, {.classes = {"x", "y"}}),
      "export_header: 2 names of classes and the temperature 1 are given beside a classifier, which has its own",
      Error);
  CHECK_THROWS_WITH_AS(
      header_text(classifier, {.temperature = 2}),
      "export_header: 0 names of classes and the temperature 2 are given beside a classifier, which has its own",
      Error);
  classifier.preprocessing = Preprocessing::fit(examples_of(training.table()));
  CHECK_THROWS_WITH_AS(header_text(classifier), "export_header: the preprocessing gives 8 numbers, the model takes 4",
                       Error);
}

TEST_CASE("free text is refused, whatever the model behind it") {
  Generator rng{1};
  Table table;
  const std::vector<std::string> texts = {"a good one", "quite bad", "very good", "bad, bad"},
                                 kinds = {"up", "down", "up", "down"};
  table.columns = {text_column("review", texts), text_column("kind", kinds)};
  const Classifier classifier(Preprocessing::fit(examples_of(table), {.free_text = true}), "text:32768,4,2", rng);
  CHECK_THROWS_WITH_AS(
      header_text(classifier),
      "export_header: the preprocessing makes ids of free text; a header prepares numbers and categories", Error);
}

}  // namespace logitape::tests
