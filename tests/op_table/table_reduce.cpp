// Rows of ops/reduce.h and ops/softmax.h: which axes, by name or alone, and what of no elements is left.
#include "logitape/ops/reduce.h"

#include "logitape/ops/softmax.h"
#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

struct Over {
  const char* name;
  ReduceOptions options;
  std::vector<Shapes> shapes;
  std::vector<Shapes> empty;  // the reduced axes have no elements: sum and norm take them
  Shape wide;                 // several vectors and a tail; more elements than distinct() keeps apart
};

// Shapes of two axes or more, for axes {0, 1} that stand alone.
std::vector<Shapes> of_two_axes() { return {{{1, 1}}, {{3, 5}}, {{2, 3, 2}}, {{3, 1, 2}}}; }

// long: a table
void add_reductions(std::vector<Row>& rows) {
  const Over overs[] = {
      {"all", {}, {{{}}, {{1}}, {{7}}, {{3, 5}}, {{2, 1, 3, 1, 2}}}, {{{0}}, {{2, 0, 3}}}, {11, 13}},
      {"axes {0}", {.axes = {0}}, {{{7}}, {{1, 3}}, {{3, 5}}, {{2, 0}}, {{3, 1, 2}}}, {{{0}}, {{0, 3}}}, {13, 11}},
      {"axes {-1}, keep_dims",
       {.axes = {-1}, .keep_dims = true},
       {{{7}}, {{3, 1}}, {{3, 5}}, {{0, 2}}, {{2, 1, 2, 1, 3}}},
       {{{0}}, {{3, 0}}},
       {3, 37}},
      {"axes {1, 2}", {.axes = {1, 2}}, {{{2, 3, 1}}, {{2, 1, 2, 3}}, {{0, 3, 1}}}, {{{2, 0, 3}}}, {3, 7, 5}},
      {"axes {2, 0}, keep_dims",
       {.axes = {2, 0}, .keep_dims = true},
       {{{2, 3, 2}}, {{1, 5, 3}}, {{2, 0, 1}}, {{2, 1, 3, 1, 2}}},
       {{{0, 3, 2}}},
       {7, 3, 5}},
  };
  struct Kind {
    const char* op;
    Tensor (*call)(const Tensor&, const ReduceOptions&);
    Tensor (*alone)(const Tensor&, const Axes&);
    Domain domain;
    Tolerance tolerance;
    bool takes_none = false;
  };
  const char* sums = "the bound of the sum kernel (tests/kernels/reduce.cpp), all terms positive";
  const Kind kinds[] = {
      {"sum", sum, sum, between(0.5, 2), {1, 4.5, 0, sums}, true},
      {"mean", mean, mean, between(0.5, 2), {1, 5.5, 0, "sum, and one rounding of the scale"}},
      {"max", max, max, distinct(), same_bits()},
      {"min", min, min, distinct(), same_bits()},
      {"logsumexp",
       logsumexp,
       logsumexp,
       between(1, 4),
       {1.5, 2.5, 0, "the kernel's own bound (tests/kernels/reduce.cpp), where its two terms do not cancel"}},
      {"norm",
       norm,
       nullptr,
       between(0.5, 2),
       {1, 5, 0, "f64 throughout: half of what the squares and their sum lose, and a quotient, a root and a product"},
       true},
  };
  for (const Kind& k : kinds) {
    for (const Over& a : overs) {
      std::vector<Shapes> shapes = a.shapes;
      if (k.takes_none) shapes.insert(shapes.end(), a.empty.begin(), a.empty.end());
      if (k.domain.kind != Domain::Kind::distinct) shapes.push_back({a.wide});
      const int rank = a.options.axes.count() == 2 ? 3 : 2;
      rows.push_back({k.op,
                      a.name,
                      [call = k.call, options = a.options](In x) { return call(x[0], options); },
                      {{k.domain}},
                      shapes,
                      {rank == 3 ? Shape{67, 61, 71} : large_matrix},
                      k.tolerance,
                      floating_dtypes()});
    }
    if (k.alone)
      rows.push_back({k.op,
                      "axes {0, 1} alone",
                      [call = k.alone](In x) {
                        return call(x[0], {0, 1});
                      },
                      {{k.domain}},
                      of_two_axes(),
                      {large_matrix},
                      k.tolerance,
                      floating_dtypes()});
  }
}

