// What solve, solve_triangular, cholesky and their neighbours do beyond the op table's rows: NaN, sizes and scales at
// the ends, batches, which triangle counts, gradients against formulas that use no solve.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"
#include "tests/support/numbers.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

using Values = std::vector<double>;
using In = std::span<const Tensor>;

Tensor random_of(const Shape& shape, std::uint64_t seed, double shift = 0) {
  return from_span(std::span<const double>(numbers<double>(shape.size(), seed, shift)), shape);
}
// Of a symmetric part below n, so that n more on the diagonal makes it positive definite.
Tensor definite(std::int64_t n, std::uint64_t seed) {
  const Tensor x = random_of({n, n}, seed);
  return (x + transpose(x)) / 2 + eye(n, DType::f64) * static_cast<double>(n);
}
double largest(const Tensor& x) { return max(abs(x)).item<double>(); }
double apart(const Tensor& a, const Tensor& b) {
  CHECK(a.shape() == b.shape());
  CHECK(a.dtype() == b.dtype());
  return a.shape() == b.shape() && a.size() > 0 ? largest(a - b) : 0;
}
int not_numbers(const Tensor& x) {
  int n = 0;
  for (const double v : x.to_vector<double>()) n += std::isnan(v);
  return n;
}
std::string said(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
// Ten roundings of numbers near 1, in matrices whose condition is below 10.
constexpr double ten_roundings = 1e-14;

}  // namespace

TEST_CASE("a NaN in a matrix or beside it makes what depends on it NaN, and ends") {
  for (int at = 0; at < 9; ++at) {
    std::vector<double> elements = {5, 1, 2, 1, 6, 1, 2, 1, 7};
    elements[static_cast<std::size_t>(at)] = not_a_number;
    const Tensor a = from_span(elements, {3, 3});
    CAPTURE(at);
    CHECK(not_numbers(solve(a, ones({3}, DType::f64))) == 3);
    const bool below = at / 3 >= at % 3;
    CHECK((not_numbers(cholesky(a)) > 0) == below);
    CHECK((not_numbers(solve_triangular(a, ones({3}, DType::f64), {.upper = false})) > 0) == below);
  }
  const Tensor x = solve(eye(3, DType::f64), tensor({{1.0, not_a_number}, {2.0, 3.0}, {4.0, 5.0}}));
  CHECK(not_numbers(slice(x, {0, 0}, {3, 1})) == 0);  // a column of b is alone
  CHECK(not_numbers(x) >= 1);
}

