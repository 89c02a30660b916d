// Rows of ops/index.h. Index inputs take every index dtype in turn, one a shape set.
#include "logitape/ops/index.h"

#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
void add_index(std::vector<Row>& rows) {
  const auto pick = [&](const char* op, const char* variant, int axis, std::function<Tensor(In)> call,
                        std::vector<Shapes> shapes, Shapes large) {
    rows.push_back({op,
                    variant,
                    std::move(call),
                    {{}, constant(index_of(0, axis))},
                    std::move(shapes),
                    std::move(large),
                    same_bits(),
                    every_dtype()});
  };
  pick("gather", "axis 0", 0, [](In x) { return gather(x[0], x[1]); },
       {{{7}, {3}}, {{1}, {}}, {{3, 2}, {5}}, {{3, 0}, {2}}, {{2, 3}, {0}}, {{0, 3}, {0}}, {{3, 2, 1}, {2, 2}}},
       {{1031, 257}, {1031}});
  pick("gather", "the last axis", 1, [](In x) { return gather(x[0], x[1], {.axis = -1}); },
       {{{3, 5}, {7}}, {{2, 3}, {2, 2}}, {{1, 1}, {}}, {{0, 2}, {3}}, {{2, 3}, {1, 2, 1}}}, {{521, 31}, {521}});
  pick("take_along_axis", "the last axis", 1, [](In x) { return take_along_axis(x[0], x[1]); },
       {{{3, 5}, {3, 2}}, {{2, 1}, {2, 7}}, {{0, 3}, {0, 2}}, {{2, 3}, {2, 0}}, {{3, 2}, {3, 1}}},
       {{521, 31}, {521, 521}});
  pick("take_along_axis", "axis 0", 0, [](In x) { return take_along_axis(x[0], x[1], {.axis = 0}); },
       {{{5}, {3}}, {{3, 2}, {5, 2}}, {{2, 1, 3, 1, 2}, {3, 1, 3, 1, 2}}, {{1, 3}, {0, 3}}}, {{31, 521}, {521, 521}});
  pick("gather", "axis 1 alone", 1, [](In x) { return gather(x[0], x[1], 1); }, {{{3, 5}, {7}}, {{2, 3}, {2, 2}}},
       {{521, 31}, {521}});
  pick("take_along_axis", "axis 0 alone", 0, [](In x) { return take_along_axis(x[0], x[1], 0); },
       {{{5}, {3}}, {{3, 2}, {5, 2}}}, {{31, 521}, {521, 521}});

  using logitape::all, logitape::range, logitape::columns;
  const auto part = [&](const char* op, const char* variant, std::function<Tensor(In)> call, std::vector<Shapes> shapes,
                        Shapes large) {
    rows.push_back(
        {op, variant, std::move(call), {{}}, std::move(shapes), std::move(large), same_bits(), every_dtype()});
  };
  part("index", "a position", [](In x) { return index(x[0], {-1}); },
       {{{1}}, {{7}}, {{3, 5}}, {{2, 0, 3}}, {{2, 1, 3, 1, 2}}}, {{3, 521, 509}});
  part("index", "a position of the last axis",
       [](In x) {
         return x[0][{all, 1}];
       },
       {{{3, 2}}, {{0, 3}}, {{2, 3, 4}}}, {{521, 3, 509}});
  part("index", "a range", [](In x) { return x[0][range(1, -1)]; }, {{{2}}, {{7}}, {{3, 5}}, {{4, 0}}, {{3, 1, 2}}},
       {large_matrix});
  part("index", "every second, of both axes",
       [](In x) {
         return index(x[0], {range(none, none, 2), range(1, none, 2)});
       },
       {{{1, 1}}, {{2, 3}}, {{5, 4}}, {{4, 5, 2}}, {{0, 3}}}, {{1031, 1021}});
  part("index", "back to front", [](In x) { return x[0][range(none, none, -1)]; },
       {{{0}}, {{1}}, {{7}}, {{3, 5}}, {{2, 3, 2}}}, {large_matrix});
  part("index", "by -3, a position and a range",
       [](In x) {
         return x[0][{range(-1, none, -3), 0, range(0, 2)}];
       },
       {{{1, 1, 2}}, {{4, 2, 3}}, {{7, 1, 2, 2}}}, {{1031, 2, 521}});
  part("index", "a span",
       [](In x) { return index(x[0], std::vector<Subscript>(static_cast<std::size_t>(x[0].rank()), range(0, none))); },
       unary_shapes(), {large_matrix});
  part("index", "nothing of it", [](In x) { return x[0][range(1, 1)]; }, {{{1}}, {{3, 2}}}, {large_matrix});
  part("rows", "", [](In x) { return logitape::rows(x[0], 1, -1); }, {{{2}}, {{3, 5}}, {{4, 2, 2}}}, {large_matrix});
  part("columns", "", [](In x) { return columns(x[0], -2, none); }, {{{1, 2}}, {{3, 5}}, {{2, 3, 2}}, {{0, 4}}},
       {large_matrix});
  const auto mask = [&](const char* variant, std::vector<Shapes> shapes, Shapes large) {
    rows.push_back({"boolean_mask",
                    variant,
                    [](In x) { return boolean_mask(x[0], x[1]); },
                    {{}, constant(truth())},
                    std::move(shapes),
                    std::move(large),
                    same_bits(),
                    every_dtype()});
  };
  mask("rows", {{{7}, {7}}, {{5, 2}, {5}}, {{0, 3}, {0}}, {{3, 2, 2}, {3}}, {{2}, {}}}, {{521, 509}, {521}});
  mask("elements", {{{3, 5}, {3, 5}}, {{2, 3, 2}, {2, 3}}, {{}, {}}}, {large_matrix, large_matrix});

  const Tolerance seven{0, 7, 0,
                        "each update rounds once, in the order of the indices; f64: long double may round up to 7 of "
                        "them to the other side"};
  const auto scatter = [&](const char* op, const char* variant, int axis, std::function<Tensor(In)> call,
                           std::vector<Shapes> shapes, Shapes large) {
    rows.push_back({op,
                    variant,
                    std::move(call),
                    {{between(0.5, 2)}, constant(index_of(0, axis)), {between(0.5, 2)}},
                    std::move(shapes),
                    std::move(large),
                    seven,
                    floating_dtypes()});
  };
  scatter("scatter_add", "axis 0", 0, [](In x) { return scatter_add(x[0], x[1], x[2]); },
          {{{7}, {3}, {3}},
           {{1}, {}, {}},
           {{3, 2}, {5}, {5, 2}},
           {{3, 0}, {2}, {2, 0}},
           {{2, 3}, {0}, {0, 3}},
           {{2, 3}, {2, 2}, {2, 2, 3}}},
          {{1031, 257}, {1031}, {1031, 257}});
  scatter("scatter_add", "the last axis", 1, [](In x) { return scatter_add(x[0], x[1], x[2], {.axis = -1}); },
          {{{3, 5}, {7}, {3, 7}}, {{2, 3}, {}, {2}}, {{0, 2}, {3}, {0, 3}}}, {{521, 1031}, {521}, {521, 521}});
  scatter("scatter_add_along_axis", "the last axis", 1, [](In x) { return scatter_add_along_axis(x[0], x[1], x[2]); },
          {{{3, 5}, {3, 2}, {3, 2}}, {{2, 1}, {2, 7}, {2, 7}}, {{0, 3}, {0, 2}, {0, 2}}, {{2, 3}, {2, 0}, {2, 0}}},
          {{521, 1031}, {521, 521}, {521, 521}});
  scatter("scatter_add_along_axis", "axis 0", 0,
          [](In x) { return scatter_add_along_axis(x[0], x[1], x[2], {.axis = 0}); },
          {{{5}, {3}, {3}}, {{3, 2}, {5, 2}, {5, 2}}, {{2, 1, 3, 1, 2}, {3, 1, 3, 1, 2}, {3, 1, 3, 1, 2}}},
          {{1031, 521}, {521, 521}, {521, 521}});
  scatter("scatter_add", "axis 1 alone", 1, [](In x) { return scatter_add(x[0], x[1], x[2], 1); },
          {{{3, 5}, {7}, {3, 7}}}, {{521, 1031}, {521}, {521, 521}});
  scatter("scatter_add_along_axis", "axis 0 alone", 0, [](In x) { return scatter_add_along_axis(x[0], x[1], x[2], 0); },
          {{{3, 2}, {5, 2}, {5, 2}}}, {{1031, 521}, {521, 521}, {521, 521}});

  for (const DType dtype : every_dtype())
    rows.push_back({"one_hot",
                    "into " + std::string(name(dtype)),
                    [dtype](In x) { return one_hot(x[0], 7, dtype); },
                    {constant(index_below(7))},
                    {{{}}, {{0}}, {{1}}, {{5}}, {{3, 2}}, {{2, 1, 3}}},
                    {{191, 211}},
                    same_bits(),
                    {DType::f32}});
}

}  // namespace logitape::tests
