// Every rule's derivatives of orders 1 and 2 in ULP against long double, tails and confident rows included, and that no
// rule is without a row. The goal is 4 ULP for order 1 of functions of numbers, 16 for order 1 of rows and for order 2.
#include "tests/op_table/derivative_digits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "logitape.h"
#include "logitape/autograd/record.h"
#include "tests/op_table/op_table.h"

namespace logitape::tests {
namespace {

TEST_CASE("derivatives of functions of one number, in ULP, wherever they are normal numbers") {
  check_digits(function_digits(), functions_goal);
}
TEST_CASE("derivatives of arithmetic, in ULP") { check_digits(arithmetic_digits(), functions_goal); }
TEST_CASE("derivatives of softmax and of the loss by its names and options, in ULP") {
  check_digits(softmax_digits(), rows_goal);
}
TEST_CASE("derivatives of the loss's relatives, in ULP") { check_digits(loss_digits(), rows_goal); }
TEST_CASE("derivatives of normalisation, in ULP, of numbers of any size") { check_digits(norm_digits(), rows_goal); }
TEST_CASE("derivatives of linear systems, in ULP") { check_digits(linear_algebra_digits(), rows_goal); }

// Linear in each input: their derivatives are the cotangents, or another input, moved, added and multiplied. What a sum
// of products loses is the kernels' own (tests/kernels), and where terms of either sign cancel no rule could help.
const std::set<std::string> linear_ops = {"avg_pool2d",    "boolean_mask",  "broadcast_to",
                                          "columns",       "concat",        "conv2d",
                                          "diagonal",      "dot",           "dropout",
                                          "embedding",     "embedding_bag", "flatten",
                                          "gather",        "index",         "linear",
                                          "matmul",        "max",           "max_pool2d",
                                          "mean",          "min",           "outer",
                                          "pad",           "permute",       "reshape",
                                          "rows",          "scatter_add",   "scatter_add_along_axis",
                                          "slice",         "squeeze",       "stack",
                                          "sum",           "sum_to",        "take_along_axis",
                                          "trace",         "transpose",     "tril",
                                          "triu",          "unsqueeze",     "where",
                                          "where_positive"};

TEST_CASE(
    "every differentiable op of the op table has a row of derivative digits, unless it is linear in each of its "
    "inputs") {
  std::set<std::string> measured, differentiable;
  for (const auto& rows : {function_digits(), arithmetic_digits(), softmax_digits(), loss_digits(), norm_digits(),
                           linear_algebra_digits()})
    for (const DigitsRow& row : rows) measured.insert(row.op);
  for (const Row& row : table())
    if (std::ranges::any_of(row.inputs, [](const Input& in) { return in.flow == Flow::yes; }))
      differentiable.insert(row.op);
  for (const std::string& op : differentiable)
    CHECK_MESSAGE(measured.contains(op) != linear_ops.contains(op), op,
                  " has no row in tests/op_table/derivative_digits_*.cpp, or is linear and has one");
  for (const std::string& op : measured) CHECK_MESSAGE(differentiable.contains(op), op, " is measured and in no table");
  for (const std::string& op : linear_ops)
    CHECK_MESSAGE(differentiable.contains(op), op, " is called linear and in no table");
}

TEST_CASE("a rule that loses digits in the tails, or a second derivative alone that does, is noticed") {
  const auto worst = [](auto slope) {
    std::vector<DigitsRow> rows = function_digits();
    DigitsRow row = *std::ranges::find(rows, "tanh", &DigitsRow::op);
    row.call = [slope](std::span<const Tensor> x) {
      return Tensor(record("wrong", {x[0]}, {tanh(stop_gradient(x[0]))}, keep::input(0),
                           [slope](const Node& n, const Cotangents& g) { return Tensors{g[0] * slope(n.input(0))}; }));
    };
    return worst_digits(row, DType::f64);
  };
  CHECK(worst([](const Tensor& x) { return 1 - tanh(x) * tanh(x); }).first > 1e6);
  const Ulp careful = worst([](const Tensor& x) { return 4 * sigmoid(x * 2) * sigmoid(x * -2); });
  CHECK(careful.first <= 8);
  CHECK(careful.second > 1e6);  // near 0 the two terms of its derivative cancel
}

}  // namespace
}  // namespace logitape::tests
