// Rows of ops/reduce.h and ops/softmax.h: which axes, and what of no elements is left.
#include "logitape/ops/reduce.h"

#include "logitape/ops/softmax.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.
// clang-format off

namespace logitape::tests {
namespace {

struct Axes {
  const char* name;
  ReduceOptions options;
  std::vector<Shapes> shapes;
  std::vector<Shapes> empty;  // the reduced axes have no elements: sum alone takes them
  Shape wide;                 // several vectors and a tail; more elements than distinct() keeps apart
};

}  // namespace

void add_reduce(std::vector<Row>& rows) {
  const Axes axes[] = {
      {"all", {}, {{{}}, {{1}}, {{7}}, {{3, 5}}, {{2, 1, 3, 1, 2}}}, {{{0}}, {{2, 0, 3}}}, {11, 13}},
      {"axes {0}", {.axes = {0}}, {{{7}}, {{1, 3}}, {{3, 5}}, {{2, 0}}, {{3, 1, 2}}}, {{{0}}, {{0, 3}}}, {13, 11}},
      {"axes {-1}, keep_dims", {.axes = {-1}, .keep_dims = true}, {{{7}}, {{3, 1}}, {{3, 5}}, {{0, 2}}, {{2, 1, 2, 1, 3}}}, {{{0}}, {{3, 0}}}, {3, 37}},
      {"axes {1, 2}", {.axes = {1, 2}}, {{{2, 3, 1}}, {{2, 1, 2, 3}}, {{0, 3, 1}}}, {{{2, 0, 3}}}, {3, 7, 5}},
      {"axes {2, 0}, keep_dims", {.axes = {2, 0}, .keep_dims = true}, {{{2, 3, 2}}, {{1, 5, 3}}, {{2, 0, 1}}, {{2, 1, 3, 1, 2}}}, {{{0, 3, 2}}}, {7, 3, 5}},
  };
  using Reduction = Tensor (*)(const Tensor&, const ReduceOptions&);
  struct Kind {
    const char* op;
    Reduction call;
    Domain domain;
    Tolerance tolerance;
  };
  const char* sums = "the bound of the sum kernel (tests/kernels/reduce.cpp), all terms positive";
  const Kind kinds[] = {
      {"sum", sum, between(0.5, 2), {1, 4.5, 0, sums}},
      {"mean", mean, between(0.5, 2), {1, 5.5, 0, "sum, and one rounding of the scale"}},
      {"max", max, distinct(), same_bits()},
      {"min", min, distinct(), same_bits()},
      {"logsumexp", logsumexp, between(1, 4), {1.5, 2.5, 0, "the kernel's own bound (tests/kernels/reduce.cpp), where its two terms do not cancel"}},
  };
  for (const Kind& k : kinds)
    for (const Axes& a : axes) {
      std::vector<Shapes> shapes = a.shapes;
      if (std::string(k.op) == "sum") shapes.insert(shapes.end(), a.empty.begin(), a.empty.end());
      if (k.domain.kind != Domain::Kind::distinct) shapes.push_back({a.wide});
      const int rank = a.options.axes.count() == 2 ? 3 : 2;
      rows.push_back({k.op, a.name, [call = k.call, options = a.options](In x) { return call(x[0], options); }, {{k.domain}}, shapes,
                      {rank == 3 ? Shape{67, 61, 71} : large_matrix}, k.tolerance});
    }
  rows.push_back({"argmax", "the last axis", [](In x) { return argmax(x[0]); }, {constant(distinct())}, {{{1}}, {{7}}, {{0, 3}}, {{3, 5}}, {{2, 1, 3, 1, 2}}}, {large_matrix}});
  rows.push_back({"argmax", "axis 0, keep_dims", [](In x) { return argmax(x[0], {.axis = 0, .keep_dims = true}); }, {constant(distinct())}, {{{1}}, {{5}}, {{3, 0}}, {{3, 5}}, {{2, 3, 2}}}, {large_matrix}});

  const Tolerance four = within(4, "the header's own bound, at most 4 ULP");
  using Softmax = Tensor (*)(const Tensor&, const SoftmaxOptions&);
  const auto soft = [&](const char* op, Softmax call) {
    const auto along = [&](const char* variant, std::int64_t axis, std::vector<Shapes> shapes, Shape large) {
      rows.push_back({op, variant, [call, axis](In x) { return call(x[0], {.axis = axis}); }, {{between(-4, 4)}}, std::move(shapes), {std::move(large)}, four});
    };
    along("the last axis", -1, {{{1}}, {{7}}, {{0, 3}}, {{3, 5}}, {{2, 1, 2, 1, 3}}, {{3, 37}}}, large_matrix);
    along("axis 0", 0, {{{1}}, {{5}}, {{3, 0}}, {{3, 2}}, {{2, 1, 3}}, {{5, 19}}}, large_matrix);
    along("axis 1", 1, {{{2, 3, 2}}, {{1, 5, 1}}, {{3, 1}}, {{0, 2, 3}}}, {67, 61, 71});
  };
  soft("softmax", softmax);
  soft("log_softmax", log_softmax);
}

}  // namespace logitape::tests
