// Exported C, compiled as C99 with every warning an error, and run: floats beside the model, 8-bit integers beside what
// computes them here, bit by bit, and beside the model's classes.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "logitape/train/export/detail/quantised.h"
#include "tests/train/data_files.h"
#include "tests/train/exported_header.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// Two models beside each other; raw rows on the input, a line each on the output.
constexpr const char* float_program = R"(#include "model.h"
#include "other.h"
#include <stdio.h>

int main(void) {
  double raw[MODEL_INPUTS];
  float p[MODEL_CLASSES];
  for (;;) {
    for (int i = 0; i < MODEL_INPUTS; ++i)
      if (scanf("%lf", &raw[i]) != 1) return 0;
    model_predict(raw, p);
    for (int c = 0; c < MODEL_CLASSES; ++c) printf("%.9g ", (double)p[c]);
    printf("%d\n", model_classify(raw));
  }
}
)";

// Prepared integers or raw rows, after a letter that says which.
constexpr const char* int8_program = R"(#include "model.h"
#include <stdio.h>

int main(void) {
  static int8_t input[4096];
  static float raw[MODEL_INPUTS];
  static int8_t logits[MODEL_CLASSES];
  uint16_t p[MODEL_CLASSES];
  int inputs = 0;
  if (scanf("%d", &inputs) != 1) return 1;
  for (;;) {
    for (int i = 0, q = 0; i < inputs; ++i) {
      if (scanf("%d", &q) != 1) return 0;
      input[i] = (int8_t)q;
    }
    model_score(input, logits);
    for (int c = 0; c < MODEL_CLASSES; ++c) printf("%d ", logits[c]);
    for (int i = 0; i < MODEL_INPUTS; ++i)
      if (scanf("%f", &raw[i]) != 1) return 2;
    model_prepare(raw, input);
    for (int i = 0; i < inputs; ++i) printf("%d ", input[i]);
    model_predict(raw, p);
    for (int c = 0; c < MODEL_CLASSES; ++c) printf("%u ", (unsigned)p[c]);
    printf("%d\n", model_classify(raw));
  }
}
)";

std::string c_compiler() { return is_there("gcc") ? "gcc" : "clang"; }

std::vector<double> printed_by_c(const std::vector<std::pair<std::string, std::string>>& files,
                                 const std::string& read) {
  const TemporaryFolder folder;
  for (const auto& [name, text] : files) write_file(folder / name, text);
  write_file(folder / "x", read);
  const std::string at = folder.path.string();
  const std::string command = c_compiler() +
                              " -std=c99 -O1 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Werror -o " + at +
                              "/program " + at + "/main.c -lm && " + at + "/program < " + at + "/x > " + at + "/y";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(concurrency-mt-unsafe)
  std::vector<double> all;
  std::FILE* const out = std::fopen((folder / "y").c_str(), "r");
  REQUIRE(out);
  for (double v = 0; std::fscanf(out, "%lf", &v) == 1;) all.push_back(v);
  std::fclose(out);
  return all;
}

std::string digits_of(double v) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g ", v);
  return digits;
}

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

double bell(Generator& rng) { return 2 * (rng.next_uniform() + rng.next_uniform() + rng.next_uniform()) - 3; }

// A number, a constant, and a column of text; the class follows the number and the text. Names that C forbids.
Examples people(std::int64_t rows, std::uint64_t seed) {
  Generator rng{seed};
  Table t;
  t.columns = {{.name = "si ze*/", .values = {}, .categories = {}},
               {.name = "constant", .values = {}, .categories = {}},
               {.name = "co@lour%", .values = {}, .categories = {"r\"ed", "blue"}},
               {.name = "y", .values = {}, .categories = {"no @", "y%es\\", "\xc3\xa9?" "?/"}}};
  for (std::int64_t i = 0; i < rows; ++i) {
    const double size = 100 + 20 * bell(rng), colour = rng.next_uniform() < 0.5 ? 0 : 1;
    t.columns[0].values.push_back(i % 10 == 3 ? absent : size);
    t.columns[1].values.push_back(5);
    t.columns[2].values.push_back(i % 10 == 7 ? absent : colour);
    t.columns[3].values.push_back(i % 10 == 3 ? 0 : (size > 100 ? 1 : 0) + (colour > 0 && i % 10 != 7 ? 1 : 0));
  }
  return examples_of(t);
}

