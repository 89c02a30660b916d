// Rows of ops/convolution.h, pooling.h, normalise.h and embedding.h.
#include "logitape/ops/convolution.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/embedding.h"
#include "logitape/ops/normalise.h"
#include "logitape/ops/pooling.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

// long: a table
void add_convolution(std::vector<Row>& rows) {
  // Positive terms: each of k steps rounds the sum by half an ULP at most, the product by another half without fused
  // steps.
  const Tolerance steps{18.5, 18.5, 0, "k <= 18 steps of at most 1 ULP, all terms positive"};
  const Domain positive = between(0.5, 2);
  const Shapes large{{17, 131, 127, 1}, {3, 3, 1, 5}};
  const auto plain = [&](const char* variant, Conv2dOptions o, std::vector<Shapes> shapes) {
    rows.push_back({"conv2d",
                    variant,
                    [o](In x) { return conv2d(x[0], x[1], o); },
                    {{positive}, {positive}},
                    std::move(shapes),
                    large,
                    steps});
  };
  plain("", {},
        {{{1, 1, 1, 1}, {1, 1, 1, 1}},
         {{2, 3, 5, 1}, {2, 2, 1, 3}},
         {{1, 4, 3, 2}, {3, 2, 2, 1}},
         {{0, 3, 3, 2}, {2, 2, 2, 3}},
         {{1, 3, 3, 0}, {2, 2, 0, 2}},
         {{1, 3, 3, 1}, {2, 2, 1, 0}},
         {{2, 2, 3, 3}, {1, 1, 3, 2}}});
  plain("stride {2, 1}", {.stride = {2, 1}}, {{{1, 5, 3, 1}, {2, 2, 1, 2}}, {{2, 4, 2, 1}, {1, 1, 1, 3}}});
  plain("stride 3", {.stride = 3}, {{{1, 6, 5, 1}, {2, 2, 1, 2}}, {{1, 1, 1, 2}, {1, 1, 2, 2}}});
  plain("padding {1, 2}", {.padding = {1, 2}},
        {{{1, 3, 2, 2}, {3, 3, 2, 1}}, {{2, 1, 1, 1}, {3, 2, 1, 2}}, {{1, 0, 0, 1}, {2, 3, 1, 2}}});
  plain("dilation 2", {.dilation = 2}, {{{1, 5, 4, 1}, {2, 2, 1, 2}}, {{1, 3, 3, 2}, {2, 2, 2, 1}}});
  plain("stride 2, padding 1, dilation {1, 2}", {.stride = 2, .padding = 1, .dilation = {1, 2}},
        {{{1, 4, 5, 1}, {3, 2, 1, 2}}, {{1, 3, 3, 1}, {1, 3, 1, 1}}});
  plain("relu", {.relu = true}, {{{2, 2, 3, 2}, {2, 2, 2, 1}}});

  const Tolerance with_bias{19.5, 19.5, 0, "k <= 18 steps and a bias of at most 1 ULP each, all terms positive"};
  const std::vector<Shapes> three = {{{1, 1, 1, 1}, {1, 1, 1, 1}, {1}},
                                     {{2, 3, 3, 1}, {2, 2, 1, 3}, {3}},
                                     {{1, 2, 3, 2}, {1, 2, 2, 2}, {2}},
                                     {{0, 2, 2, 1}, {2, 2, 1, 2}, {2}},
                                     {{1, 2, 2, 0}, {2, 1, 0, 2}, {2}}};
  const Shapes large_bias{{17, 131, 127, 1}, {3, 3, 1, 5}, {5}};
  rows.push_back({"conv2d",
                  "bias",
                  [](In x) { return conv2d(x[0], x[1], x[2]); },
                  {{positive}, {positive}, {positive}},
                  three,
                  large_bias,
                  with_bias});
  rows.push_back({"conv2d",
                  "bias, stride 2, padding 1",
                  [](In x) { return conv2d(x[0], x[1], x[2], {.stride = 2, .padding = 1}); },
                  {{positive}, {positive}, {positive}},
                  {{{1, 3, 4, 1}, {3, 3, 1, 2}, {2}}, {{2, 2, 2, 2}, {2, 2, 2, 1}, {1}}},
                  large_bias,
                  with_bias});
  // k <= 4 products of at most 1 and |bias| >= 5, so that no result is near the kink of relu; large, k is 9
  rows.push_back({"conv2d",
                  "bias, relu",
                  [](In x) { return conv2d(x[0], x[1], x[2], {.relu = true}); },
                  {{between(-1, 1)}, {between(-1, 1)}, {away_from({0}, -2, 2, 5)}},
                  three,
                  large_bias,
                  {19.5, 19.5, 16, "as without relu, in ULP of the largest sum of terms"}});
}