void add_spreads(std::vector<Row>& rows) {
  const char* squares = "f64 throughout: rounded differences, squared, and their mean";
  const auto along = [&](const char* variant, const VarianceOptions& options, const std::vector<Shapes>& shapes) {
    rows.push_back({"variance",
                    variant,
                    [options](In x) { return variance(x[0], options); },
                    {{distinct()}},
                    shapes,
                    {large_matrix},
                    {1, 8, 0, squares},
                    floating_dtypes()});
    rows.push_back({"standard_deviation",
                    variant,
                    [options](In x) { return standard_deviation(x[0], options); },
                    {{distinct()}},
                    shapes,
                    {large_matrix},
                    {1, 8, 0, squares},
                    floating_dtypes()});
  };
  // of two elements the deviation is linear: 0 is its second derivative, which differences cannot tell from its
  // rounding
  along("all", {}, {{{}}, {{1}}, {{4}}, {{7}}, {{3, 5}}, {{2, 1, 3, 1, 2}}});
  along("axes {0}, keep_dims", {.axes = {0}, .keep_dims = true}, {{{5}}, {{3, 2}}, {{3, 0}}, {{4, 3, 1}}});
  along("axes {-1}, correction 1", {.axes = {-1}, .correction = 1}, {{{4}}, {{3, 5}}, {{0, 2}}, {{2, 1, 3}}});
  rows.push_back({"variance",
                  "axes {0, 1} alone",
                  [](In x) {
                    return variance(x[0], {0, 1});
                  },
                  {{distinct()}},
                  of_two_axes(),
                  {large_matrix},
                  {1, 8, 0, squares},
                  floating_dtypes()});
  rows.push_back({"standard_deviation",
                  "axes {0, 1} alone",
                  [](In x) {
                    return standard_deviation(x[0], {0, 1});
                  },
                  {{distinct()}},
                  of_two_axes(),
                  {large_matrix},
                  {1, 8, 0, squares},
                  floating_dtypes()});
}

// Of integers and booleans, which no gradient enters.
void add_counts(std::vector<Row>& rows) {
  const std::vector<Shapes> some = {{{1}}, {{7}}, {{3, 5}}, {{2, 1, 3, 1, 2}}}, none = {{{0}}, {{2, 0, 3}}};
  std::vector<Shapes> any = some;
  any.insert(any.end(), none.begin(), none.end());
  const auto add = [&](const std::string& op, const std::string& of, const Input& in,
                       std::function<Tensor(const Tensor&)> call, const std::vector<Shapes>& shapes,
                       const Tolerance& tolerance = same_bits()) {
    rows.push_back(
        {op, of, [call = std::move(call)](In x) { return call(x[0]); }, {in}, shapes, {large_matrix}, tolerance});
  };
  for (const DType dtype : every_dtype()) {
    if (is_floating(dtype)) continue;
    const Input in{dtype == DType::boolean ? truth()
                   : dtype == DType::u8    ? between(0, 255)
                                           : between(-120, 120),
                   Flow::none, dtype};
    const std::string of = "of " + std::string(name(dtype));
    add(
        "sum", of, in, [](const Tensor& x) { return sum(x); }, any);
    add(
        "sum", of + ", axis 0", in, [](const Tensor& x) { return sum(x, 0); }, any);
    add("mean", of, in, [](const Tensor& x) { return mean(x, -1); }, some, {1, 1, 0, "f64, rounded to f32"});
    add(
        "max", of, in, [](const Tensor& x) { return max(x); }, some);
    add(
        "max", of + ", axis 0", in, [](const Tensor& x) { return max(x, 0); }, some);
    add(
        "min", of, in, [](const Tensor& x) { return min(x); }, some);
    add(
        "min", of + ", axis 0", in, [](const Tensor& x) { return min(x, 0); }, some);
    add(
        "argmax", of, in, [](const Tensor& x) { return argmax(x, -1); }, some);
    add(
        "argmin", of, in, [](const Tensor& x) { return argmin(x, 0); }, some);
  }
  struct Of {
    const char* op;
    Tensor (*call)(const Tensor&, const ReduceOptions&);
    Tensor (*alone)(const Tensor&, const Axes&);
  };
  const Of of_booleans[] = {{"count", count, count}, {"any", logitape::any, logitape::any}, {"all", all, all}};
  for (const Of& of : of_booleans) {
    add(
        of.op, "all", constant(truth()), [call = of.call](const Tensor& x) { return call(x, {}); }, any);
    add(
        of.op, "the last axis, keep_dims", constant(truth()),
        [call = of.call](const Tensor& x) { return call(x, {.axes = -1, .keep_dims = true}); }, any);
    add(
        of.op, "axes {0, 1} alone", constant(truth()),
        [call = of.alone](const Tensor& x) {
          return call(x, {0, 1});
        },
        of_two_axes());
  }
}

}  // namespace