Classifier trained_on(const Examples& examples, const std::string& architecture) {
  Generator rng{2};
  Classifier classifier(Preprocessing::fit(examples), architecture, rng);
  const Dataset rows = (*classifier.preprocessing)(examples);
  Trainer{classifier, AdamW{{.learning_rate = 0.02}}, {.epochs = 30, .batch_size = 32}}.fit(rows);
  classifier.calibrate(rows);
  return classifier;
}

// Raw rows as exported C takes them: the places are those of the preprocessing, whose order is the column's own here.
std::vector<double> raw_of(const Examples& rows) { return rows.inputs.to_vector<double>(); }

std::string listed(const std::vector<double>& numbers) {
  std::string text;
  for (const double v : numbers) text += std::isnan(v) ? "nan " : digits_of(v);
  return text;
}

}  // namespace

TEST_CASE("exported C has the probabilities of the classifier, its classes, and every name's own characters") {
  const Examples rows = people(200, 1);
  for (const char* const architecture : {"mlp:5,16,3;activation=silu", "linear:5,3", "mlp:5,8,8,3;activation=gelu"}) {
    CAPTURE(architecture);
    const Classifier classifier = trained_on(rows, architecture);
    const std::vector<double> raw = raw_of(rows);
    const auto said = classifier.predict_numbers(raw);
    const auto all = printed_by_c({{"model.h", c_text(classifier, {.name = "model"})},
                                   {"other.h", c_text(classifier, {.name = "other"})},
                                   {"main.c", float_program}},
                                  listed(raw));
    const std::vector<float> p = said.probabilities.to_vector<float>();
    REQUIRE(all.size() == 4 * said.classes.size());
    for (std::size_t i = 0; i < said.classes.size(); ++i) {
      for (std::size_t c = 0; c < 3; ++c)  // products and sums are rounded each; the model's are fused
        CHECK(std::abs(all[4 * i + c] - static_cast<double>(p[3 * i + c])) < 2e-6);
      CHECK(all[4 * i + 3] == static_cast<double>(said.classes[i]));
    }
  }
}

TEST_CASE("8-bit integers in C are those that are computed here, and name nearly always the model's class") {
  const Examples rows = people(300, 1), later = people(100, 9);
  for (const char* const architecture : {"mlp:5,16,16,3", "mlp:5,16,3;activation=tanh", "linear:5,3"}) {
    CAPTURE(architecture);
    const Classifier classifier = trained_on(rows, architecture);
    const Int8Classifier int8(classifier, rows);
    const train::Int8Plan plan = train::int8_plan(classifier.model(), classifier.preprocessing->inputs(rows));
    std::vector<double> raw = raw_of(later);
    raw[0] = 1e30, raw[3] = -1e30, raw[6] = 1e4;  // far outside of what was calibrated: the nearest end
    const std::vector<double> prepared = classifier.preprocessing->inputs_of_numbers(raw).to_vector<double>();
    std::string read = std::to_string(plan.inputs) + "\n";
    std::vector<std::vector<std::int8_t>> inputs, logits;
    for (std::size_t i = 0; i < 100; ++i) {
      std::vector<std::int8_t>& row = inputs.emplace_back();
      for (std::size_t k = 0; k < 5; ++k) row.push_back(train::quantised(plan.input, prepared[5 * i + k]));
      logits.push_back(train::int8_logits(plan, row));
      for (const std::int8_t q : row) read += std::to_string(q) + " ";
      read += listed(
          {raw.begin() + static_cast<std::ptrdiff_t>(3 * i), raw.begin() + static_cast<std::ptrdiff_t>(3 * i + 3)});
    }
    const auto all = printed_by_c({{"model.h", int8.c_text({.name = "model"})}, {"main.c", int8_program}}, read);
    REQUIRE(all.size() == 100 * (3 + 5 + 3 + 1));
    const auto said = classifier.predict_numbers(raw);
    int same = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      const double* of_row = all.data() + 12 * i;
      double sum = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        CHECK(of_row[c] == logits[i][c]);
        sum += of_row[8 + c];
      }
      for (std::size_t k = 0; k < 5; ++k)  // a half may be rounded to the other side: floats there, doubles here
        CHECK(std::abs(of_row[3 + k] - inputs[i][k]) <= 1);
      CHECK((sum <= 65535 && sum > 65535 - 3));
      same += of_row[11] == static_cast<double>(said.classes[i]);
    }
    CHECK(same >= 95);
  }
}

