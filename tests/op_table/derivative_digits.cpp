// How the table of derivative digits is measured, and where its points come from.
#include "tests/op_table/derivative_digits.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "logitape.h"
#include "logitape/core/fmt.h"
#include "tests/support/ulp.h"

namespace logitape::tests {
namespace {

// The inputs of all points, as variables.
template <class T>
std::vector<Tensor> inputs_of(const DigitsRow& row) {
  const auto count = static_cast<std::int64_t>(row.points.size());
  std::vector<Tensor> inputs;
  std::size_t first = 0;
  for (const int width : row.widths) {
    const auto columns = static_cast<std::size_t>(std::max(width, 1));
    std::vector<T> numbers;
    for (const Point& p : row.points)
      for (std::size_t c = 0; c < columns; ++c) numbers.push_back(static_cast<T>(p[first + c]));
    inputs.push_back(variable(from_span(numbers, width == 0 ? Shape{count} : Shape{count, width})));
    first += columns;
  }
  return inputs;
}

// Derivatives of y by every number of every point, y's own cotangents being `seed`: [column][point].
template <class T>
std::vector<std::vector<T>> by_column(const std::vector<Tensor>& gradients, std::size_t points) {
  std::vector<std::vector<T>> columns;
  for (const Tensor& g : gradients) {
    const std::vector<T> all = g.to_vector<T>();
    const std::size_t width = all.size() / points;
    for (std::size_t c = 0; c < width; ++c) {
      columns.emplace_back();
      for (std::size_t p = 0; p < points; ++p) columns.back().push_back(all[p * width + c]);
    }
  }
  return columns;
}

template <class T>
Jets jets_at(const DigitsRow& row, std::size_t point, std::size_t i, std::size_t j) {
  Jets x;
  for (const double number : row.points[point]) x.emplace_back(static_cast<Real>(static_cast<T>(number)));
  x[i].a = x[j].b = 1;
  return x;
}

// The error of one derivative, 0 where the exact one is neither 0 nor a normal number.
template <class T>
double error_of(const DigitsRow& row, int order, T got, Real want, Real largest, double at) {
  using L = std::numeric_limits<T>;
  if (row.of_largest) return largest < L::min() ? 0 : ulp_error<T>(got, want, largest);
  if (want == 0) return std::fabs(got) < L::min() ? 0 : L::infinity();
  if (std::isnan(want)) return L::infinity();
  if (std::fabs(want) < L::min() || std::fabs(want) > L::max()) return 0;
  Real size = 0;
  for (const Cancels& c : row.cancels)
    if (c.order == order && at > c.low && at < c.high) size = c.size;
  return ulp_error<T>(got, want, size);
}

template <class T>
Ulp worst_of(const DigitsRow& row) {
  const std::vector<Tensor> x = inputs_of<T>(row);
  const std::size_t points = row.points.size(), columns = row.points[0].size();
  const Tensor y = row.call(x);
  const auto first = grad(y, x, {.seed = ones_like(y), .create_graph = true, .unreached = Unreached::zero});
  const auto gradients = by_column<T>(first, points);
  std::vector<std::vector<std::vector<T>>> second;  // [column differentiated first][column][point]
  for (const Tensor& g : first) {
    const std::int64_t width = g.rank() == 1 ? 1 : g.shape()[1];
    for (std::int64_t c = 0; c < width; ++c) {
      const Tensor unit = g.rank() == 1 ? ones_like(g) : broadcast_to(one_hot(tensor(c), width, g.dtype()), g.shape());
      std::vector<Tensor> found;
      if (g.requires_grad()) found = grad(g, x, {.seed = unit, .unreached = Unreached::zero});
      else
        for (const Tensor& in : x) found.push_back(zeros_like(in));
      second.push_back(by_column<T>(found, points));
    }
  }
  Ulp worst{0, 0};
  for (std::size_t p = 0; p < points; ++p) {
    std::vector<std::vector<Jet>> exact(columns, std::vector<Jet>(columns));
    Real largest_first = 0, largest_second = 0;
    for (std::size_t i = 0; i < columns; ++i)
      for (std::size_t j = 0; j < columns; ++j) {
        exact[i][j] = row.exact(jets_at<T>(row, p, i, j));
        largest_first = std::max(largest_first, std::fabs(exact[i][j].a));
        largest_second = std::max(largest_second, std::fabs(exact[i][j].ab));
      }
    if (row.unit) {
      const Real unit = 1 / row.unit(jets_at<T>(row, p, 0, 0));
      largest_first = std::max(largest_first, unit);
      largest_second = std::max(largest_second, unit * unit);
    }
    for (std::size_t i = 0; i < columns; ++i) {
      const double at = row.points[p][i];
      const auto note = [&](double& most, int order, T got, Real want, Real largest) {
        const double error = error_of<T>(row, order, got, want, largest, at);
        if (!(error <= most)) most = error;
      };
      note(worst.first, 1, gradients[i][p], exact[i][i].a, largest_first);
      for (std::size_t j = 0; j < columns; ++j) note(worst.second, 2, second[i][j][p], exact[i][j].ab, largest_second);
    }
  }
  return worst;
}

double rounded_to_64th(double x) { return std::round(x * 64) / 64; }

}  // namespace

Ulp worst_digits(const DigitsRow& row, DType dtype) {
  return dtype == DType::f32 ? worst_of<float>(row) : worst_of<double>(row);
}

void check_digits(const std::vector<DigitsRow>& rows, Ulp goal) {
  for (const DigitsRow& row : rows) {
    const std::string name = row.variant.empty() ? row.op : row.op + " (" + row.variant + ")";
    CAPTURE(name);
    std::string line = "derivatives of " + name + ", in ULP of orders 1 and 2:";
    for (const DType dtype : {DType::f32, DType::f64}) {
      if (row.only_f64 && dtype == DType::f32) continue;
      const Ulp found = worst_digits(row, dtype), bound = dtype == DType::f32 ? row.f32 : row.f64;
      CAPTURE(dtype);
      CHECK(found.first <= bound.first);
      CHECK(found.second <= bound.second);
      line += fmt::format(" {} {:.2f} {:.2f}", dtype, found.first, found.second);
      const bool within =
          bound.first <= goal.first && bound.second <= goal.second && row.cancels.empty() && !row.of_largest;
      CHECK_MESSAGE(within != (*row.exception != 0),
                    "an exception from the goal has a reason, and nothing else has one");
    }
    MESSAGE(line);
  }
}

std::vector<double> uniform_numbers(double low, double high, int count) {
  Generator rng(static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(high + 2000));
  std::vector<double> x;
  for (int i = 0; i < count; ++i) x.push_back(low + rng.next_uniform() * (high - low));
  return x;
}

std::vector<double> numbers_of_every_size(int octaves, int count) {
  Generator rng(static_cast<std::uint64_t>(octaves));
  std::vector<double> x;
  for (int i = 0; i < count; ++i) {
    const double size = std::exp2((rng.next_uniform() * 2 - 1) * octaves);
    x.push_back(i % 2 == 0 ? size : -size);
  }
  return x;
}

std::vector<Point> confident_rows(int classes, const std::vector<double>& gaps) {
  Generator rng(5);
  std::vector<Point> rows;
  for (const double gap : gaps)
    for (int ahead = 0; ahead < classes; ++ahead) {
      Point x;
      for (int c = 0; c < classes; ++c) x.push_back(rounded_to_64th(rng.next_uniform() * 2 + (c == ahead ? gap : 0)));
      rows.push_back(x);
    }
  return rows;
}

std::vector<Point> ordinary_rows(int classes, double low, double high, int count) {
  Generator rng(static_cast<std::uint64_t>(classes * 100 + count));
  std::vector<Point> rows;
  for (int i = 0; i < count; ++i) {
    Point x;
    for (int c = 0; c < classes; ++c) x.push_back(rounded_to_64th(low + rng.next_uniform() * (high - low)));
    rows.push_back(x);
  }
  return rows;
}

std::vector<Point> beside(const std::vector<Point>& a, const std::vector<Point>& b) {
  std::vector<Point> both;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both.push_back(a[i]);
    both.back().insert(both.back().end(), b[i % b.size()].begin(), b[i % b.size()].end());
  }
  return both;
}

}  // namespace logitape::tests
