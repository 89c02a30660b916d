// The answers of the course's exercises, against formulas in long double and, where it has an op for it, the library.
#include <doctest/doctest.h>

#include <logitape.h>

#include "tests/course/course_pages.h"

namespace {

using namespace course;
namespace lt = logitape;

Row joined(const std::vector<Row>& parts) {
  Row all;
  for (const Row& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Row row_of(const lt::Tensor& x) {
  const std::vector<double> v = x.to_vector();
  return {v.begin(), v.end()};
}

const Row hard = rows_of_labels[0], soft = rows_of_labels[1];

TEST_CASE("the answers of lesson 1 are those of the formulas") {
  CHECK(same(answer("1.1"), joined({softmax({0, 0}), {std::log(2.0L)}, into_logits({0, 0}, {1, 0})})));
  const Row huge = {1004, 1002, 1001};
  CHECK(same(answer("1.2"), joined({softmax(huge), {loss(huge, hard)}})));
  CHECK(std::isinf(std::exp(1004.0)));  // so that 1.2b is infinity less infinity
  CHECK(same(answer("1.2b"), {0, 0, 0}));
  CHECK(same(answer("1.3"), 2 * softmax(logits)));
  CHECK(same(into_logits(logits, answer("1.3")), {0, 0, 0}, 3));
}

TEST_CASE("the answers of lesson 2 are those of the formulas") {
  CHECK(same(answer("2.1"), {3 * 3 + 3, 2 * 3 + 1, 1, 1}));
  CHECK(same(answer("2.2"), {6 / 3.0L, 1 / 3.0L, -6 / 9.0L}));
  const Row p = softmax(logits);
  CHECK(same(answer("2.2b"), {p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]}));
  CHECK(same(answer("2.3"), p));
}

TEST_CASE("the answers of lesson 3 are those of the formulas and of the library") {
  CHECK(same(answer("3.1"), 0.5L * into_logits(logits, hard)));
  const lt::Tensor x = lt::variable(lt::tensor({4.0, 2.0, 1.0})), t = lt::tensor({1.0, 0.0, 0.0});

  CHECK(same(answer("3.2"), joined({{loss(0.5L * logits, hard)}, 0.5L * into_logits(0.5L * logits, hard)})));
  const lt::Tensor warm = lt::cross_entropy(x, t, {.temperature = 2});
  CHECK(same(answer("3.2"), joined({row_of(warm), row_of(lt::grad(warm, x))})));

  const Row smooth = 0.9L * hard + Row(3, 0.1L / 3);
  CHECK(same(answer("3.3"), joined({smooth, {loss(logits, smooth)}, into_logits(logits, smooth)})));
  const lt::Tensor smoothed = lt::cross_entropy(x, t, {.label_smoothing = 0.1});
  CHECK(same(answer("3.3"), joined({smooth, row_of(smoothed), row_of(lt::grad(smoothed, x))})));
}

TEST_CASE("the answers of lesson 4 are those of the formulas") {
  const auto error = [](Real h) {
    const Real up = loss(logits + Row{h, 0, 0}, hard), down = loss(logits + Row{-h, 0, 0}, hard);
    return std::fabs((up - down) / (2 * h) - into_logits(logits, hard)[0]);
  };
  CHECK(same({0.000038L}, {error(0.05L)}, 6));  // what the exercise starts from
  CHECK(same(answer("4.1"), {error(0.05L / 5)}, 7));
  CHECK(same(answer("4.2"), {softmax(logits)[0] - 1, 3 * softmax(logits)[0] - 1}));
  CHECK(same(answer("4.3"), {surprise(logits)[0] + logits[0]}));
}

TEST_CASE("the answers of lesson 5 are those of the formulas") {
  CHECK(same(answer("5.1"), {std::log(10.0L)}));
  CHECK(same(answer("5.2"), {2 * 16 + 16 + 16 * 2 + 2}));
  CHECK(same(answer("5.3"), {0, -0.525L * std::log(0.525L) - 0.475L * std::log(0.475L)}, 3));

  lt::Generator rng{7};
  const lt::Tensor at = 2 * lt::uniform({200, 2}, rng, lt::DType::f64) - 1;
  const lt::Tensor first = lt::variable(lt::zeros({2, 16}, lt::DType::f64));
  const lt::Tensor second = lt::variable(lt::randn({16, 2}, rng, lt::DType::f64));  // as if it had learned something
  const lt::Tensor x = lt::matmul(lt::relu(lt::matmul(at, first)), second);
  const lt::Tensor loss = lt::cross_entropy(x, (lt::sum(at * at, 1) < 0.6).to(lt::DType::i64));
  for (const lt::Tensor& g : lt::grad(loss, {first, second})) CHECK(lt::max(lt::abs(g)).item() == 0);
}

TEST_CASE("the answers of lesson 6 are those of the formulas and of the library") {
  CHECK(same(answer("6.1"), {-std::log(0.02L)}));
  CHECK(same(answer("6.2"), {-0.7L * std::log(0.7L) - 0.2L * std::log(0.2L) - 0.1L * std::log(0.1L)}));
  CHECK(same(answer("6.3"), into_label_logits(soft, surprise(logits))));
  const lt::Tensor u = lt::variable(lt::log(lt::tensor({0.7, 0.2, 0.1})));
  const lt::Tensor loss = lt::cross_entropy(lt::tensor({4.0, 2.0, 1.0}), lt::softmax(u));
  CHECK(same(answer("6.3"), row_of(lt::grad(loss, u))));
}

TEST_CASE("the answers of lesson 7 are those of the formulas and of the library") {
  CHECK(same(answer("7.1"), joined(hessian({0, 0}, 1))));
  const auto loss = [](const lt::Tensor& x) { return lt::cross_entropy(x, lt::tensor({1.0, 0.0})); };
  CHECK(same(answer("7.1"), row_of(lt::hessian(loss, lt::tensor({0.0, 0.0})))));

  const Row d = newton_step({0, 0, 0}, soft);
  CHECK(same(answer("7.2"), joined({d, -1 * d})));

  const Row first = newton_step({0, 0}, {1, 0});
  const Row second = newton_step(-1 * first, {1, 0});
  CHECK(same(answer("7.3"), {first[1] - first[0], second[1] - second[0]}));
  CHECK(same({1 + std::exp(-2.0L)}, {second[1] - second[0]}));  // 1/p
}

}  // namespace
