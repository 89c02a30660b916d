// Rows of the op table as functions that a gradient check takes.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "gradcheck_test.h"
#include "tests/op_table/op_table.h"

namespace logitape::tests {

inline bool all_of_them() {
  const char* wanted = std::getenv("LOGITAPE_GRADCHECK");
  return wanted && std::string_view(wanted) == "all";
}

// The row as a function of the inputs that have a gradient; integers and masks are handed through.
struct Function {
  std::vector<Tensor> all, inputs;
  std::vector<std::size_t> which;
  TensorFunction f;
};

inline Function function_of(const Row& row, std::size_t set, DType dtype) {
  Function made{make_inputs(row, row.shapes[set], set, dtype), {}, {}, {}};
  for (std::size_t n = 0; n < made.all.size(); ++n)
    if (row.inputs[n].flow == Flow::yes || !is_floating(made.all[n].dtype()))
      made.inputs.push_back(made.all[n]), made.which.push_back(n);
  made.f = [&row, all = made.all, which = made.which](In x) {
    std::vector<Tensor> at = all;
    for (Tensor& t : at)
      if (is_floating(t.dtype())) t = t.to(x[0].dtype() == DType::f64 ? DType::f64 : t.dtype());
    for (std::size_t i = 0; i < which.size(); ++i) at[which[i]] = x[i];
    return row.call(at);
  };
  return made;
}

inline bool differentiable(const Row& row, DType dtype) {
  return std::ranges::any_of(row.inputs, [](const Input& i) { return i.flow == Flow::yes; }) &&
         std::ranges::find(row.dtypes, dtype) != row.dtypes.end();
}

// The first shape set with two elements or more, of all inputs together.
inline std::size_t small_set(const Row& row) {
  const auto small = std::ranges::find_if(row.shapes, [](const Shapes& shapes) {
    std::int64_t size = 0;
    for (const Shape& s : shapes) size += s.size();
    return size >= 2;
  });
  return small == row.shapes.end() ? 0 : static_cast<std::size_t>(small - row.shapes.begin());
}

}  // namespace logitape::tests
