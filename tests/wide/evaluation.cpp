// An Evaluation keeps what f64 absorbs, in every way that ops move numbers; what ends it, and what loses it.
#include <doctest/doctest.h>

#include <cmath>
#include <thread>
#include <vector>

#include "logitape.h"
#include "logitape/backends/wide/functions.h"
#include "logitape/backends/wide/wide.h"
#include "tests/support/sanitized.h"

using namespace logitape;
using namespace logitape::backends;
using wide::Double2;

namespace {

Tensor vector_of(std::initializer_list<double> x) {
  return from_span(std::span(x.begin(), x.size()), {static_cast<std::int64_t>(x.size())});
}

double low_of_one(const Tensor& y, const wide::Evaluation& evaluation) {
  CHECK(y.size() > 0);
  const std::vector<Double2> values = evaluation.values(y);
  for (const Double2& v : values) CHECK((v.hi == 1 && v.lo == values[0].lo));
  return values[0].lo;
}

// 1 - 1/(1 + e^-40), to 16 digits: python3 -c "from mpmath import *; mp.dps = 30; print(1 / (1 + exp(40)))"
constexpr double lacks = 4.248354255291589e-18;

}  // namespace

TEST_CASE("sigmoid(40) lacks 4e-18 of 1 while an Evaluation lives, and nothing before and after it") {
  const Tensor x = vector_of({40, 40});
  CHECK(sigmoid(x).to_vector<double>()[0] == 1);
  {
    const wide::Evaluation evaluation;
    const Tensor y = sigmoid(x);
    CHECK(std::fabs(low_of_one(y, evaluation) / -lacks - 1) < 1e-12);
    CHECK((1 - y).dtype() == DType::f64);
    CHECK(std::fabs(evaluation.values(1 - y)[0].hi / lacks - 1) < 1e-15);
    CHECK_FALSE(evaluation.lost());
  }
  CHECK((1 - sigmoid(x)).to_vector<double>()[0] == 0);
  CHECK(wide::Evaluation().values(sigmoid(x))[0].lo != 0);
}

TEST_CASE("low parts go wherever ops take the number") {
  const wide::Evaluation evaluation;
  const Tensor y = sigmoid(vector_of({40, 40, 40, 40, 40, 40})), square = reshape(y, {2, 3});
  const double low = low_of_one(y, evaluation);
  const Tensor one_half = vector_of({0.5});
  const Tensor moved[] = {square,
                          transpose(square),
                          slice(y, {2}, {3}),
                          concat({y, square.with_shape({6})}),
                          stack({y, y}),
                          gather(y, tensor<std::int64_t>({5, 0, 0})),
                          broadcast_to(slice(y, {0}, {1}), {4, 3}),
                          where(y > 0.5, y, 0 * y),
                          where(y < 0.5, 0 * y, y),
                          maximum(y, one_half),
                          minimum(1 / y, y),
                          clamp(y, 0.5, 2),
                          relu(y),
                          abs(-y),
                          y * 1,
                          y + 0,
                          max(square, {.axes = {0}}),
                          min(square, {.axes = {1}}),
                          max_pool2d(reshape(y, {1, 2, 3, 1}), {.size = 2, .stride = 2}),
                          mean(square),
                          matmul(square, vector_of({1, 0, 0}).with_shape({3, 1})),
                          y.to(DType::f64)};
  for (std::size_t i = 0; i < std::size(moved); ++i) {
    INFO("way ", i);
    // of means and products the last digit may differ
    CHECK(std::fabs(low_of_one(moved[i], evaluation) / low - 1) < 1e-13);
  }
  CHECK_FALSE(evaluation.lost());
}

TEST_CASE("comparisons, the largest element and its place are decided by low parts") {
  const wide::Evaluation evaluation;
  const Tensor y = sigmoid(vector_of({40, 42, 41, 42}));  // all of them 1 in f64
  CHECK(argmax(y, 0).item<std::int64_t>() == 1);
  CHECK((y < 1).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 1, 1, 1});
  CHECK(equal(y, slice(y, {1}, {1})).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{0, 1, 0, 1});
  CHECK(evaluation.values(max(y))[0] == evaluation.values(y)[1]);
  CHECK(y.to(DType::i64).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 0, 0});
  CHECK_FALSE(evaluation.lost());
}

TEST_CASE("softmax's gradients of order 1 and 2 are the formula's to 1e-30, gaps of 20 and 40 included") {
  const std::vector<double> x{20, 0, -20}, v{1, -2, 0.5};
  std::vector<Double2> p;
  Double2 sum = 0, mean = 0;
  for (const double l : x) p.push_back(wide::exp(Double2(l) - 20)), sum += p.back();
  for (Double2& q : p) q /= sum;
  for (std::size_t i = 0; i < 3; ++i) mean += p[i] * v[i];

  const wide::Evaluation evaluation;
  const Tensor logits = variable(from_span(std::span(x), {3})), seed = variable(from_span(std::span(v), {3}));
  const Tensor g = grad(logitape::sum(softmax(logits) * seed), {logits}, {.create_graph = true})[0];
  const std::vector<Double2> first = evaluation.values(g);
  // d/dv of g.w, with w = e_0: p_j*([j = 0] - p_0)
  const std::vector<Double2> second = evaluation.values(grad(slice(g, {0}, {1}), {seed}, {.seed = vector_of({1})})[0]);
  for (std::size_t j = 0; j < 3; ++j) {
    CAPTURE(j);
    // what cancels in v - p.v has the size of v: 2
    CHECK(std::fabs((first[j] - p[j] * (v[j] - mean)).hi) < 2 * 1e-30);
    CHECK(std::fabs((second[j] - p[0] * (Double2(j == 0) - p[j])).hi) < 1e-30);
  }
  CHECK_FALSE(evaluation.lost());
}

