// Every op of the table passes low parts on: where its inputs move by 1e-20 of themselves, which f64 does not hold, its
// outputs move as its gradients say.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "logitape.h"
#include "logitape/backends/wide/wide.h"
#include "tests/op_table/op_table.h"
#include "tests/support/numbers.h"

using namespace logitape;
using namespace logitape::tests;
using namespace logitape::backends;
using wide::Double2;

namespace {

constexpr double h = 1e-20;

Tensor direction(const Tensor& x, std::uint64_t seed) {
  return from_span(std::span<const double>(numbers<double>(x.size(), seed)), x.shape());
}

struct Moved {
  double wanted = 0, found = 0, size = 0;  // size: of the terms that are added up
  int gradients_differ = 0;                // made within the Evaluation and without
  bool lost = false, tried = false;
};

bool takes_f64(const Row& row) {
  return std::find(row.dtypes.begin(), row.dtypes.end(), DType::f64) != row.dtypes.end();
}

// How many elements differ by more than 1e-10 of the largest: f64's rounding is 1e-16 of what the rules add up.
int difference(const std::vector<Double2>& got, const Tensor& want) {
  const auto* expected = static_cast<const double*>(want.data());
  double largest = 0;
  int differ = 0;
  for (std::size_t i = 0; i < got.size(); ++i) largest = std::max(largest, std::fabs(expected[i]));
  for (std::size_t i = 0; i < got.size(); ++i) differ += !(std::fabs((got[i] - expected[i]).hi) <= 1e-10 * largest);
  return differ;
}

// Along directions d, weighted by w: wanted = sum of d * gradient of (w * y), found = sum of w * (y(x + h*d) - y(x)) /
// h.
Moved moved(const Row& row, std::size_t set) {
  std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, DType::f64), variables;
  std::vector<std::size_t> which;
  for (std::size_t n = 0; n < inputs.size(); ++n)
    if (row.inputs[n].flow == Flow::yes && inputs[n].dtype() == DType::f64) {
      which.push_back(n);
      inputs[n] = variable(inputs[n]);
      variables.push_back(inputs[n]);
    }
  const Tensor y = row.call(inputs);
  Moved result;
  if (y.dtype() != DType::f64 || which.empty()) return result;
  const Tensor w = direction(y, 99);
  const auto gradients = grad(y, variables, {.seed = w, .unreached = Unreached::zero});
  for (std::size_t i = 0; i < which.size(); ++i)
    for (const double term : (gradients[i] * direction(variables[i], i + 1)).to_vector<double>())
      result.wanted += term, result.size += std::fabs(term);

  const wide::Evaluation evaluation;
  const auto again = grad(row.call(inputs), variables, {.seed = w, .unreached = Unreached::zero});
  for (std::size_t i = 0; i < which.size(); ++i)
    result.gradients_differ += difference(evaluation.values(again[i]), gradients[i]);
  const std::vector<Double2> before = evaluation.values(row.call(inputs));
  for (std::size_t i = 0; i < which.size(); ++i) inputs[which[i]] = variables[i] + h * direction(variables[i], i + 1);
  const std::vector<Double2> after = evaluation.values(row.call(inputs));
  const auto* weight = static_cast<const double*>(w.data());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double term = weight[i] * ((after[i] - before[i]).hi / h);
    result.found += term;
    result.size += std::fabs(term);
  }
  result.lost = evaluation.lost();
  result.tried = !before.empty();
  return result;
}

}  // namespace

TEST_CASE("infinities, NaN and numbers at either end of the range give within an Evaluation what they give without") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double odd[] = {infinity, -infinity, NAN, 0.0, -0.0, 1.5, -2, 1e300, -1e300, 1e-310, 5e-324, 40};
  const Shape shapes[] = {{12}, {4, 3}, {12, 1}};
  int checks = 0;
  for (const Row& row : table()) {
    if (row.inputs.size() != 1 || row.inputs[0].domain.kind == Domain::Kind::index || !takes_f64(row)) continue;
    for (const Shape& shape : shapes)
      for (std::size_t turn = 0; turn < std::size(odd); ++turn) {
        std::vector<double> x(std::begin(odd), std::end(odd));
        for (std::size_t i = 0; i < x.size(); ++i)
          if (shape.rank() > 1 && i != turn) x[i] = 1;  // alone in its row
        const std::vector<Tensor> in{from_span(std::span<const double>(x), shape)};
        std::optional<Tensor> plain;
        try {
          plain = row.call(in);
        } catch (const Error&) {  // of another rank
          continue;
        }
        if (plain->dtype() != DType::f64) continue;
        const wide::Evaluation evaluation;
        const std::vector<Double2> got = evaluation.values(row.call(in));
        const auto* want = static_cast<const double*>(plain->data());
        for (std::size_t i = 0; i < got.size(); ++i) {
          INFO(describe(row, {shape}, DType::f64), ", element ", i, ", with ", odd[turn]);
          if (!std::isfinite(want[i])) CHECK((std::isnan(want[i]) ? isnan(got[i]) : got[i] == want[i]));
          else CHECK(std::fabs(got[i].hi - want[i]) <= 1e-9 * std::fabs(want[i]) + 1e-300);
          ++checks;
        }
      }
  }
  MESSAGE("what is not finite: ", checks, " elements");
}

TEST_CASE("every op of the table moves by what its gradient says where its inputs move by 1e-20") {
  int checks = 0;
  for (const Row& row : table()) {
    if (!takes_f64(row)) continue;
    for (std::size_t set = 0; set < row.shapes.size(); ++set) {
      INFO(describe(row, row.shapes[set], DType::f64));
      const Moved m = moved(row, set);
      CHECK_FALSE(m.lost);
      CHECK(m.gradients_differ == 0);
      // gradients are f64's; differences hold 1e-32/h = 1e-12 of values a hundred times the size of the moves
      CHECK(std::fabs(m.found - m.wanted) <= 1e-10 * m.size);
      checks += m.tried;
    }
  }
  MESSAGE("low parts: ", checks, " shape sets");
}
