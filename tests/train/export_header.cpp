// Exported headers, compiled as C++11 with every warning an error, and run beside the models that they were written
// from.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/train/exported_header.h"

namespace logitape::tests {

TEST_CASE("an exported header compiles as C++11 without a warning and scores with the model's bits") {
  Generator rng{5};
  const Tensor x = randn({40, 8, 8}, rng);
  Sequential model{Flatten{}, Linear{64, 48}, Relu{}, Dropout{0.5}, Sequential{Linear{48, 20}, Relu{}}, Linear{20, 10}};
  stir(model, x, 10, rng);
  const Tensor logits = model(x, evaluation);
  const auto expected = logits.to_vector<float>(), probabilities = softmax(logits).to_vector<float>();
  const auto named = argmax(logits, 1).to_vector<int>();
  const std::vector<std::string> names = {"\"a\"", "b\\", "c?\?/", "<d>", "é", "f\n", "g", "h", "i", "%s"};
  const std::string header =
      header_text(model, {.name = "model", .classes = names, .about = "One line, ends in \\\nand another ?\?/"});
  int compilers = 0;
  for (const char* const compiler : {"g++", "clang++"}) {
    if (!is_there(compiler)) continue;
    ++compilers;
    const auto rows = compiled(compiler, header, x, 10);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < 10; ++c) {
        // another order of rounding: sums of some 60 products of size 1, each rounded once
        if (fused_kernels()) CHECK(rows[r].logits[c] == expected[r * 10 + c]);
        else CHECK(rows[r].logits[c] == doctest::Approx(expected[r * 10 + c]).epsilon(1e-4));
        // 2.1 ULP of our softmax (./tests/run ulp), 1.5 of the header's: exp in double, rounded to float, a quotient
        if (fused_kernels()) CHECK(ulp_error(rows[r].probabilities[c], probabilities[r * 10 + c]) <= 4);
      }
      CHECK(rows[r].named == named[r]);
    }
  }
  CHECK(compilers > 0);
}

TEST_CASE("every activation is exported, and a Linear without bias; what differs is 2 ULP of each activation") {
  Generator rng{6};
  const Tensor x = randn({30, 6}, rng);
  Sequential model{
      Tanh{}, Linear{6, 9, {.bias = false}}, Gelu{}, Linear{9, 8}, Silu{}, Linear{8, 7}, Sigmoid{}, Linear{7, 4},
      Tanh{}};
  stir(model, x, 4, rng);
  const auto expected = model(x, evaluation).to_vector<float>();
  const auto rows = compiled(a_compiler(), header_text(model, {.name = "model"}), x, 4);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < 4; ++c)
      // 2 ULP are 2.4e-7 of an activation below 2; each of three Linears behind can make ten times as much of it at
      // worst (weights of size 1, nine inputs), and does so for one input of many: a hundredfold is far above what they
      // do
      CHECK(std::abs(rows[r].logits[c] - expected[r * 4 + c]) <= 2.4e-5);
}

TEST_CASE("more inputs than a block of the kernel, a temperature, and sums without fused multiply-adds") {
  Generator rng{7};
  const std::int64_t in = 9000;
  const Tensor x = randn({5, in}, rng);
  auto model = Sequential::of(Linear{in, 3});
  stir(model, x, 3, rng);
  const Tensor logits = model(x, evaluation);
  const auto expected = logits.to_vector<float>(), probabilities = softmax(logits / 2.5).to_vector<float>();
  const auto size = matmul(abs(x).to(DType::f64), abs(model.parameters()[0]).to(DType::f64)).to_vector<double>();
  const std::string compiler = a_compiler();
  for (const bool fused : {true, false}) {
    const auto rows =
        compiled(compiler, header_text(model, {.name = "model", .temperature = 2.5, .fused = fused}), x, 3);
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t c = 0; c < 3; ++c) {
        const std::size_t i = r * 3 + c;
        if (fused && fused_kernels()) {
          CHECK(rows[r].logits[c] == expected[i]);
          CHECK(ulp_error(rows[r].probabilities[c], probabilities[i]) <= 4);
        }
        // n products and sums lose at most n * 2^-24 of the sum of their sizes (Higham, "Accuracy and stability of
        // numerical algorithms", 3.1), here on both sides; n is 4,096 and the few sums of blocks
        CHECK(std::abs(rows[r].logits[c] - expected[i]) <= 2 * 4100 * std::ldexp(size[i], -24));
      }
  }
}

TEST_CASE("what a header cannot hold is refused by name and place") {
  Generator rng{8};
  Sequential own{Linear{2, 3}, Sequential{Relu{}, [](const Tensor& x) { return exp(x); }}};
  own.initialise(rng);
  CHECK_THROWS_WITH_AS(
      header_text(own),
      "export_header: layer 1.1 of the model, a lambda, cannot be written; Linear, Conv2d, MaxPool2d, AvgPool2d, "
      "GlobalAvgPool2d, BatchNorm, LayerNorm, ResidualBlock, Relu, Gelu, Silu, Tanh, Sigmoid, Dropout, Flatten, "
      "Unflatten and Sequential can",
      Error);
  Sequential fresh{Linear{2, 3}, Relu{}};
  CHECK_THROWS_WITH_AS(header_text(fresh),
                       "export_header: parameter \"0.weight\" is not initialised: call initialise(rng) first", Error);
  Sequential wide{Linear{2, 3, {.dtype = DType::f64}}, Relu{}};
  wide.initialise(rng);
  CHECK_THROWS_WITH_AS(
      header_text(wide),
      "export_header: layer 0 of the model, Linear{2, 3}, has \"0.weight\" as f64 [2,3]; f32 is needed", Error);
  CHECK_THROWS_WITH_AS(header_text(Sequential{Relu{}, Relu{}}),
                       "export_header: the model has no layer that tells how many inputs it takes: give their shape as "
                       "HeaderOptions::image",
                       Error);
  Sequential unfit{Linear{2, 3}, Linear{4, 2}};
  unfit.initialise(rng);
  CHECK_THROWS_WITH_AS(header_text(unfit),
                       "linear (layer 1 of the model, Linear{4, 2}): x [1,3] and weight [4,2] do not meet: 3 is not 4",
                       Error);
  auto nan =
      Sequential::of(Linear{1, 1, {.weight = [](const Shape& s, Generator&, DType d) { return full(s, NAN, d); }}});
  nan.initialise(rng);
  CHECK_THROWS_WITH_AS(header_text(nan),
                       "export_header: layer 0 of the model, Linear{1, 1}, has nan as element 0 of \"0.weight\"; a "
                       "header holds finite numbers",
                       Error);
}

TEST_CASE("options of a header that cannot be are refused") {
  Generator rng{8};
  auto model = Sequential::of(Linear{2, 3});
  model.initialise(rng);
  for (const char* const name : {"", "3d", "_x", "a__b", "a b", "é"})
    CHECK_THROWS_WITH_AS(header_text(model, {.name = name}), doctest::Contains("is none that a C++ program may give"),
                         Error);
  CHECK_THROWS_WITH_AS(header_text(model, {.classes = {"a"}}), "export_header: 1 names are given for 3 classes", Error);
  CHECK_THROWS_WITH_AS(header_text(model, {.temperature = 0}),
                       "export_header: the temperature is 0; a finite one above 0 is needed", Error);
}

}  // namespace logitape::tests
