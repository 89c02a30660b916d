// The gradient checker on every differentiable op of the table: none fails, in f32 and by every method, whatever the
// seed. An ordinary run takes every fifth shape set of the table, counted through all rows (sanitizers: every 300th),
// and says how many; with LOGITAPE_GRADCHECK=all, as in ./tests/run gradcheck, it takes all of them, and three seeds.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string_view>

#include "gradcheck_rows.h"
#include "gradcheck_test.h"
#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "tests/op_table/op_table.h"
#include "tests/support/stride.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

struct Tally {
  std::int64_t seen = 0, checks = 0, elements = 0, unclear = 0;

  // Whether this shape set's turn has come.
  bool takes() { return all_of_them() ? ++seen > 0 : seen++ % static_cast<std::int64_t>(5 * stride) == 0; }
};

void check_row(const Row& row, std::size_t set, DType dtype, const GradcheckOptions& options, Tally& tally) {
  const Function made = function_of(row, set, dtype);
  const GradientReport report = check_gradients(made.f, made.inputs, options);
  INFO(describe(row, row.shapes[set], dtype), "\n", report.str());
  CHECK(report.verdict() != Verdict::fail);
  ++tally.checks;
  tally.elements += report.checked;
  tally.unclear += report.verdict() == Verdict::inconclusive;
}

// x, with a gradient that is off by one part in a million at one element.
Tensor slightly_wrong(const Tensor& x, std::size_t element) {
  std::vector<double> factors(static_cast<std::size_t>(x.size()), 1);
  factors[element] += 1e-6;
  const Tensor f = from_span(factors, x.shape());
  return record("slightly_wrong", {x}, {stop_gradient(x)}, keep::nothing,
                [f](const Node&, const Cotangents& g) { return Tensors{g[0] * f}; });
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("of 200 right functions and more, each with a name of its own, none fails in f64 or f32") {
    std::set<std::string> names, failed;
    std::size_t turn = 0, checks = 0, unclear = 0;
    const auto check = [&](const std::string& what, DType dtype, const TensorFunction& f,
                           std::span<const Tensor> inputs) {
      names.insert(what);
      if (turn++ % stride != 0) return;
      const GradientReport report = check_gradients(f, inputs);
      INFO(what, " in ", std::string(name(dtype)), "\n", report.str());
      CHECK(report.verdict() != Verdict::fail);
      if (report.verdict() == Verdict::fail) failed.insert(what);
      ++checks, unclear += report.verdict() == Verdict::inconclusive;
    };
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const gradcheck_test::Right& r : gradcheck_test::right_functions()) {
        std::vector<Tensor> inputs;
        for (const Tensor& x : r.inputs) inputs.push_back(x.dtype() == DType::f64 ? x.to(dtype) : x);
        check(r.what, dtype, r.f, inputs);
      }
      for (const Row& row : table())
        if (differentiable(row, dtype)) {
          const Function made = function_of(row, small_set(row), dtype);
          check(name(row), dtype, made.f, made.inputs);
        }
    }
    MESSAGE("right functions: ", names.size(), " by name, ", checks, " checks of order 2 in f64 and f32, ",
            failed.size(), " failed, ", unclear, " inconclusive");
    CHECK(names.size() >= 200);
    CHECK(unclear * 50 <= checks + 50);  // in f32 some results are all rounding
  }

  TEST_CASE("every op of the table passes in f32, against differences in f64") {
    Tally tally;
    for (const Row& row : table())
      if (differentiable(row, DType::f32))
        for (std::size_t set = 0; set < row.shapes.size(); ++set)
          if (tally.takes()) check_row(row, set, DType::f32, {}, tally);
    MESSAGE("f32: ", tally.checks, " of ", tally.seen, " checks of order 2, ", tally.elements, " elements, ",
            tally.unclear, " inconclusive");
    CHECK(tally.unclear * 50 <= tally.checks);  // in f32 some results are all rounding
  }

  TEST_CASE("every op of the table passes by every method, for other random seeds") {
    for (std::uint64_t seed = 1; seed <= (all_of_them() ? 3 : 1); ++seed) {
      Tally tally;
      for (const Row& row : table())
        if (differentiable(row, DType::f64))
          for (std::size_t set = 0; set < row.shapes.size(); ++set)
            if (tally.takes()) check_row(row, set, DType::f64, {.methods = CheckMethod::all, .rng_seed = seed}, tally);
      MESSAGE("f64, all methods: ", tally.checks, " of ", tally.seen, " checks of order 2, ", tally.elements,
              " elements, ", tally.unclear, " inconclusive");
      CHECK(tally.unclear * 50 <= tally.checks);  // results that are 0 but for the rounding of what cancels
    }
  }

  TEST_CASE("one part in a million, at one element of one input of any op of the table, is caught in f64") {
    std::int64_t caught = 0, zero = 0;
    Tally tally;
    for (const Row& row : table()) {
      if (!differentiable(row, DType::f64)) continue;
      for (std::size_t set = 0; set < row.shapes.size(); ++set) {
        if (!tally.takes()) continue;
        const Function made = function_of(row, set, DType::f64);
        for (std::size_t i = 0; i < made.inputs.size(); ++i) {
          const Tensor& x = made.inputs[i];
          if (x.dtype() != DType::f64 || x.size() == 0) continue;
          const std::size_t element = (set * 7 + i) % static_cast<std::size_t>(x.size());
          const auto wrong = [&](In at) {
            std::vector<Tensor> inputs(at.begin(), at.end());
            inputs[i] = slightly_wrong(inputs[i], element);
            return made.f(inputs);
          };
          const GradientReport report = check_gradients(wrong, made.inputs, {.order = 1});
          std::vector<Tensor> leaves = made.inputs;
          leaves[i] = variable(x);
          const Tensor y = made.f(leaves);
          const std::vector<double> g =
              grad(y, {leaves[i]}, {.seed = ones(y.shape(), DType::f64), .unreached = Unreached::zero})[0]
                  .to_vector<double>();
          double most = 0;
          for (const double v : g) most = std::max(most, std::fabs(v));
          INFO(describe(row, row.shapes[set], DType::f64), " input ", i, " element ", element, "\n", report.str());
          if (report.verdict() == Verdict::fail) {
            ++caught;
            CHECK(report.failed == 1);
          } else {  // a millionth of a gradient near 0 is no error to see
            ++zero;
            CHECK(std::fabs(g[element]) <= 1e-3 * most);
          }
        }
      }
    }
    MESSAGE("caught: ", caught, ", at elements that are 0 or a thousand times smaller than the largest: ", zero);
  }
}