// long: a table
void add_reduce(std::vector<Row>& rows) {
  add_reductions(rows);
  add_spreads(rows);
  add_counts(rows);
  using Arg = Tensor (*)(const Tensor&, const ArgmaxOptions&);
  const auto first = [&](const char* op, Arg call) {
    rows.push_back({op,
                    "the last axis",
                    [call](In x) { return call(x[0], {.axis = -1}); },
                    {constant(distinct())},
                    {{{1}}, {{7}}, {{0, 3}}, {{3, 5}}, {{2, 1, 3, 1, 2}}},
                    {large_matrix},
                    same_bits(),
                    floating_dtypes()});
    rows.push_back({op,
                    "axis 0, keep_dims",
                    [call](In x) { return call(x[0], {.axis = 0, .keep_dims = true}); },
                    {constant(distinct())},
                    {{{1}}, {{5}}, {{3, 0}}, {{3, 5}}, {{2, 3, 2}}},
                    {large_matrix},
                    same_bits(),
                    floating_dtypes()});
  };
  first("argmax", argmax);
  first("argmin", argmin);
  rows.push_back({"argmax",
                  "axis 0 alone",
                  [](In x) { return argmax(x[0], 0); },
                  {constant(distinct())},
                  {{{1}}, {{3, 5}}},
                  {large_matrix},
                  same_bits(),
                  floating_dtypes()});
  rows.push_back({"argmin",
                  "axis 0 alone",
                  [](In x) { return argmin(x[0], 0); },
                  {constant(distinct())},
                  {{{1}}, {{3, 5}}},
                  {large_matrix},
                  same_bits(),
                  floating_dtypes()});

  const Tolerance four = within(4, "the header's own bound, at most 4 ULP");
  using Softmax = Tensor (*)(const Tensor&, const SoftmaxOptions&);
  const auto soft = [&](const char* op, Softmax call) {
    const auto along = [&](const char* variant, std::int64_t axis, std::vector<Shapes> shapes, Shape large) {
      rows.push_back({op,
                      variant,
                      [call, axis](In x) { return call(x[0], {.axis = axis}); },
                      {{between(-4, 4)}},
                      std::move(shapes),
                      {std::move(large)},
                      four});
    };
    along("the last axis", -1, {{{1}}, {{7}}, {{0, 3}}, {{3, 5}}, {{2, 1, 2, 1, 3}}, {{3, 37}}}, large_matrix);
    along("axis 0", 0, {{{1}}, {{5}}, {{3, 0}}, {{3, 2}}, {{2, 1, 3}}, {{5, 19}}}, large_matrix);
    along("axis 1", 1, {{{2, 3, 2}}, {{1, 5, 1}}, {{3, 1}}, {{0, 2, 3}}}, {67, 61, 71});
  };
  soft("softmax", softmax);
  soft("log_softmax", log_softmax);
  rows.push_back({"softmax",
                  "axis 1 alone",
                  [](In x) { return softmax(x[0], 1); },
                  {{between(-4, 4)}},
                  {{{3, 5}}, {{2, 3, 2}}},
                  {large_matrix},
                  four});
  rows.push_back({"log_softmax",
                  "axis 1 alone",
                  [](In x) { return log_softmax(x[0], 1); },
                  {{between(-4, 4)}},
                  {{{3, 5}}, {{2, 3, 2}}},
                  {large_matrix},
                  four});
}

}  // namespace logitape::tests