void add_pooling(std::vector<Row>& rows) {
  const std::vector<Shapes> images = {{{1, 2, 2, 1}}, {{2, 4, 3, 2}}, {{1, 5, 7, 1}},
                                      {{1, 3, 3, 5}}, {{0, 4, 4, 2}}, {{2, 3, 3, 0}}};
  const Shapes large{{17, 131, 127, 1}};
  const auto pair = [&](const char* variant, PoolOptions o, int window) {
    rows.push_back(
        {"max_pool2d", variant, [o](In x) { return max_pool2d(x[0], o); }, {{distinct()}}, images, large, same_bits()});
    const double steps = window + 1.5;
    rows.push_back({"avg_pool2d",
                    variant,
                    [o](In x) { return avg_pool2d(x[0], o); },
                    {{between(0.5, 2)}},
                    images,
                    large,
                    {steps, steps, 0,
                     "a rounding for each element, one for the scale and one for its product, all terms positive"}});
  };
  pair("", {}, 4);
  pair("size 3, stride 2, padding 1", {.size = 3, .stride = 2, .padding = 1}, 9);
  pair("size {1, 2}, stride 1", {.size = {1, 2}, .stride = 1}, 2);
  pair("size 1, stride {3, 2}", {.size = 1, .stride = {3, 2}}, 1);
}

// long: a table
void add_normalise(std::vector<Row>& rows) {
  const Tolerance once{1, 32, 1,
                       "f32 is computed in f64; f64: x - mean and the sums lose some units of terms of size 2, over a "
                       "deviation of 1/4 or more"};
  struct Axes {
    const char* name;
    Ints axes;
    std::vector<Shapes> shapes;
    Shapes large;
  };
  const Axes all[] = {
      {"the last axis", -1, {{{1}}, {{7}}, {{3, 5}}, {{0, 3}}, {{2, 1, 4}}, {{2, 37}}}, {large_matrix}},
      {"axis 0", 0, {{{5, 1}}, {{5, 3}}, {{3, 0}}, {{4, 2, 2}}, {{3, 19}}}, {large_matrix}},
      {"axes {1, 2}", {1, 2}, {{{2, 2, 3}}, {{1, 3, 1, 2}}}, {{67, 61, 71}}},
      {"axes {2, 0, 1}", {2, 0, 1}, {{{2, 1, 3, 2}}, {{2, 2, 2}}}, {{31, 37, 19, 17}}},
  };
  for (const Axes& a : all) {
    const auto part = [&](const char* what, Tensor Normalised::*which) {
      rows.push_back(
          {"normalise",
           std::string(what) + ", " + a.name,
           [axes = a.axes, which](In x) { return normalise(x[0], {.axes = axes, .epsilon = 0.0625}).*which; },
           {{}},
           a.shapes,
           a.large,
           once});
    };
    part("y", &Normalised::y);
    part("mean", &Normalised::mean);
    part("variance", &Normalised::variance);
  }
  rows.push_back({"normalise",
                  "all three",
                  [](In x) {
                    const Normalised n = normalise(x[0]);
                    return n.y * n.variance + n.mean;
                  },
                  {{}},
                  {{{5}}, {{2, 3}}},
                  {large_matrix},
                  {8, 64, 4, "three terms, each as above"}});

  const Tolerance affine{3, 64, 4, "as normalise, and two roundings of terms of size 4"};
  rows.push_back({"layer_norm",
                  "",
                  [](In x) { return layer_norm(x[0], x[1], x[2], {.epsilon = 0.0625}); },
                  {{}, {}, {}},
                  {{{5}, {5}, {5}}, {{3, 4}, {4}, {4}}, {{2, 2, 3}, {3}, {3}}, {{0, 3}, {3}, {3}}, {{1, 1}, {1}, {1}}},
                  {{521, 509}, {509}, {509}},
                  affine});
  rows.push_back({"layer_norm",
                  "two axes",
                  [](In x) { return layer_norm(x[0], x[1], x[2], {.epsilon = 0.0625}); },
                  {{}, {}, {}},
                  {{{2, 2, 3}, {2, 3}, {2, 3}}},
                  {{67, 61, 71}, {61, 71}, {61, 71}},
                  affine});
  rows.push_back(
      {"batch_norm",
       "of the batch's own moments",
       [](In x) { return batch_norm(x[0], x[1], x[2], {.epsilon = 0.0625}).y; },
       {{}, {}, {}},
       {{{5, 1}, {1}, {1}}, {{3, 4}, {4}, {4}}, {{2, 2, 3}, {3}, {3}}, {{3, 0}, {0}, {0}}, {{3, 19}, {19}, {19}}},
       {{521, 509}, {509}, {509}},
       affine});
  rows.push_back({"batch_norm",
                  "y and its moments",
                  [](In x) {
                    const Normalised n = batch_norm(x[0], x[1], x[2], {.epsilon = 0.0625});
                    return n.y * n.variance + n.mean;
                  },
                  {{}, {}, {}},
                  {{{5, 2}, {2}, {2}}, {{2, 3, 2}, {2}, {2}}},
                  {{521, 509}, {509}, {509}},
                  {12, 64, 16, "y as above, times a variance of up to 4; and a mean"}});
  rows.push_back({"batch_norm",
                  "",
                  [](In x) { return batch_norm(x[0], x[1], x[2], x[3], x[4]); },
                  {{}, {}, {between(0.5, 2)}, {}, {}},
                  {{{3}, {3}, {3}, {3}, {3}},
                   {{4, 2}, {2}, {2}, {2}, {2}},
                   {{1, 2, 2, 3}, {3}, {3}, {3}, {3}},
                   {{0, 2}, {2}, {2}, {2}, {2}}},
                  {{521, 509}, {509}, {509}, {509}, {509}},
                  {6, 6, 16, "six roundings of terms of at most 4 * 2 / sqrt(0.5) and 2"}});
}