TEST_CASE("images go through convolutions, pools and norms in 8-bit integers, in C and here alike") {
  Generator rng{4};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 120; ++i) labels.push_back(i % 3);
  const Tensor classes = from_span(labels, {120});
  const Tensor light = reshape(one_hot(classes, 3) * 4, {120, 3, 1, 1});
  const Tensor images = reshape(randn({120, 3, 4, 12}, rng) + light, {120, 12, 12, 1});
  Sequential model{Conv2d{1, 4, 3, {.stride = 2, .padding = 1, .bias = false}},
                   BatchNorm{4},
                   Relu{},
                   MaxPool2d{},
                   Conv2d{4, 6, {2, 3}, {.padding = 1, .dilation = 1}},
                   BatchNorm{6},
                   Silu{},
                   AvgPool2d{{.size = 2, .stride = 1, .padding = 1}},
                   BatchNorm{6},
                   GlobalAvgPool2d{},
                   Linear{6, 3}};
  model.initialise(rng);
  Trainer{model, AdamW{{.learning_rate = 0.02}}, {.epochs = 20, .batch_size = 24}}.fit({images, classes});
  const train::Int8Plan plan = train::int8_plan(model, images);
  const std::vector<double> x = images.to_vector<double>();
  const std::vector<std::int64_t> said = argmax(model(images, evaluation), 1).to_vector<std::int64_t>();
  int same = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    std::vector<std::int8_t> row;
    for (std::size_t k = 0; k < 144; ++k) row.push_back(train::quantised(plan.input, x[144 * i + k]));
    const auto logits = train::int8_logits(plan, row);
    same += std::max_element(logits.begin(), logits.end()) - logits.begin() == said[i];
  }
  CHECK(same >= 114);
}

TEST_CASE("a classifier of images in C gives the logits that are computed here") {
  Generator rng{4};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 60; ++i) labels.push_back(i % 2);
  const Examples rows =
      examples_of(randn({60, 8, 8}, rng) + reshape(from_span(labels, {60}).to(DType::f32), {60, 1, 1}),
                  from_span(labels, {60}), {"dark", "light"}, Shape{8, 8});
  const Classifier classifier = trained_on(rows, "lenet:8,8,1,2");
  const Int8Classifier int8(classifier, rows);
  const train::Int8Plan plan = train::int8_plan(classifier.model(), classifier.preprocessing->inputs(rows));
  const std::vector<double> raw = raw_of(rows), x = classifier.preprocessing->inputs(rows).to_vector<double>();
  std::string read = "64\n";
  std::vector<std::vector<std::int8_t>> logits;
  for (std::size_t i = 0; i < 20; ++i) {
    std::vector<std::int8_t> row;
    for (std::size_t k = 0; k < 64; ++k) row.push_back(train::quantised(plan.input, x[64 * i + k]));
    logits.push_back(train::int8_logits(plan, row));
    for (const std::int8_t q : row) read += std::to_string(q) + " ";
    read += listed(
        {raw.begin() + static_cast<std::ptrdiff_t>(64 * i), raw.begin() + static_cast<std::ptrdiff_t>(64 * i + 64)});
  }
  const auto all = printed_by_c({{"model.h", int8.c_text({.name = "model"})}, {"main.c", int8_program}}, read);
  REQUIRE(all.size() == 20 * (2 + 64 + 2 + 1));
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t c = 0; c < 2; ++c) CHECK(all[69 * i + c] == logits[i][c]);
}

