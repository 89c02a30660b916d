// Exported headers of models for images, beside the models.
#include <algorithm>
#include <string>

#include "tests/train/exported_header.h"

namespace logitape::tests {
namespace {

// The header's logits are the model's bits; without fused multiply-adds in the kernels they come close.
void check_bits(Sequential& model, const Tensor& x, const HeaderOptions& options = {.name = "model"}) {
  const Tensor logits = model(x, evaluation);
  const auto expected = logits.to_vector<float>(), probabilities = softmax(logits).to_vector<float>();
  const auto named = argmax(logits, 1).to_vector<int>();
  const auto classes = static_cast<std::size_t>(logits.shape()[1]);
  const auto rows = compiled(a_compiler(), header_text(model, options), x, classes);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < classes; ++c) {
      CAPTURE(r);
      CAPTURE(c);
      // another order of rounding: chains of some 200 products of size 1, a few layers deep
      if (!fused_kernels()) CHECK(rows[r].logits[c] == doctest::Approx(expected[r * classes + c]).epsilon(1e-3));
      else CHECK(rows[r].logits[c] == expected[r * classes + c]);
      // 4 ULP: as in export_header.cpp
      if (fused_kernels()) CHECK(ulp_error(rows[r].probabilities[c], probabilities[r * classes + c]) <= 4);
    }
    CHECK(rows[r].named == named[r]);
  }
}

}  // namespace

TEST_CASE("lenet in a header scores with the model's bits, and its comment says what it takes of the stack") {
  Generator rng{5};
  const Tensor x = randn({30, 64}, rng);
  Sequential model = lenet(10, {8, 8, 1});
  stir(model, x, 10, rng);
  check_bits(model, x);
  // the first convolution's and the first pooling's rows are the largest; a window of the second sees 5 x 5 x 6
  CHECK(header_text(model).find("stack: 2520 bytes ") != std::string::npos);
  CHECK(4 * (8 * 8 * 6 + 4 * 4 * 6 + 5 * 5 * 6) == 2520);
}

TEST_CASE("a residual network in a header scores with the model's bits, by the running moments") {
  Generator rng{6};
  const Tensor x = randn({30, 64}, rng);
  Sequential model = small_resnet(10, {8, 8, 1}, 4);
  stir(model, x, 10, rng);
  check_bits(model, x);
}

TEST_CASE("windows that stride, are padded and dilated, apart down and across, with the model's bits") {
  Generator rng{7};
  const Tensor x = randn({20, 11, 9, 2}, rng);
  Sequential model{Conv2d{2, 18, {3, 2}, {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 3}, .bias = false}},
                   Tanh{},
                   AvgPool2d{{.size = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}},
                   Sequential{Conv2d{18, 5, 3, {.padding = {0, 2}}}, Relu{}},
                   MaxPool2d{{.size = 3, .stride = {2, 1}, .padding = {1, 2}}},
                   AvgPool2d{},
                   Dropout{0.5},
                   GlobalAvgPool2d{}};
  stir(model, x, 5, rng);
  // tanh is 2 ULP from the kernel's: that one layer is taken from the comparison of bits
  auto layers = model.modules();
  Sequential front = Sequential::of({layers[0], Flatten{}}), back = Sequential::of({layers.begin() + 2, layers.end()});
  check_bits(front, x, {.name = "model", .image = {11, 9, 2}});
  const Tensor between = tanh(front(x));
  const Shape seen = Sequential::of(layers[0])(x).shape();
  const Tensor images = reshape(between, {seen[0], seen[1], seen[2], seen[3]});
  check_bits(back, images, {.name = "model", .image = {seen[1], seen[2], seen[3]}});
  const auto expected = model(x, evaluation).to_vector<float>();
  const auto rows = compiled(a_compiler(), header_text(model, {.name = "model", .image = {11, 9, 2}}), x, 5);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < 5; ++c)
      // 2 ULP of a tanh below 1 are 1.2e-7, and a convolution of 162 weights below 1 makes 162 times as much of it at
      // worst
      CHECK(std::abs(rows[r].logits[c] - expected[r * 5 + c]) <= 2e-5);
}

