// Rows of ops/create.h. What makes tensors from nothing takes shape and dtype from an input.
#include "logitape/ops/create.h"

#include "tests/op_table/op_table.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
void add_create(std::vector<Row>& rows) {
  const auto like = [&](const char* op, const char* variant, std::function<Tensor(In)> call) {
    rows.push_back(
        {op, variant, std::move(call), {constant({})}, unary_shapes(), {large_matrix}, same_bits(), every_dtype()});
  };
  like("zeros", "", [](In x) { return zeros(x[0].shape(), x[0].dtype(), x[0].device()); });
  like("ones", "", [](In x) { return ones(x[0].shape(), x[0].dtype(), x[0].device()); });
  like("full", "", [](In x) {
    return full(x[0].shape(),
                x[0].dtype() == DType::boolean ? 1
                : is_floating(x[0].dtype())    ? -2.5
                                               : 3,
                x[0].dtype(), x[0].device());
  });
  like("zeros_like", "", [](In x) { return zeros_like(x[0]); });
  like("ones_like", "", [](In x) { return ones_like(x[0]); });
  const std::vector<DType> numbers = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                      DType::u8,  DType::i16,  DType::i32, DType::i64};
  rows.push_back({"arange",
                  "n",
                  [](In x) { return arange(x[0].size(), x[0].dtype()).to(x[0].device()); },
                  {constant({})},
                  {{{0}}, {{1}}, {{7}}, {{101}}},
                  {{521}},
                  same_bits(),
                  numbers});
  rows.push_back(
      {"arange",
       "start, stop, step",
       [](In x) { return arange(0, 2 * static_cast<double>(x[0].size()), 2, x[0].dtype()).to(x[0].device()); },
       {constant({})},
       {{{0}}, {{1}}, {{7}}, {{61}}},
       {{63}},
       same_bits(),
       numbers});

  rows.push_back({"uniform",
                  "",
                  [](In x) {
                    Generator rng{7};
                    return uniform(x[0].shape(), rng, x[0].dtype(), x[0].device());
                  },
                  {constant({})},
                  unary_shapes(),
                  {large_matrix}});
  rows.push_back({"randn",
                  "",
                  [](In x) {
                    Generator rng{7};
                    return randn(x[0].shape(), rng, x[0].dtype(), x[0].device());
                  },
                  {constant({})},
                  unary_shapes(),
                  {large_matrix},
                  {1, 8, 0, "f64: AS 241 is good to about 1 part in 10^16, and rounds 8 times on the way"}});
  rows.back().large_values = false;
  rows.push_back({"dropout",
                  "",
                  [](In x) {
                    Generator rng{7};
                    return dropout(x[0], 0.3, rng);
                  },
                  {{}},
                  unary_shapes(),
                  {large_matrix},
                  {0, 2, 0, "f64: 1/(1-rate) and its product with x, which long double may round to the other side"}});
  rows.push_back({"dropout",
                  "rate 0",
                  [](In x) {
                    Generator rng{7};
                    return dropout(x[0], 0, rng);
                  },
                  {{}},
                  unary_shapes(),
                  {large_matrix}});

  for (const DType to : every_dtype()) {
    const auto flow = is_floating(to) ? Flow::elsewhere : Flow::none;
    rows.push_back({"cast",
                    "to " + std::string(name(to)),
                    [to](In x) { return cast(x[0], to); },
                    {{between(-300, 300), flow, {}}},
                    unary_shapes(),
                    {large_matrix},
                    same_bits(),
                    every_dtype()});
  }
}

}  // namespace logitape::tests
