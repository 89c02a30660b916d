// Raw rows of doubles in an exported header, and names that no header can have.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/train/data_files.h"
#include "tests/train/exported_header.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

constexpr const char* raw_program = R"(#include "model.h"
#include <cstdio>

int main() {
  static double raw[model::raw_inputs];
  float p[model::classes];
  for (;;) {
    for (int i = 0; i < model::raw_inputs; ++i)
      if (std::scanf("%lf", &raw[i]) != 1) return 0;
    model::predict_raw(raw, p);
    for (int c = 0; c < model::classes; ++c) std::printf("%.9g ", static_cast<double>(p[c]));
    std::printf("%d\n", model::classify_raw(raw));
  }
}
)";

std::string digits_of(double v) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g ", v);
  return digits;
}

// Exit status 0 where the program compiles with that header.
int compiles(const std::string& header, const std::string& program) {
  const TemporaryFolder folder;
  write_file(folder / "model.h", header);
  write_file(folder / "main.cpp", program);
  const std::string at = folder.path.string();
  return std::system((a_compiler() + " -std=c++11 -fsyntax-only " + at + "/main.cpp 2>/dev/null")
                         .c_str());  // NOLINT(concurrency-mt-unsafe)
}

// Rows of two columns: numbers about `offset` that go `spread` up and down, and small ones.
Examples rows_about(double offset, double spread) {
  Generator rng{3};
  std::vector<double> x;
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 60; ++i) {
    x.insert(x.end(), {std::floor(offset + spread * rng.next_uniform()), rng.next_uniform()});
    labels.push_back(x[x.size() - 2] > offset + spread / 2 ? 1 : 0);
  }
  Table t;
  t.columns.push_back({.name = "t", .values = {}, .categories = {}});
  t.columns.push_back({.name = "u", .values = {}, .categories = {}});
  t.columns.push_back({.name = "y", .values = {labels.begin(), labels.end()}, .categories = {}});
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t c = 0; c < 2; ++c) t.columns[c].values.push_back(x[2 * i + c]);
  return examples_of(t);
}

Classifier trained_on(const Examples& examples) {
  Generator rng{2};
  Classifier classifier(Preprocessing::fit(examples), "mlp:2,8,2", rng);
  Trainer{classifier, AdamW{{.learning_rate = 0.05}}, {.epochs = 20, .batch_size = 16}}.fit(
      (*classifier.preprocessing)(examples));
  return classifier;
}

}  // namespace

TEST_CASE("raw rows that floats cannot hold are taken as doubles, and come to the classifier's own probabilities") {
  for (const double offset : {0.0, 1.7e9, -4e15, 1.7e12}) {
    CAPTURE(offset);
    const Examples examples = rows_about(offset, 600);
    Classifier classifier = trained_on(examples);
    const TemporaryFolder folder;
    write_file(folder / "model.h", header_text(classifier, {.name = "model"}));
    write_file(folder / "main.cpp", raw_program);
    std::string numbers;
    for (const double v : examples.inputs.to_vector<double>()) numbers += digits_of(v);
    write_file(folder / "x", numbers);
    const std::string at = folder.path.string();
    REQUIRE(std::system((a_compiler() +
                         " -std=c++11 -O1 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Werror -o " +
                         at +  // NOLINT
                         "/program " + at + "/main.cpp && " + at + "/program < " + at + "/x > " + at + "/y")
                            .c_str()) == 0);
    const Prediction said = classifier.predict(examples);
    const auto probabilities = said.probabilities.to_vector<float>();
    std::FILE* const out = std::fopen((folder / "y").c_str(), "r");
    REQUIRE(out);
    for (std::size_t row = 0; row < 60; ++row) {
      float p[2] = {};
      int named = -1;
      REQUIRE(std::fscanf(out, "%f %f %d", &p[0], &p[1], &named) == 3);
      CHECK(named == said.classes[row]);
      for (std::size_t c = 0; c < 2; ++c) {
        // as check_agree of the classifiers' headers has it
        if (fused_kernels()) CHECK(ulp_error(p[c], probabilities[2 * row + c]) <= 4);
        else CHECK(p[c] == doctest::Approx(probabilities[2 * row + c]).epsilon(1e-3));
      }
    }
    std::fclose(out);
  }
}

TEST_CASE("rows of floats compile where floats hold the columns, and do not where they lose them") {
  const auto with = [](const std::string& type) {
    return "#include \"model.h\"\nint main() { " + type +
           " x[2] = {0, 0}; float p[2]; model::predict_raw(x, p); return model::classify_raw(x); }\n";
  };
  const std::string times = header_text(trained_on(rows_about(1.7e9, 600)), {.name = "model"}),
                    small = header_text(trained_on(rows_about(100, 600)), {.name = "model"});
  CHECK(compiles(times, with("double")) == 0);
  CHECK(compiles(times, with("long long")) == 0);
  CHECK(compiles(times, with("float")) != 0);
  CHECK(times.find("a float does not hold column 't': raw rows must be doubles") != std::string::npos);
  for (const char* type : {"float", "double", "int"}) CHECK(compiles(small, with(type)) == 0);
}

TEST_CASE("names that C++, C or its mathematics has are no namespace of a header; all others compile") {
  Generator rng{8};
  auto model = Sequential::of(Linear{2, 3});
  model.initialise(rng);
  for (const char* const name :
       {"class",    "namespace", "int",      "float",    "double", "and",   "xor_eq", "nullptr", "concept",
        "co_await", "constexpr", "template", "operator", "std",    "posix", "main",   "sin",     "sinf",
        "sinl",     "exp",       "tanh",     "y0",       "j1f",    "gamma", "nan",    "abs",     "div",
        "random",   "system",    "exit",     "free",     "linux",  "unix",  "i386",   "NAN",     "M_PI",
        "RAND_MAX", "size_t",    "my_t",     "sinf64x",  "select"}) {
    CAPTURE(name);
    CHECK(refusal_of([&] { header_text(model, {.name = name}); }) ==
          "export_header: the name \"" + std::string(name) + "\" is C++'s own or C's: no namespace can have it");
  }
  for (const char* const name : {"classifier", "model", "Class", "int_", "sine", "detail", "inputs", "score", "predict",
                                 "f", "l", "std2", "y"}) {
    CAPTURE(name);
    CHECK(
        compiles(header_text(model, {.name = name}), "#include \"model.h\"\nint main() { float x[2] = {0, 0}; return " +
                                                         std::string(name) + "::classify(x); }\n") == 0);
  }
}

}  // namespace logitape::tests
