// Which elements x[...] takes, and where its gradient goes: written again as loops over positions, as Python defines
// begin:end:step. The op table cannot see it, since both of its kernels are given the same steps.
#include <doctest/doctest.h>

#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using Values = std::vector<double>;
using Positions = std::vector<std::int64_t>;

// Python's: from begin on, as long as end is not reached. Both are counted from the start.
Positions positions_of(const Subscript& at, std::int64_t extent) {
  const auto from_start = [&](const Place& p, std::int64_t otherwise) {
    return !p.value ? otherwise : *p.value < 0 ? *p.value + extent : *p.value;
  };
  if (at.drops) return {from_start(at.range.begin, 0)};
  const std::int64_t step = at.range.step;
  Positions taken;
  const std::int64_t end = from_start(at.range.end, step > 0 ? extent : -1);
  for (std::int64_t i = from_start(at.range.begin, step > 0 ? 0 : extent - 1); step > 0 ? i < end : i > end; i += step)
    taken.push_back(i);
  return taken;
}

Tensor counted(const Shape& shape) { return reshape(arange(shape.size(), DType::f64), shape); }

TEST_CASE("a range takes what Python's does, for every begin, end and step along short axes") {
  int checks = 0;
  for (std::int64_t n = 0; n <= 4; ++n) {
    std::vector<Place> places = {none};
    for (std::int64_t p = -n; p <= n; ++p) places.push_back(p);
    for (const Place& begin : places)
      for (const Place& end : places)
        for (const std::int64_t step : {-5, -3, -2, -1, 1, 2, 3, 5}) {
          if (step < 0 && begin.value == n) continue;  // refused: there is no such element
          const Range r = range(begin, end, step);
          Values want;
          for (const std::int64_t i : positions_of(r, n)) want.push_back(static_cast<double>(i));
          CHECK(counted({n})[r].to_vector<double>() == want);
          ++checks;
        }
  }
  CHECK(checks > 1500);
}

TEST_CASE("subscripts of three axes take every combination of positions, and the gradient goes back there") {
  const std::vector<Subscript> entries = {1, -1, all, range(0, 2), range(none, none, -2), range(2, 0, -1), range(1, 1)};
  const Shape shape{3, 4, 5};
  const Tensor x = variable(counted(shape));
  for (const Subscript& a : entries)
    for (const Subscript& b : entries)
      for (const Subscript& c : entries) {
        const Positions i = positions_of(a, 3), j = positions_of(b, 4), k = positions_of(c, 5);
        Ints extents;
        for (const auto& [at, positions] : {std::pair{a, i}, {b, j}, {c, k}})
          if (!at.drops) extents.push(static_cast<std::int64_t>(positions.size()));
        Values want, into(static_cast<std::size_t>(shape.size()));
        for (const std::int64_t p : i)
          for (const std::int64_t q : j)
            for (const std::int64_t r : k) {
              want.push_back(static_cast<double>((p * 4 + q) * 5 + r));
              into[static_cast<std::size_t>((p * 4 + q) * 5 + r)] =
                  static_cast<double>(want.size());  // its number, from 1
            }
        const Tensor y = x[{a, b, c}];
        CHECK(y.shape() == Shape(extents));
        CHECK(y.to_vector<double>() == want);
        const Tensor numbers = reshape(arange(1, y.size() + 1, 1, DType::f64), Ints(y.shape()));
        CHECK(grad(y, {x}, {.seed = numbers})[0].to_vector<double>() == into);
      }
}

TEST_CASE("fewer subscripts than axes leave the others whole; x[i] is one row's bytes") {
  const Tensor x = counted({3, 4, 5});
  CHECK(x[2].shape() == Shape{4, 5});
  CHECK(x[2].to_vector<double>()[0] == 40);
  CHECK(x[{2, -1}].to_vector<double>() == Values{55, 56, 57, 58, 59});
  CHECK(x[{}].to_vector<double>() == x.to_vector<double>());
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t j = 0; j < 4; ++j) CHECK(x[i][j].to_vector<double>() == x[{i, j}].to_vector<double>());
}

TEST_CASE("a mask takes the slices that are true, over one axis or several, in their order") {
  const Tensor x = counted({2, 3, 2});
  CHECK(x[tensor({false, true})].to_vector<double>() == Values{6, 7, 8, 9, 10, 11});
  const Tensor pairs = x[tensor({{true, false, true}, {false, true, false}})];
  CHECK(pairs.shape() == Shape{3, 2});
  CHECK(pairs.to_vector<double>() == Values{0, 1, 4, 5, 8, 9});
  CHECK(x[x >= 9].to_vector<double>() == Values{9, 10, 11});
  CHECK(x[x < 0].shape() == Shape{0});
  CHECK(counted({0, 3})[full({0}, 1, DType::boolean)].shape() == Shape{0, 3});
}

}  // namespace
}  // namespace logitape::tests