TEST_CASE("a sum becomes an int8 by a multiplier that is the ratio of the scales, to 31 bits") {
  // y = 3 * x, one input: the scales are ranges over 255, and 127 is the weight
  Generator rng{1};
  Sequential model{Linear{1, 1}, Flatten{}};
  model.initialise(rng);
  for (Parameter* p : parameters_of(model))
    p->value = variable(p->value * 0 + (p->kind == ParameterKind::bias ? 0 : 3));
  const train::Int8Plan plan = train::int8_plan(model, tensor({{-1.f}, {1.f}}));
  REQUIRE(plan.steps.size() == 1);
  const train::Int8Step& s = plan.steps[0];
  CHECK(s.weight == std::vector<std::int8_t>{127});
  CHECK(plan.input.scale == doctest::Approx(2.0 / 255));
  CHECK(s.multiplier[0].factor / std::ldexp(1, s.multiplier[0].shift) == doctest::Approx(1.0 / 127));  // 3/127 * s / 3s
  for (int q = -128; q < 128; ++q) CHECK(train::int8_logits(plan, std::vector{static_cast<std::int8_t>(q)})[0] == q);
}

TEST_CASE("what C or 8-bit integers cannot hold is refused by a sentence that names it") {
  const Examples rows = people(60, 1);
  const Classifier classifier = trained_on(rows, "mlp:5,8,3");
  const auto sentence = [](auto f) {
    try {
      f();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const auto says = [&](auto f, const char* part) {
    CHECK_MESSAGE(sentence(f).find(part) != std::string::npos, sentence(f));
  };
  says([&] { c_text(classifier, {.name = "a b"}); }, "\"a b\"");
  says([&] { c_text(classifier, {.name = "int"}); }, "\"int\"");
  says([&] { Int8Classifier(classifier, rows).c_text({.name = "2x"}); }, "\"2x\"");
  says([&] { train::int8_plan(classifier.model(), zeros({0, 5})); }, "at least one row");
  says([&] { train::int8_plan(classifier.model(), full({1, 5}, absent, DType::f32)); }, "finite");
  Generator rng{1};
  Sequential normed{Linear{2, 4}, LayerNorm{4}, Linear{4, 2}};
  normed.initialise(rng);
  says([&] { train::int8_plan(normed, zeros({1, 2})); }, "layer 1 of the model, LayerNorm{4}");
  const Classifier text("text:16,4,2", {"a", "b"}, rng);
  says([&] { train::int8_plan(text.model(), zeros({1, 2}, DType::i64)); }, "ids of words");
  // every sentence before anything is written
  const TemporaryFolder folder;
  CHECK_THROWS(export_c(folder / "x.h", classifier, {.name = "a b"}));
  CHECK(!std::filesystem::exists(folder.path / "x.h"));
}

TEST_CASE("a threshold decides in 8-bit integers too") {
  Generator rng{3};
  Table t;
  t.columns = {{.name = "x", .values = {}, .categories = {}}, {.name = "y", .values = {}, .categories = {"no", "yes"}}};
  for (int i = 0; i < 200; ++i) {
    t.columns[0].values.push_back(bell(rng));
    t.columns[1].values.push_back(t.columns[0].values.back() + bell(rng) > 0 ? 1 : 0);
  }
  const Examples rows = examples_of(t);
  Classifier classifier = trained_on(rows, "mlp:1,8,2");
  for (const double threshold : {0.0, 0.2, 0.8, 1.5}) {
    classifier.threshold = threshold;
    const auto said = classifier.predict(rows).classes, integers = Int8Classifier(classifier, rows).classes_of(rows);
    int same = 0;
    for (std::size_t i = 0; i < said.size(); ++i) same += said[i] == integers[i];
    CHECK_MESSAGE(same >= 190, "threshold ", threshold, ": ", same);
  }
}

}  // namespace logitape::tests
