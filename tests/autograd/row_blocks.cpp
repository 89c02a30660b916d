// Sums over rows in blocks: what the kernels make of all rows at once has the bits of block after block, each with its
// own forward and backward pass, added along the tree.
#include "logitape/autograd/row_blocks.h"

#include <doctest/doctest.h>

#include <bit>
#include <functional>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/core/error.h"
#include "logitape/ops/convolution.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/embedding.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/normalise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "tests/devices/device.h"
#include "tests/support/same_bits_of_tensors.h"

using namespace logitape;

namespace {

// y of rows x and of parameters; the loss is sum(y * c), where c has a number for each element.
struct Layer {
  const char* name;
  std::function<Tensor(const Tensor& x, const Tensors& p)> y;
  Shape row;  // of one row of x
  std::vector<Shape> parameters;
  bool indices = false;
};

const Layer layers[] = {
    {"linear", [](const Tensor& x, const Tensors& p) { return linear(x, p[0], p[1]); }, {5}, {{5, 7}, {7}}},
    {"linear, relu",
     [](const Tensor& x, const Tensors& p) { return linear(x, p[0], p[1], {.relu = true}); },
     {5},
     {{5, 7}, {7}}},
    {"linear of positions",
     [](const Tensor& x, const Tensors& p) { return linear(x, p[0], p[1]); },
     {3, 5},
     {{5, 7}, {7}}},
    {"matmul", [](const Tensor& x, const Tensors& p) { return matmul(x, p[0]); }, {5}, {{5, 7}}},
    {"matmul, weight transposed",
     [](const Tensor& x, const Tensors& p) { return matmul(x, p[0], {.transpose_b = true}); },
     {5},
     {{7, 5}}},
    {"two layers",
     [](const Tensor& x, const Tensors& p) { return matmul(tanh(matmul(x, p[0])), p[1]); },
     {5},
     {{5, 7}, {7, 3}}},
    {"conv2d",
     [](const Tensor& x, const Tensors& p) {
       return conv2d(x, p[0], p[1], {.padding = {1, 1}});
     },
     {6, 5, 3},
     {{3, 3, 3, 4}, {4}}},
    {"layer_norm", [](const Tensor& x, const Tensors& p) { return layer_norm(x, p[0], p[1]); }, {3, 5}, {{5}, {5}}},
    {"a weight for each position", [](const Tensor& x, const Tensors& p) { return x * p[0]; }, {3, 5}, {{3, 1}}},
    {"a scalar", [](const Tensor& x, const Tensors& p) { return x * p[0]; }, {5}, {{}}},
    {"embedding", [](const Tensor& x, const Tensors& p) { return embedding(p[0], x); }, {4}, {{6, 5}}, true},
    {"embedding_bag", [](const Tensor& x, const Tensors& p) { return embedding_bag(p[0], x); }, {4}, {{6, 5}}, true},
};

Tensor rows_of(const Tensor& x, std::int64_t first, std::int64_t count) {
  Ints begin, size;
  for (int r = 0; r < x.rank(); ++r) {
    begin.push(r == 0 ? first : 0);
    size.push(r == 0 ? count : -1);
  }
  return slice(x, begin, size);
}

Tensors gradients(const Layer& layer, const Tensor& x, const Tensor& c, const Tensors& p) {
  return grad(layer.y(x, p), p, {.seed = c});
}

Tensors by_passes(const Layer& layer, const Tensor& x, const Tensor& c, const Tensors& p, std::int64_t rows, int blocks,
                  int low, int high) {
  if (high - low == 1) {
    const std::int64_t first = rows * low / blocks, count = rows * high / blocks - first;
    return gradients(layer, rows_of(x, first, count), rows_of(c, first, count), p);
  }
  const int middle = low + static_cast<int>(std::bit_floor(static_cast<unsigned>(high - low - 1)));
  Tensors left = by_passes(layer, x, c, p, rows, blocks, low, middle);
  const Tensors right = by_passes(layer, x, c, p, rows, blocks, middle, high);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = left[i] + right[i];
  return left;
}

void check_layer(const Layer& layer, DType dtype, std::int64_t rows, int blocks, Device device = Device::cpu()) {
  CAPTURE(layer.name);
  CAPTURE(rows);
  CAPTURE(blocks);
  Generator rng(11);
  Ints shape;
  shape.push(rows);
  for (const std::int64_t extent : layer.row) shape.push(extent);
  const Tensor here = layer.indices ? (uniform(Shape(shape), rng) * 6).to(DType::i64) : randn(Shape(shape), rng, dtype);
  const Tensor x = here.to(device);
  Tensors p;
  for (const Shape& s : layer.parameters) p.push_back(variable(randn(s, rng, dtype).to(device)));
  const Tensor c = randn(layer.y(x, p).shape(), rng, dtype).to(device);
  const Tensors expected = by_passes(layer, x, c, p, rows, std::min(blocks, static_cast<int>(rows)), 0,
                                     std::min(blocks, static_cast<int>(rows)));
  const RowBlocks cut(rows, blocks);
  const Tensors got = gradients(layer, x, c, p);
  for (std::size_t i = 0; i < p.size(); ++i)
    CHECK(tests::same_bits(got[i].to(Device::cpu()), expected[i].to(Device::cpu())));
}

}  // namespace

