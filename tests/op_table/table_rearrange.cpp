// Rows of ops/rearrange.h: every dtype, and the same bytes out as in.
#include "logitape/ops/rearrange.h"

#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {
namespace {

// The axes back to front.
Ints reversed(int rank) {
  Ints order;
  for (int r = rank - 1; r >= 0; --r) order.push(r);
  return order;
}

Ints all(int rank, std::int64_t value) {
  Ints list;
  for (int r = 0; r < rank; ++r) list.push(value);
  return list;
}

}  // namespace

// long: a table
void add_rearrange(std::vector<Row>& rows) {
  const auto one = [&](const char* op, const char* variant, std::function<Tensor(In)> call, std::vector<Shapes> shapes,
                       Shapes large) {
    rows.push_back(
        {op, variant, std::move(call), {{}}, std::move(shapes), std::move(large), same_bits(), every_dtype()});
  };
  const std::vector<Shapes> matrices = {{{0, 3}}, {{1, 1}}, {{3, 5}}, {{2, 3, 2}}, {{2, 1, 3, 1, 2}}};

  one("reshape", "one axis", [](In x) { return reshape(x[0], {x[0].size()}); }, unary_shapes(), {large_matrix});
  one("reshape", "-1", [](In x) { return reshape(x[0], {1, -1, 1}); }, unary_shapes(), {large_matrix});
  one("flatten", "all axes", [](In x) { return flatten(x[0]); }, unary_shapes(), {large_matrix});
  one("flatten", "all but axis 0", [](In x) { return flatten(x[0], 1); },
      {{{1, 3}}, {{3, 5}}, {{2, 0}}, {{0, 2, 3}}, {{2, 1, 3, 1, 2}}}, {{67, 61, 71}});
  one("squeeze", "all of extent 1", [](In x) { return squeeze(x[0]); }, unary_shapes(), {{521, 1, 509}});
  one("squeeze", "axes {0, -1}",
      [](In x) {
        return squeeze(x[0], {0, -1});
      },
      {{{1, 1}}, {{1, 0, 1}}, {{1, 3, 1}}, {{1, 2, 1, 3, 1}}}, {{1, 521, 509, 1}});
  one("unsqueeze", "axis 0", [](In x) { return unsqueeze(x[0], 0); }, unary_shapes(), {large_matrix});
  one("unsqueeze", "the last axis", [](In x) { return unsqueeze(x[0], -1); }, unary_shapes(), {large_matrix});
  one("permute", "back to front", [](In x) { return permute(x[0], reversed(x[0].rank())); }, unary_shapes(),
      {large_matrix});
  one("permute", "a cycle of three",
      [](In x) {
        return permute(x[0], {1, -1, 0});
      },
      {{{2, 3, 2}}, {{1, 5, 3}}, {{0, 2, 3}}}, {{67, 61, 71}});
  one("transpose", "the last two", [](In x) { return transpose(x[0]); }, matrices, {large_matrix});
  one("transpose", "0 and -1", [](In x) { return transpose(x[0], 0, -1); },
      {{{0}}, {{1}}, {{7}}, {{3, 5}}, {{2, 3, 2}}, {{2, 1, 3, 1, 2}}}, {{67, 61, 71}});
  one("broadcast_to", "two new axes",
      [](In x) {
        Ints wide{2, 3};
        for (const std::int64_t extent : x[0].shape()) wide.push(extent);
        return broadcast_to(x[0], Shape(wide));
      },
      {{{}}, {{0}}, {{1}}, {{7}}, {{3, 2}}, {{2, 1, 3}}}, {{211, 211}});
  one("broadcast_to", "axes of extent 1",
      [](In x) {
        return broadcast_to(x[0], {3, 5, 2});
      },
      {{{1}}, {{2}}, {{5, 1}}, {{3, 1, 2}}, {{1, 5, 1}}}, {{3, 5, 1}});
  one("slice", "the middle",
      [](In x) {
        Ints begin = all(x[0].rank(), 0), size(x[0].shape());
        for (int r = 0; r < x[0].rank(); ++r) {
          begin[r] = x[0].shape()[r] / 3;
          size[r] = (x[0].shape()[r] + 1) / 2;
        }
        return slice(x[0], begin, size);
      },
      unary_shapes(), {{1031, 1031}});
  one("slice", "to the end", [](In x) { return slice(x[0], all(x[0].rank(), 1), all(x[0].rank(), -1)); },
      {{{}}, {{1}}, {{7}}, {{3, 5}}, {{2, 1, 3}}, {{2, 2, 3, 1, 2}}}, {{521, 521}});
  one("pad", "", [](In x) { return pad(x[0], all(x[0].rank(), 1), all(x[0].rank(), 2)); },
      {{{}}, {{0}}, {{1}}, {{7}}, {{2, 0}}, {{3, 5}}, {{1, 2, 1}}}, {large_matrix});
  one("pad", "with a value",
      [](In x) {
        return pad(x[0], {0, 2}, {3, 0}, 1);
      },
      {{{1, 1}}, {{0, 2}}, {{3, 5}}}, {large_matrix});

  const auto parts = [&](const char* op, const char* variant, std::function<Tensor(In)> call,
                         std::vector<Shapes> shapes, Shapes large) {
    const std::vector<Input> inputs(large.size());
    rows.push_back(
        {op, variant, std::move(call), inputs, std::move(shapes), std::move(large), same_bits(), every_dtype()});
  };
  parts("concat", "braces",
        [](In x) {
          return concat({x[0], x[1], x[2]});
        },
        {{{1}, {0}, {3}},
         {{2, 3}, {1, 3}, {5, 3}},
         {{1, 0}, {2, 0}, {0, 0}},
         {{1, 2, 1, 2, 1}, {2, 2, 1, 2, 1}, {0, 2, 1, 2, 1}}},
        {{211, 509}, {103, 509}, {307, 509}});
  parts("concat", "a span, the last axis", [](In x) { return concat(x, -1); },
        {{{1}, {3}}, {{3, 2}, {3, 5}}, {{2, 1, 0}, {2, 1, 3}}}, {{521, 307}, {521, 409}});
  parts("stack", "braces",
        [](In x) {
          return stack({x[0], x[1]});
        },
        {{{}, {}}, {{0}, {0}}, {{7}, {7}}, {{3, 2}, {3, 2}}, {{2, 1, 1, 3}, {2, 1, 1, 3}}}, {{521, 307}, {521, 307}});
  parts("stack", "a span, the last axis", [](In x) { return stack(x, -1); },
        {{{}, {}, {}}, {{5}, {5}, {5}}, {{1, 3}, {1, 3}, {1, 3}}}, {{307, 307}, {307, 307}, {307, 307}});

  const auto sums = [&](const char* variant, std::function<Tensor(In)> call, std::vector<Shapes> shapes, Shapes large) {
    // f32 is summed in f64; f64 loses up to 4 units of 2^-53 of the magnitudes, which add up to the result itself here
    rows.push_back({"sum_to",
                    variant,
                    std::move(call),
                    {{between(0.5, 2)}},
                    std::move(shapes),
                    std::move(large),
                    {1, 4.5, 0, "the bound of the sum kernel (tests/kernels/reduce.cpp), all terms positive"},
                    floating_dtypes()});
  };
  sums("the last axis's shape", [](In x) { return sum_to(x[0], {x[0].shape()[x[0].rank() - 1]}); },
       {{{0}}, {{7}}, {{3, 5}}, {{0, 3}}, {{2, 1, 3, 1, 2}}}, {large_matrix});
  sums("extent 1",
       [](In x) {
         return sum_to(x[0], {x[0].shape()[0], 1});
       },
       {{{1, 1}}, {{3, 5}}, {{0, 2}}, {{2, 7}}}, {large_matrix});
  sums("a scalar", [](In x) { return sum_to(x[0], {}); }, unary_shapes(), {large_matrix});
}

}  // namespace logitape::tests