TEST_CASE("systems without rows, columns or matrices have solutions, and gradients, of their shapes") {
  const Tensor none = variable(zeros({0, 0}));
  CHECK(solve(none, zeros({0})).shape() == Shape{0});
  CHECK(solve(none, zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(solve(zeros({0, 2, 2}), zeros({2, 5})).shape() == Shape{0, 2, 5});
  CHECK(solve(eye(2), zeros({2, 0})).shape() == Shape{2, 0});
  CHECK(cholesky(none).shape() == Shape{0, 0});
  CHECK(cholesky(zeros({0, 4, 4})).shape() == Shape{0, 4, 4});
  CHECK(grad(sum(cholesky(none)) + sum(solve(none, zeros({0}))), {none})[0].shape() == Shape{0, 0});
  CHECK(said([] { solve(zeros({2, 2}), zeros({2, 0})); }) != "");  // a singular matrix is one without columns of b too
  CHECK(solve(tensor({{4.0}}), tensor({2.0})).to_vector<double>() == Values{0.5});
  CHECK(solve(tensor({{-4.0}}), tensor({{2.0, 8.0}})).to_vector<double>() == Values{-0.5, -2});
  CHECK(cholesky(tensor({{4.0}})).to_vector<double>() == Values{2});
  CHECK(dot(zeros({0}), zeros({0})).item<float>() == 0);
  CHECK(trace(zeros({0, 3})).item<float>() == 0);
  CHECK(eye(0).shape() == Shape{0, 0});
}

TEST_CASE("a permutation is solved exactly, and its transpose undoes it") {
  const Tensor p = one_hot(tensor({2, 0, 3, 1}), 4, DType::f64), b = arange(4, DType::f64);
  CHECK(solve(p, matmul(p, b)).to_vector<double>() == Values{0, 1, 2, 3});
  CHECK(solve(p, b).to_vector<double>() == matmul(p, b, {.transpose_a = true}).to_vector<double>());
  CHECK(solve(p, b, {.transpose_a = true}).to_vector<double>() == matmul(p, b).to_vector<double>());
}

TEST_CASE("matrices scaled by a power of two near 1e30 or 1e-30 have the same bits, scaled, in f32 and f64") {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const double scale : {0x1p100, 0x1p-100}) {
      const Tensor a = definite(6, 5).to(dtype), b = random_of({6, 2}, 6).to(dtype);
      CHECK(apart(solve(a * scale, b * scale), solve(a, b)) == 0);
      CHECK(apart(solve_triangular(a * scale, b * scale, {.upper = true}), solve_triangular(a, b, {.upper = true})) ==
            0);
      CHECK(apart(cholesky(a * scale), cholesky(a) * std::sqrt(scale)) == 0);
    }
}

TEST_CASE("only a b of rank 1 is a vector; matrices of a batch meet theirs, and one meets all") {
  const Tensor a = stack({definite(3, 1), definite(3, 2)}), b = random_of({2, 3, 2}, 3), v = random_of({3}, 4);
  const auto of = [](const Tensor& x, std::int64_t i) { return gather(x, tensor(i)); };
  for (std::int64_t i = 0; i < 2; ++i) {
    CHECK(apart(of(solve(a, b), i), solve(of(a, i), of(b, i))) == 0);
    CHECK(apart(of(solve(a, v), i), solve(of(a, i), v)) == 0);
    CHECK(apart(of(solve(of(a, 0), b), i), solve(of(a, 0), of(b, i))) == 0);
    CHECK(apart(of(cholesky(a), i), cholesky(of(a, i))) == 0);
  }
  CHECK(solve(stack({a, a, a}), b).shape() == Shape{3, 2, 3, 2});
  CHECK(solve(a, v).shape() == Shape{2, 3});
  // NumPy 2 reads [3,3] beside three matrices as one matrix, not as three vectors
  const Tensor three = stack({definite(3, 1), definite(3, 2), definite(3, 3)}), square = random_of({3, 3}, 8);
  CHECK(apart(of(solve(three, square), 1), solve(of(three, 1), square)) == 0);
}

TEST_CASE("what a factor is for: it multiplies back, solves, inverts, and its diagonal has the determinant") {
  const Tensor a = definite(5, 9), b = random_of({5, 2}, 10), l = cholesky(a);
  CHECK(apart(matmul(l, l, {.transpose_b = true}), a) <= 10 * ten_roundings);
  CHECK(apart(l, tril(l)) == 0);
  const Tensor half = solve_triangular(l, b, {.upper = false});
  CHECK(apart(solve_triangular(l, half, {.upper = false, .transpose_a = true}), solve(a, b)) <= ten_roundings);
  CHECK(apart(matmul(solve(a, eye(5, DType::f64)), a), eye(5, DType::f64)) <= ten_roundings);
  CHECK(apart(solve(a, b, {.transpose_a = true}), solve(transpose(a), b)) <= ten_roundings);
}

TEST_CASE("only the triangle that is named counts") {
  const Tensor a = definite(4, 11), junk = triu(full({4, 4}, not_a_number, DType::f64), 1), b = random_of({4}, 12);
  const Tensor lower = where(not_equal(triu(ones({4, 4}, DType::i32), 1), 0), junk, a);
  CHECK(apart(cholesky(lower), cholesky(a)) == 0);
  CHECK(apart(solve_triangular(lower, b, {.upper = false}), solve(tril(a), b)) <= ten_roundings);
  CHECK(apart(solve_triangular(transpose(lower), b, {.upper = true}), solve(triu(a), b)) <= ten_roundings);
  const Tensor x = variable(a);
  CHECK(apart(triu(grad(sum(solve_triangular(x, b, {.upper = false})), {x})[0], 1), zeros({4, 4}, DType::f64)) == 0);
  CHECK(apart(tril(grad(sum(solve_triangular(x, b, {.upper = true})), {x})[0], -1), zeros({4, 4}, DType::f64)) == 0);
}

TEST_CASE("gradients are those of the textbook, where it has a formula") {
  const Tensor a = variable(definite(4, 13)), inverse = solve(stop_gradient(a), eye(4, DType::f64));
  // log det a, through cholesky: its gradient is the inverse of a symmetric a, and so symmetric
  const Tensor log_det = 2 * sum(log(diagonal(cholesky(a))));
  const Tensor g = grad(log_det, {a})[0];
  CHECK(apart(g, inverse) <= ten_roundings);
  CHECK(apart(g, transpose(g)) == 0);
  // trace of the inverse: -(inverse * inverse)^T
  CHECK(apart(grad(trace(solve(a, eye(4, DType::f64))), {a})[0], -transpose(matmul(inverse, inverse))) <=
        ten_roundings);
  CHECK(apart(grad(trace(a), {a})[0], eye(4, DType::f64)) == 0);
  const Tensor u = variable(random_of({4}, 14)), v = random_of({4}, 15);
  CHECK(apart(grad(dot(u, v), {u})[0], v) == 0);
  CHECK(apart(grad(dot(u, matmul(stop_gradient(a), u)), {u})[0], 2 * matmul(stop_gradient(a), stop_gradient(u))) <=
        10 * ten_roundings);
}

TEST_CASE("gradients of solve and cholesky pass the check at order 3, as they are and inside a likelihood") {
  const Tensor a = definite(3, 16), b = random_of({3}, 17), x = random_of({3, 4}, 18);
  CHECK(check_gradients([](In in) { return solve(in[0], in[1]); }, {a, b}, {.order = 3}).ok());
  CHECK(check_gradients([](In in) { return solve_triangular(in[0], in[1], {.upper = true}); }, {a, b}, {.order = 3})
            .ok());
  CHECK(check_gradients([](In in) { return cholesky(matmul(in[0], in[0], {.transpose_b = true})); }, {x}).ok());
  // -log of a normal density, of a covariance k = x*x^T + 1
  const auto likelihood = [](In in) {
    const Tensor l = cholesky(matmul(in[0], in[0], {.transpose_b = true}) + eye(3, DType::f64));
    const Tensor z = solve_triangular(l, in[1], {.upper = false});
    return dot(z, z) / 2 + sum(log(diagonal(l)));
  };
  CHECK(check_gradients(likelihood, {x, b}).ok());
}

TEST_CASE("f32 results are right to the last digit, of matrices whose condition f32 could not stand") {
  // of x = 1: a is [[1, 1], [1, 1 + 2^-20]], of condition 2^22, and b its rows' sums, exact in f32
  const float e = 0x1p-20f;
  const Tensor a = tensor({{1.f, 1.f}, {1.f, 1 + e}}), b = tensor({2.f, 2 + e});
  CHECK(solve(a, b).to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("tril, triu, diagonal, eye and outer are NumPy's, for any k and any dtype") {
  const Tensor x = reshape(arange(12), {3, 4});
  for (std::int64_t k = -5; k <= 5; ++k) {
    std::vector<std::int64_t> low, high;
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 4; ++j)
        low.push_back(j - i <= k ? i * 4 + j : 0), high.push_back(j - i >= k ? i * 4 + j : 0);
    CHECK(tril(x, k).to_vector<std::int64_t>() == low);
    CHECK(triu(x, k).to_vector<std::int64_t>() == high);
  }
  constexpr auto most = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
  CHECK(tril(x, most).to_vector<std::int64_t>() == x.to_vector<std::int64_t>());
  CHECK(triu(x, least).to_vector<std::int64_t>() == x.to_vector<std::int64_t>());
  CHECK(sum(cast(tril(x, least), DType::f64) + cast(triu(x, most), DType::f64)).item<double>() == 0);
  CHECK(diagonal(x).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 5, 10});
  CHECK(diagonal(reshape(arange(12), {2, 3, 2})).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 3, 6, 9});
  CHECK(diagonal(ones({2, 2}, DType::boolean)).dtype() == DType::boolean);
  CHECK(eye(2, 3, DType::i32).to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 0, 0, 0, 1, 0});
  CHECK(outer(tensor({1.0, 2.0}), tensor({3.0, 4.0, 5.0})).to_vector<double>() == Values{3, 4, 5, 6, 8, 10});
}
