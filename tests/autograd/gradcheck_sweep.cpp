// Every op of the table, at points where checks go wrong, under rules that are right or wrong in a known way. A wrong
// rule never passes, a right one never fails, and at ordinary points hardly any check stays without an answer.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string_view>

#include "gradcheck_places.h"
#include "gradcheck_rows.h"
#include "gradcheck_test.h"
#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/core/error.h"
#include "tests/op_table/op_table.h"
#include "tests/support/stride.h"

using namespace logitape;
using namespace logitape::tests;
using namespace gradcheck_test;

namespace {

// Whether the planted error changes a number: at an element whose derivative is not 0, for one cotangent or another.
bool matters(const Function& f, std::size_t input, const Fault& error) {
  std::vector<Tensor> leaves = f.inputs;
  leaves[input] = variable(leaves[input]);
  const Tensor y = f.f(leaves);
  for (const std::uint64_t seed : {21u, 22u}) {
    const Tensor s = random_of(y.shape(), 0.5, 1.5, seed).to(y.dtype());
    const auto g = grad(y, {leaves[input]}, {.seed = s, .unreached = Unreached::zero})[0].to_vector<double>();
    for (std::size_t e = 0; e < g.size(); ++e)
      if (std::isnormal(g[e]) && error.factor(e, g.size()) != 1) return true;
  }
  return false;
}

struct Count {
  int pass = 0, fail = 0, unclear = 0, aside = 0;
};
using Counts = std::map<std::string, std::array<Count, std::size(faults)>>;

void print(const char* title, const Counts& counts) {
  std::string text = title;
  for (const Fault& e : faults) text += std::string(" | ") + e.what;
  for (const auto& [what, row] : counts) {
    text += "\n  " + what + ": ";
    for (const Count& c : row)
      text += " | " + std::to_string(c.pass) + " " + std::to_string(c.fail) + " " + std::to_string(c.unclear);
  }
  MESSAGE(text);
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("a sweep of every op, at points of six kinds, under eight rules: no wrong one passes, no right one fails") {
    Counts by_place, by_op;
    int ordinary = 0, ordinary_unclear = 0, checks = 0;
    std::size_t turn = 0;
    for (const Row& row : table()) {
      if (!differentiable(row, DType::f64)) continue;
      for (const Place& place : places)
        for (std::size_t which = 0; which < std::size(faults); ++which) {
          if (turn++ % (all_of_them() ? 1 : 7 * stride) != 0) continue;
          const Fault& error = faults[which];
          Function f = function_of(row, small_set(row), DType::f64);
          std::size_t input = f.inputs.size();
          for (std::size_t i = 0; i < f.inputs.size(); ++i)
            if (f.inputs[i].dtype() == DType::f64) {
              f.inputs[i] = moved(f.inputs[i], place);
              if (f.inputs[i].size() > 0 && (input == f.inputs.size() || turn % 2 == 0)) input = i;
            }
          if (input == f.inputs.size()) continue;
          GradientReport report;
          bool counts = true;
          try {
            if (which != 0) counts = matters(f, input, error);
            report = check_gradients(which == 0 ? f.f : with_fault(f.f, input, error), f.inputs,
                                     {.order = which == 0 ? 2 : 1});
          } catch (const Error&) {
            continue;  // the op refuses such numbers
          }
          if (!counts) continue;
          INFO(describe(row, row.shapes[small_set(row)], DType::f64), " at ", std::string(place.what),
               " points, input ", input, " times ", std::string(error.what), "\n", report.str());
          const Verdict v = report.verdict();
          for (Count* c : {&by_place[place.what][which], &by_op[row.op][which]}) {
            c->pass += v == Verdict::pass;
            c->fail += v == Verdict::fail;
            c->unclear += v == Verdict::inconclusive;
          }
          if (which == 0)
            CHECK((v != Verdict::fail ||
                   !std::isfinite(report.worst.analytic)));  // a derivative that overflows is not right
          else if (report.kinks == 0) CHECK(v != Verdict::pass);
          ++checks;
          if (&place == places) ++ordinary, ordinary_unclear += v == Verdict::inconclusive;
        }
    }
    print("pass, fail, inconclusive by kind of point", by_place);
    if (all_of_them()) print("pass, fail, inconclusive by op", by_op);
    MESSAGE(checks, " checks; at ordinary points ", ordinary_unclear, " of ", ordinary, " are inconclusive");
    CHECK(ordinary_unclear * 50 <= ordinary);
  }
}
