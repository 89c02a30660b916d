// Rows of ops/matmul.h.
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/matmul.h"

#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
void add_matmul(std::vector<Row>& rows) {
  // Positive terms: each of k steps rounds the sum by half an ULP at most, the product by another half without fused
  // steps.
  const Tolerance thirteen{13.5, 13.5, 0, "k <= 13 steps of at most 1 ULP"};
  const Domain positive = between(0.5, 2);
  const auto product = [&](const char* variant, MatmulOptions o, std::vector<Shapes> shapes, Shapes large) {
    rows.push_back({"matmul",
                    variant,
                    [o](In x) { return matmul(x[0], x[1], o); },
                    {{positive}, {positive}},
                    std::move(shapes),
                    std::move(large),
                    thirteen});
  };
  product("", {},
          {{{1, 1}, {1, 1}}, {{3, 2}, {2, 5}}, {{2, 7}, {7, 3}}, {{0, 2}, {2, 3}}, {{2, 0}, {0, 3}}, {{2, 3}, {3, 0}}},
          {{1031, 13}, {13, 257}});
  product("transpose_a", {.transpose_a = true},
          {{{2, 3}, {2, 5}}, {{1, 1}, {1, 2}}, {{0, 3}, {0, 2}}, {{2, 3, 2}, {3, 5}}}, {{13, 1031}, {13, 257}});
  product("transpose_b", {.transpose_b = true},
          {{{3, 2}, {5, 2}}, {{1, 7}, {3, 7}}, {{2, 3, 2}, {5, 2}}, {{3, 0}, {2, 0}}}, {{1031, 13}, {257, 13}});
  product("both transposed", {.transpose_a = true, .transpose_b = true}, {{{2, 3}, {5, 2}}, {{2, 3, 1}, {2, 2, 3}}},
          {{13, 1031}, {257, 13}});
  product("batches", {},
          {{{2, 3, 2}, {2, 2, 3}},
           {{2, 1, 3}, {3, 2}},
           {{3, 2}, {2, 2, 3}},
           {{2, 1, 2, 3}, {3, 3, 1}},
           {{0, 2, 3}, {3, 2}},
           {{2, 3, 0}, {0, 2}},
           {{2, 2, 0}, {2, 0, 3}},
           {{2, 1, 1, 2, 1}, {1, 2, 1, 2}}},
          {{7, 151, 13}, {7, 13, 257}});
  product("vectors", {},
          {{{3}, {3}},
           {{0}, {0}},
           {{2, 3}, {3}},
           {{3}, {3, 2}},
           {{2, 0}, {0}},
           {{0}, {0, 2}},
           {{0, 2}, {2}},
           {{2, 2, 3}, {3}},
           {{3}, {2, 3, 2}},
           {{2, 1, 2, 3}, {3}}},
          {{20399, 13}, {13}});
  product("vectors, both transposed", {.transpose_a = true, .transpose_b = true},
          {{{3}, {3}}, {{3, 2}, {3}}, {{3}, {2, 3}}, {{2, 3, 2}, {3}}}, {{13, 20399}, {13}});

  const Tolerance fourteen{14.5, 14.5, 0, "k <= 13 steps and a bias of at most 1 ULP each"};
  const std::vector<Shapes> with_bias = {{{2}, {2, 3}, {3}},    {{3, 2}, {2, 5}, {5}},    {{0, 2}, {2, 3}, {3}},
                                         {{2, 0}, {0, 3}, {3}}, {{2, 1, 3}, {3, 2}, {2}}, {{2, 3, 0}, {0, 2}, {2}},
                                         {{1, 1}, {1, 1}, {1}}};
  const Shapes large_bias{{1031, 13}, {13, 257}, {257}};
  rows.push_back({"linear",
                  "bias",
                  [](In x) { return linear(x[0], x[1], x[2]); },
                  {{positive}, {positive}, {positive}},
                  with_bias,
                  large_bias,
                  fourteen});
  // |x*weight| <= 3 and |bias| >= 4, so that no result is near the kink of relu; it may cancel down to 1
  rows.push_back({"linear",
                  "bias, relu",
                  [](In x) { return linear(x[0], x[1], x[2], {.relu = true}); },
                  {{between(-1, 1)}, {between(-1, 1)}, {away_from({0}, -2, 2, 4)}},
                  with_bias,
                  {{1031, 13}, {13, 257}, {257}},
                  {14.5, 14.5, 16, "as without relu, in ULP of the largest sum of terms"}});
  rows.push_back({"linear",
                  "no bias",
                  [](In x) { return linear(x[0], x[1]); },
                  {{positive}, {positive}},
                  {{{2}, {2, 3}}, {{3, 2}, {2, 5}}, {{0, 2}, {2, 3}}, {{2, 0}, {0, 3}}, {{2, 1, 3}, {3, 2}}},
                  {{1031, 13}, {13, 257}},
                  thirteen});

  const Tolerance head{40, 40, 40, "the logits' own error, linear's, reaches the loss as it is"};
  rows.push_back({"linear_cross_entropy",
                  "no bias",
                  [](In x) { return linear_cross_entropy(x[0], x[1], x[2]); },
                  {{positive}, {positive}, {positive}},
                  {{{2, 3}, {3, 5}, {2, 5}},
                   {{1, 1}, {1, 1}, {1, 1}},
                   {{2, 0}, {0, 3}, {2, 3}},
                   {{0, 2}, {2, 3}, {0, 3}},
                   {{2, 1, 3}, {3, 2}, {2, 1, 2}}},
                  {{1031, 13}, {13, 257}, {1031, 257}},
                  head,
                  floating_dtypes()});
  rows.push_back({"linear_cross_entropy",
                  "bias",
                  [](In x) { return linear_cross_entropy(x[0], x[1], x[2], x[3]); },
                  {{positive}, {positive}, {positive}, {positive}},
                  {{{2, 3}, {3, 5}, {5}, {2, 5}}, {{1, 1}, {1, 1}, {1}, {1, 1}}, {{2, 1, 3}, {3, 2}, {2}, {2, 1, 2}}},
                  {{1031, 13}, {13, 257}, {257}, {1031, 257}},
                  head,
                  floating_dtypes()});
}

}  // namespace logitape::tests