TEST_CASE("a difference quotient sees the derivative where f64 sees 0") {
  const wide::Evaluation evaluation;
  const double h = 1e-5;
  const std::vector<Double2> y = evaluation.values(sigmoid(vector_of({40 + h, 40 - h})));
  const double quotient = (y[0] - y[1]).hi / ((40 + h) - (40 - h));
  CHECK(std::fabs(quotient / lacks - 1) < 1e-9);  // h^2/6, and the digits of lacks/h
}

TEST_CASE("a buffer that the pool gives away again brings no low parts along") {
  const wide::Evaluation evaluation;
  int reused = 0;
  for (int turn = 0; turn < 50; ++turn) {
    const void* before = nullptr;
    {
      const Tensor y = sigmoid(vector_of({40, 41, 42}));
      before = y.data();
      CHECK(evaluation.values(y)[1].lo != 0);
    }
    const Tensor ones = vector_of({1, 1, 1}), more = turn % 2 ? ones : full({3}, 1, DType::f64);
    reused += ones.data() == before || more.data() == before;
    for (const Tensor& t : {ones, more})
      for (const Double2& v : evaluation.values(t)) CHECK(v == 1);
  }
  if (!tests::sanitized) CHECK(reused > 0);  // under a sanitizer no block is used again soon
}

TEST_CASE(
    "what something else wrote has no low part, and a kernel's that is written where nothing remembers it is lost") {
  Tensor before = Tensor::uninitialised({1}, DType::f64);
  auto* bytes = static_cast<double*>(before.writable());
  const wide::Evaluation evaluation;
  Tensor y = sigmoid(vector_of({40, 41}));
  static_cast<double*>(y.writable())[1] = 0.25;
  CHECK(evaluation.values(y)[0].lo != 0);
  CHECK(evaluation.values(y)[1] == 0.25);
  CHECK(evaluation.values(concat({y, y}))[3] == 0.25);
  CHECK_FALSE(evaluation.lost());
  const double x = 40;
  wide::kernels().sigmoid({DType::f64, 1, &x, bytes});
  CHECK(evaluation.values(before)[0] == 1);
  CHECK(evaluation.lost());
}

TEST_CASE("what reads floating numbers out of tensors, or rounds them to a narrower dtype, is noticed") {
  const auto loses = [](auto&& read) {
    const wide::Evaluation evaluation;
    read(sigmoid(vector_of({40})));
    return evaluation.lost();
  };
  CHECK(loses([](const Tensor& y) { return y.to_vector<double>(); }));
  CHECK(loses([](const Tensor& y) { return y.to_vector<std::int64_t>(); }));
  CHECK(loses([](const Tensor& y) { return y.item<float>(); }));
  for (const DType narrow : {DType::f32, DType::f16, DType::bf16})
    CHECK(loses([=](const Tensor& y) { return y.to(narrow); }));
  CHECK_FALSE(loses([](const Tensor& y) { return (y - y).to(DType::f32); }));  // 0 is exact
  CHECK_FALSE(loses([](const Tensor& y) { return y.to(DType::i32).item<int>(); }));
  CHECK_FALSE(loses([](const Tensor& y) { return (y < 1).item<bool>(); }));
  CHECK_FALSE(loses([](const Tensor& y) { return reshape(y, {1, 1}); }));
}

TEST_CASE("one Evaluation within another shares everything with it") {
  const wide::Evaluation outer;
  const Tensor y = sigmoid(vector_of({40}));
  {
    const wide::Evaluation inner;
    CHECK(inner.values(y)[0].lo == outer.values(y)[0].lo);
    CHECK(outer.values(y * 1)[0].lo != 0);
    (y * 1).item<double>();
  }
  CHECK(outer.values(y * 1)[0].lo != 0);
  CHECK(outer.lost());
}

TEST_CASE("an error within an Evaluation leaves it as it was; other dtypes have no low parts") {
  const wide::Evaluation evaluation;
  CHECK_THROWS_AS(sigmoid(vector_of({1, 2})) + sigmoid(vector_of({1, 2, 3})), Error);
  CHECK(evaluation.values(sigmoid(vector_of({40})))[0].lo != 0);
  CHECK_THROWS_WITH(evaluation.values(tensor({1.f})), "wide: a tensor of f32 has no low parts: f64 is needed");
  CHECK(evaluation.values(zeros({0}, DType::f64)).empty());
}

TEST_CASE("two threads evaluate at once, each with low parts of its own, while a third computes as ever") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(3, 0);
  for (const int thread : {0, 1})
    threads.emplace_back([&wrong, thread] {
      const Double2 want = wide::sigmoid(Double2(40 + thread));
      for (int turn = 0; turn < 200; ++turn) {
        const wide::Evaluation evaluation;
        wrong[static_cast<std::size_t>(thread)] += !(evaluation.values(sigmoid(vector_of({40.0 + thread})))[0] == want);
      }
    });
  threads.emplace_back([&wrong] {
    for (int turn = 0; turn < 200; ++turn) wrong[2] += (1 - sigmoid(vector_of({40}))).item<double>() != 0;
  });
  for (std::thread& t : threads) t.join();
  CHECK(wrong == std::vector<int>{0, 0, 0});
}
