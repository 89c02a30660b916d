// One table of how many digits each op's first and second derivatives have, against jets: a row an op at least, and
// every differentiable op of the op table is in it or among those whose rules only move, add and multiply numbers. A
// row's inputs are matrices of as many rows as there are points, so that one call differentiates at all of them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "tests/op_table/jet.h"

namespace logitape::tests {

// Where the derivatives of an order pass through 0, and their terms do not: for x in (low, high), errors count in ULP
// of `size`.
struct Cancels {
  int order;
  double low, high;
  Real size;
};

struct Ulp {
  double first, second;
};
constexpr Ulp functions_goal{4, 16}, rows_goal{16, 16};

using Point = std::vector<double>;  // the numbers of one row of every input, one input after the other

struct DigitsRow {
  std::string op;       // as in the op table
  std::string variant;  // what is special about the call or the points
  std::function<Tensor(std::span<const Tensor>)> call;
  std::function<Jet(const Jets&)> exact;  // of one point; the sum of the call's results for it
  std::vector<int> widths;                // columns of each input; 0: a vector, one number a point
  std::vector<Point> points;              // rounded to the dtype before use
  Ulp f32, f64;
  const char* exception = "";         // why one of them is above the goal
  std::vector<Cancels> cancels = {};  // of functions of one number
  bool of_largest = false;  // in ULP of the point's largest derivative of that order: terms of either sign add up
  // or of 1/this to the power of the order, where that is larger: all derivatives of a point may be nearly 0
  std::function<Real(const Jets&)> unit = {};
  bool only_f64 = false;  // the points are beyond f32
};

// The worst errors in ULP over all points at which the exact derivative is a normal number of the dtype.
Ulp worst_digits(const DigitsRow& row, DType dtype);
void check_digits(const std::vector<DigitsRow>& rows, Ulp goal);  // prints a line a row

std::vector<DigitsRow> function_digits();
std::vector<DigitsRow> arithmetic_digits();
std::vector<DigitsRow> softmax_digits();
std::vector<DigitsRow> loss_digits();
std::vector<DigitsRow> norm_digits();
std::vector<DigitsRow> linear_algebra_digits();

// Numbers for points: uniform in [low, high], and of every size from 2^-octaves to 2^octaves, of either sign.
std::vector<double> uniform_numbers(double low, double high, int count);
std::vector<double> numbers_of_every_size(int octaves, int count);

// Rows of `classes` logits, multiples of 1/64, so that their differences are whole in f64 and nearly always in f32: one
// class is ahead of the others by each gap in turn, or behind them.
std::vector<Point> confident_rows(int classes, const std::vector<double>& gaps);
std::vector<Point> ordinary_rows(int classes, double low, double high, int count);
// Every point of a followed by one of b, in turn.
std::vector<Point> beside(const std::vector<Point>& a, const std::vector<Point>& b);

}  // namespace logitape::tests