TEST_CASE(
    "a residual block may come first and last, a model may begin with a norm, and an image may be a mean of one "
    "channel") {
  Generator rng{8};
  const Tensor x = randn({20, 3, 4, 2}, rng);
  Sequential blocks{ResidualBlock{2, 3}, ResidualBlock{3, 3}, Flatten{}};
  stir(blocks, x, 12, rng);
  check_bits(blocks, x, {.name = "model", .image = {3, 4, 2}});
  Sequential rows{BatchNorm{6}, Linear{6, 3}};
  const Tensor flat = randn({20, 6}, rng) * 3 + 1;
  stir(rows, flat, 3, rng);
  check_bits(rows, flat);
  Sequential relu_alone{Flatten{}, Relu{}};
  check_bits(relu_alone, x, {.name = "model", .image = {3, 4, 2}});
}

TEST_CASE("layer norms, linear layers of every pixel and the mean of one channel come within the rounding of a sum") {
  Generator rng{9};
  const Tensor x = randn({30, 72}, rng) + 2;
  Sequential model{Unflatten{{6, 4, 3}}, LayerNorm{3, {.epsilon = 1e-3}},
                   Linear{3, 8},         LayerNorm{8},
                   Conv2d{8, 1, 1},      GlobalAvgPool2d{},
                   Linear{1, 4}};
  stir(model, x, 4, rng);
  const Tensor logits = model(x, evaluation);
  const auto expected = logits.to_vector<float>();
  const auto rows = compiled(a_compiler(), header_text(model, {.name = "model"}), x, 4);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < 4; ++c)
      // 1 ULP of a norm's result, 2.4e-7 below 4, through weights of about 1 in four layers, eight inputs at most:
      // tenfold at worst
      CHECK(std::abs(rows[r].logits[c] - expected[r * 4 + c]) <= 2.4e-6);
  CHECK(*std::max_element(expected.begin(), expected.end()) - *std::min_element(expected.begin(), expected.end()) >
        0.1);
}

TEST_CASE("models of images that a header cannot hold are refused by name and place") {
  Generator rng{8};
  Sequential bare{Conv2d{1, 2, 3}, Flatten{}};
  bare.initialise(rng);
  CHECK_THROWS_WITH_AS(header_text(bare),
                       "export_header: layer 0 of the model, Conv2d{1, 2, {3, 3}}, takes images of an unknown size: "
                       "give it as HeaderOptions::image",
                       Error);
  CHECK_THROWS_WITH_AS(header_text(bare, {.image = {2, 5, 1}}),
                       doctest::Contains("conv2d (layer 0 of the model, Conv2d{1, 2, {3, 3}}): "), Error);
  CHECK_THROWS_WITH_AS(header_text(Sequential{Unflatten{{4, 4, 1}}, MaxPool2d{}}),
                       "export_header: the model puts out [2,2,1] for a row; one number a class is needed, [classes]",
                       Error);
  Sequential texts{EmbeddingBag{9, 4}, Linear{4, 2}};
  texts.initialise(rng);
  CHECK_THROWS_WITH_AS(
      header_text(texts),
      doctest::Contains("export_header: layer 0 of the model, EmbeddingBag{9, 4}, cannot be written; "), Error);
  Sequential flat{BatchNorm{2, {.momentum = 1, .epsilon = 1e-60}}, Relu{}};
  flat.initialise(rng);
  flat(zeros({4, 2}));
  CHECK_THROWS_WITH_AS(
      header_text(flat),
      "export_header: layer 0 of the model, BatchNorm{2}, multiplies a channel by inf; a header holds finite numbers",
      Error);
}

}  // namespace logitape::tests
