// Derivative digits of systems and of cholesky, of matrices of 2 rows, by Cramer's rule and by hand.
#include "logitape/ops/linear_algebra.h"

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "tests/op_table/derivative_digits.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

using In = std::span<const Tensor>;

const char* cancels = "terms of either sign cancel, so errors count in ULP of the largest";

Tensor matrices(const Tensor& x) { return reshape(x, {x.shape()[0], 2, 2}); }
Tensor columns(const Tensor& x) { return reshape(x, {x.shape()[0], 2, 1}); }
// [[x0, x1], [x1, x2]]
Tensor symmetric(const Tensor& x) { return matrices(gather(x, tensor({0, 1, 1, 2}), {.axis = 1})); }
Tensor total(const Tensor& y) { return sum(y, {.axes = {1, 2}}); }

// The sum of the solution of [[x0, x1], [x2, x3]] * y = [x4, x5].
Jet cramer(const Jets& x) {
  return (x[3] * x[4] - x[1] * x[5] + x[0] * x[5] - x[2] * x[4]) / (x[0] * x[3] - x[1] * x[2]);
}
Jet lower(const Jets& x) {
  const Jet first = x[4] / x[0];
  return first + (x[5] - x[2] * first) / x[3];
}
Jet cholesky_of(const Jets& x) {
  const Jet root = sqrt(x[0]), below = x[1] / root;
  return root + below + sqrt(x[2] - below * below);
}

}  // namespace

std::vector<DigitsRow> linear_algebra_digits() {
  std::vector<DigitsRow> rows;
  // diagonals of 4 to 8 beside numbers of at most 2, so that the determinant is above 12: no inverse is large
  const auto diagonal_ahead = [](std::vector<Point> points, std::initializer_list<std::size_t> places) {
    for (Point& p : points)
      for (const std::size_t i : places) p[i] = 6 + p[i];
    return points;
  };
  const auto row = [&](const char* op, std::function<Tensor(In)> call, std::function<Jet(const Jets&)> exact,
                       std::vector<int> widths, std::vector<Point> points) {
    rows.push_back({op,
                    "",
                    std::move(call),
                    std::move(exact),
                    std::move(widths),
                    std::move(points),
                    rows_goal,
                    rows_goal,
                    cancels,
                    {},
                    true});
  };
  const std::vector<Point> systems = diagonal_ahead(ordinary_rows(6, -2, 2, 60), {0, 3});
  row(
      "solve", [](In x) { return total(solve(matrices(x[0]), columns(x[1]))); }, cramer, {4, 2}, systems);
  row(
      "solve_triangular", [](In x) { return total(solve_triangular(matrices(x[0]), columns(x[1]), {.upper = false})); },
      lower, {4, 2}, systems);
  row(
      "cholesky", [](In x) { return total(cholesky(symmetric(x[0]))); }, cholesky_of, {3},
      diagonal_ahead(ordinary_rows(3, -2, 2, 60), {0, 2}));
  return rows;
}

}  // namespace logitape::tests