// Index 0 becomes padding.
Tensor with_padding(const Tensor& indices) { return where(equal(indices, 0), -1, indices.to(DType::i32)); }

void add_embedding(std::vector<Row>& rows) {
  rows.push_back({"embedding",
                  "",
                  [](In x) { return embedding(x[0], x[1]); },
                  {{}, constant(index_of(0, 0))},
                  {{{5, 3}, {4}}, {{1, 1}, {}}, {{3, 2}, {2, 3}}, {{3, 0}, {2}}, {{2, 3}, {0}}, {{0, 3}, {0}}},
                  {{1031, 257}, {1031}},
                  same_bits(),
                  every_dtype()});
  const Tolerance sums{8, 8, 0,
                       "up to 7 rows are added, each step rounds once, and a mean once more; all terms positive"};
  const Input table{between(0.5, 2)}, index = constant(index_of(0, 0));
  for (const bool mean : {true, false}) {
    rows.push_back(
        {"embedding_bag",
         mean ? "padded, mean" : "padded, sum",
         [mean](In x) { return embedding_bag(x[0], with_padding(x[1]), {.mean = mean}); },
         {table, index},
         {{{5, 3}, {2, 4}}, {{2, 2}, {3, 1}}, {{3, 2}, {1, 7}}, {{3, 2}, {0, 2}}, {{3, 2}, {2, 0}}, {{3, 0}, {2, 2}}},
         {{1031, 257}, {1031, 5}},
         sums});
    rows.push_back(
        {"embedding_bag",
         mean ? "by bag, mean" : "by bag, sum",
         [mean](In x) { return embedding_bag(x[0], x[1], x[2], 3, {.mean = mean}); },
         {table, index, constant(index_below(3))},
         {{{5, 3}, {7}, {7}}, {{2, 2}, {1}, {1}}, {{3, 2}, {0}, {0}}, {{0, 2}, {0}, {0}}, {{3, 0}, {2}, {2}}},
         {{1031, 257}, {7}, {7}},
         sums});
  }
}

}  // namespace

void add_layers(std::vector<Row>& rows) {
  add_convolution(rows);
  add_pooling(rows);
  add_normalise(rows);
  add_embedding(rows);
}

}  // namespace logitape::tests
