// Exported headers, compiled as C++11 with every warning an error, and run.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "logitape.h"
#include "logitape/backends/cpu/cpu.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/ulp.h"

namespace logitape::tests {

using Floats = std::vector<float>;

// Reads a row of inputs a time; writes the logits, the probabilities, and the class.
inline constexpr const char* score_program = R"(#include "model.h"
#include "model.h"
#include <cstdio>

int main() {
  static float x[model::inputs];
  float y[model::classes];
  for (;;) {
    for (int i = 0; i < model::inputs; ++i)
      if (std::scanf("%f", &x[i]) != 1) return 0;
    model::score(x, y);
    for (int c = 0; c < model::classes; ++c) std::printf("%.9g ", static_cast<double>(y[c]));
    model::predict(x, y);
    for (int c = 0; c < model::classes; ++c) std::printf("%.9g ", static_cast<double>(y[c]));
    std::printf("%d\n", model::classify(x));
  }
}
)";

struct ExportedRow {
  Floats logits, probabilities;
  int named;
};

inline bool is_there(const std::string& compiler) {
  return std::system((compiler + " --version > /dev/null 2>&1").c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
}
inline std::string a_compiler() { return is_there("g++") ? "g++" : "clang++"; }

// What the program prints, the header beside it as model.h, when it reads those numbers.
inline Floats printed(const std::string& compiler, const std::string& header, const char* program, const Floats& read) {
  const TemporaryFolder folder;
  write_file(folder / "model.h", header);
  write_file(folder / "main.cpp", program);
  std::string numbers;
  char digits[32];
  for (const float v : read) {
    std::snprintf(digits, sizeof digits, "%.9g ", static_cast<double>(v));
    numbers += digits;
  }
  write_file(folder / "x", numbers);
  const std::string at = folder.path.string();
  const std::string options = " -std=c++11 -O1 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Werror -o ";
  const std::string command =
      compiler + options + at + "/program " + at + "/main.cpp && " + at + "/program < " + at + "/x > " + at + "/y";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(concurrency-mt-unsafe)
  Floats all;
  std::FILE* const out = std::fopen((folder / "y").c_str(), "r");
  REQUIRE(out);
  for (float v = 0; std::fscanf(out, "%f", &v) == 1;) all.push_back(v);
  std::fclose(out);
  return all;
}

// What the header says of the rows of x, compiled by that compiler.
inline std::vector<ExportedRow> compiled(const std::string& compiler, const std::string& header, const Tensor& x,
                                         std::size_t classes) {
  const Floats all = printed(compiler, header, score_program, x.to_vector<float>());
  std::vector<ExportedRow> rows(static_cast<std::size_t>(x.shape()[0]));
  REQUIRE(all.size() == rows.size() * (2 * classes + 1));
  auto at = all.begin();
  const auto next = [&](std::size_t count) {
    at += static_cast<std::ptrdiff_t>(count);
    return Floats(at - static_cast<std::ptrdiff_t>(count), at);
  };
  for (ExportedRow& row : rows) row = {next(classes), next(classes), static_cast<int>(next(1)[0])};
  return rows;
}

// A few steps on noise: weights and biases of every size.
inline void stir(Sequential& model, const Tensor& x, int classes, Generator& rng) {
  model.initialise(rng);
  std::vector<std::int64_t> labels;
  for (std::int64_t r = 0; r < x.shape()[0]; ++r) labels.push_back(r % classes);
  AdamW adam{{.learning_rate = 0.02}};
  for (int step = 0; step < 20; ++step)
    adam.step(model, grad(cross_entropy(model(x), from_span(labels, {x.shape()[0]})), model.parameters()));
}

// Without fused multiply-adds the kernels round each product too.
inline bool fused_kernels() { return cpu::target_name().starts_with("AVX"); }

}  // namespace logitape::tests