TEST_CASE("gradients in blocks have the bits of a pass for each block, added along the tree") {
  for (const Layer& layer : layers)
    for (const DType dtype : {DType::f32, DType::f64})
      for (const std::int64_t rows : {3, 16, 38})
        for (const int blocks : {1, 2, 3, 8, 13}) check_layer(layer, dtype, rows, blocks);
}

TEST_CASE("on a device they have the bits of its own passes") {
  if (!tests::has_cuda()) return;
  for (const Layer& layer : layers)
    for (const int blocks : {1, 3, 8}) check_layer(layer, DType::f32, 16, blocks, Device::cuda());
}

TEST_CASE("one block, and no RowBlocks, are today's order") {
  Generator rng(3);
  const Tensor x = randn({64, 5}, rng), w = variable(randn({5, 7}, rng));
  const Tensor plain = grad(sum(matmul(x, w)), w);
  const RowBlocks one(64, 1);
  CHECK(tests::same_bits(grad(sum(matmul(x, w)), w), plain));
}

TEST_CASE("what keeps rows apart, and a variable's own first axis, are not cut") {
  Generator rng(3);
  const Tensor x = randn({8, 16}, rng), w = variable(randn({16, 4}, rng)), v = variable(randn({4, 16}, rng));
  const Tensor y = matmul(x, w), total = sum(w, {.axes = {0}}), product = grad(sum(matmul(w, v)), v);
  const RowBlocks cut(8, 8);
  CHECK(tests::same_bits(matmul(x, w), y));
  CHECK(tests::same_bits(sum(w, {.axes = {0}}), total));
  CHECK(tests::same_bits(grad(sum(matmul(w, v)), v), product));
}

TEST_CASE("dropout of a part of the batch draws what the whole batch would") {
  Generator whole(5), part(5);
  const Tensor x = ones({10, 3, 2});
  const Tensor all = dropout(x, 0.4, whole);
  Generator outside(9), inside(9);
  const Tensor weight = variable(ones({8, 2})), expected = dropout(weight, 0.4, outside);
  const RowBlocks cut(BatchRows{{0, 2, 4}, 3, 10, {}});
  CHECK(tests::same_bits(dropout(ones({4, 3, 2}), 0.4, part), rows_of(all, 3, 4)));
  CHECK_EQ(part.position(), whole.position());
  CHECK(tests::same_bits(dropout(weight, 0.4, inside), expected));  // a parameter is everybody's
}

TEST_CASE("the derivative of a gradient in blocks is right") {
  Generator rng(3);
  const Tensor x = randn({12, 5}, rng, DType::f64), w = variable(randn({5, 7}, rng, DType::f64));
  const auto second = [&] {
    const Tensor y = tanh(matmul(x, w));
    const Tensor g = grad(sum(y * y), w, {.create_graph = true});
    return grad(sum(g * g), w);
  };
  const Tensor plain = second();
  const RowBlocks cut(12, 8);
  CHECK_LT(max(abs(second() - plain)).item(), 1e-12 * max(abs(plain)).item());
}

TEST_CASE("batch normalisation in blocks is that of the batch, and its derivatives of every order are right") {
  Generator rng(3);
  const Tensor x = randn({12, 3, 4}, rng, DType::f64), w = randn({4}, rng, DType::f64);
  const auto normal = [&](const Tensor& in) { return normalise(in * w + in * in, {.axes = {0, 1}}).y; };
  const Normalised plain = normalise(x, {.axes = {0, 1}});
  const RowBlocks cut(12, 8);
  const Normalised blocks = normalise(x, {.axes = {0, 1}});
  CHECK_LT(max(abs(blocks.y - plain.y)).item(), 1e-14);
  CHECK_LT(max(abs(blocks.mean - plain.mean)).item(), 1e-15);
  CHECK_LT(max(abs(blocks.variance - plain.variance)).item(), 1e-14);
  CHECK(check_gradients([&](const Tensor& in) { return normal(in); }, {x}, {.order = 2}).ok());
  const auto statistics = [&](const Tensor& in) {
    const Normalised n = normalise(in * w, {.axes = {0, 1}});
    return sum(n.mean * n.mean) + sum(n.variance * w) + sum(n.y * n.y * in);
  };
  CHECK(check_gradients([&](const Tensor& in) { return statistics(in); }, {x}, {.order = 2}).ok());
}

TEST_CASE("blocks that are none are refused, with both numbers") {
  CHECK_THROWS_WITH_AS(RowBlocks(0, 8), doctest::Contains("0 rows in 8 blocks"), Error);
  CHECK_THROWS_AS(RowBlocks(8, 0), Error);
  CHECK_THROWS_AS(RowBlocks(BatchRows{}), Error);
  CHECK_THROWS_WITH_AS(RowBlocks(BatchRows{{0, 4, 4}, 0, 8, {}}), doctest::Contains("block 1 is from row 4 to 4"),
                       Error);
  CHECK_THROWS_WITH_AS(RowBlocks(BatchRows{{0, 4}, 5, 8, {}}),
                       doctest::Contains("rows 5 to 9 are here, of a batch of 8"), Error);
  CHECK_EQ(RowBlocks::now(), nullptr);
}
