// Rows of ops/linear_algebra.h. Systems are made well-conditioned without a rounding: the diagonal times 32, a power of
// two, is larger than the rest of its row.
#include "logitape/ops/linear_algebra.h"

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

const Domain diagonal_times_32 = between(0.5, 1);  // 16 to 32 then, beside at most 7 others of at most 1
Tensor dominant(const Tensor& x) { return x * (eye(x.shape()[x.rank() - 1], x.dtype(), x.device()) * 31 + 1); }
Tensor symmetric(const Tensor& x) { return tril(x) + transpose(tril(x, -1)); }  // exactly

const Tolerance system_of_8{1, 32, 0.125,
                            "f32 is computed in f64 and rounded once; in f64 8 columns of 2 roundings, of terms of 1/8 "
                            "at most, times the condition, near 2"};

void add_systems(std::vector<Row>& rows) {
  const std::vector<Shapes> vectors = {{{1, 1}, {1}}, {{3, 3}, {3}}, {{0, 0}, {0}}, {{2, 2, 2}, {2}}, {{0, 2, 2}, {2}}};
  const std::vector<Shapes> matrices = {{{1, 1}, {1, 1}},    {{3, 3}, {3, 2}},       {{2, 2}, {2, 0}},
                                        {{0, 0}, {0, 3}},    {{2, 3, 3}, {2, 3, 1}}, {{2, 1, 2, 2}, {3, 2, 1}},
                                        {{2, 2}, {3, 2, 1}}, {{0, 2, 2}, {2, 1}}};
  const Shapes large{{4099, 8, 8}, {4099, 8, 3}};
  const auto row = [&](const char* op, const char* variant, auto call, const std::vector<Shapes>& shapes) {
    rows.push_back({op,
                    variant,
                    [call](In x) { return call(dominant(x[0]), x[1]); },
                    {{diagonal_times_32}, {between(0.5, 2)}},
                    shapes,
                    large,
                    system_of_8});
  };
  row(
      "solve", "vector", [](const Tensor& a, const Tensor& b) { return solve(a, b); }, vectors);
  row(
      "solve", "matrices", [](const Tensor& a, const Tensor& b) { return solve(a, b); }, matrices);
  row(
      "solve", "transpose_a", [](const Tensor& a, const Tensor& b) { return solve(a, b, {.transpose_a = true}); },
      matrices);
  row(
      "solve_triangular", "lower, vector",
      [](const Tensor& a, const Tensor& b) { return solve_triangular(a, b, {.upper = false}); }, vectors);
  row(
      "solve_triangular", "lower",
      [](const Tensor& a, const Tensor& b) { return solve_triangular(a, b, {.upper = false}); }, matrices);
  row(
      "solve_triangular", "upper",
      [](const Tensor& a, const Tensor& b) { return solve_triangular(a, b, {.upper = true}); }, matrices);
  row(
      "solve_triangular", "lower, transpose_a",
      [](const Tensor& a, const Tensor& b) { return solve_triangular(a, b, {.upper = false, .transpose_a = true}); },
      matrices);
  row(
      "solve_triangular", "upper, transpose_a",
      [](const Tensor& a, const Tensor& b) { return solve_triangular(a, b, {.upper = true, .transpose_a = true}); },
      matrices);
  rows.push_back({"cholesky",
                  "",
                  [](In x) { return cholesky(symmetric(dominant(x[0]))); },
                  {{diagonal_times_32}},
                  {{{1, 1}}, {{2, 2}}, {{4, 4}}, {{0, 0}}, {{2, 3, 3}}, {{0, 2, 2}}, {{2, 1, 2, 2}}},
                  {{4099, 8, 8}},
                  {1, 16, 1,
                   "f32 is computed in f64 and rounded once; in f64 8 columns of 2 roundings, of terms below 1 beside "
                   "the diagonal"}});
}

}  // namespace

void add_linear_algebra(std::vector<Row>& rows) {
  const Domain positive = between(0.5, 2);
  rows.push_back(
      {"dot",
       "",
       [](In x) { return dot(x[0], x[1]); },
       {{positive}, {positive}},
       {{{0}, {0}}, {{1}, {1}}, {{7}, {7}}, {{101}, {101}}},
       {{265189}, {265189}},
       {1.5, 8, 0, "positive terms: half an ULP of each product, and of the sum in f64 of at most 101 of them"}});
  rows.push_back({"outer",
                  "",
                  [](In x) { return outer(x[0], x[1]); },
                  {{}, {}},
                  {{{0}, {3}}, {{1}, {1}}, {{2}, {0}}, {{5}, {3}}},
                  {{521}, {509}},
                  rounded_once()});
  const std::vector<Shapes> matrices = {{{1, 1}}, {{3, 3}}, {{2, 5}},    {{5, 2}},    {{0, 3}},
                                        {{3, 0}}, {{0, 0}}, {{2, 3, 4}}, {{0, 2, 2}}, {{2, 1, 2, 2}}};
  const auto moves = [&](const char* op, const char* variant, std::function<Tensor(In)> call) {
    rows.push_back({op, variant, std::move(call), {{}}, matrices, {large_matrix}, same_bits(), every_dtype()});
  };
  moves("diagonal", "", [](In x) { return diagonal(x[0]); });
  moves("tril", "", [](In x) { return tril(x[0]); });
  moves("tril", "k 1", [](In x) { return tril(x[0], 1); });
  moves("tril", "k -1", [](In x) { return tril(x[0], -1); });
  moves("triu", "", [](In x) { return triu(x[0]); });
  moves("triu", "k 1", [](In x) { return triu(x[0], 1); });
  moves("triu", "k -1", [](In x) { return triu(x[0], -1); });
  rows.push_back({"trace",
                  "",
                  [](In x) { return trace(x[0]); },
                  {{positive}},
                  matrices,
                  {large_matrix},
                  {1, 2, 0, "a sum in f64 of positive numbers"}});
  rows.push_back({"eye",
                  "n",
                  [](In x) { return eye(x[0].size(), x[0].dtype(), x[0].device()); },
                  {constant({})},
                  {{{0}}, {{1}}, {{5}}},
                  {{521}},
                  same_bits(),
                  every_dtype()});
  rows.push_back({"eye",
                  "rows, columns",
                  [](In x) { return eye(x[0].size(), 3, x[0].dtype(), x[0].device()); },
                  {constant({})},
                  {{{0}}, {{1}}, {{3}}, {{5}}},
                  {{87403}},
                  same_bits(),
                  every_dtype()});
  add_systems(rows);
}

}  // namespace logitape::tests
