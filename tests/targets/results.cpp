// The table's rows as they stand; then lengths and scales of their own for what runs along rows; then the kernels that
// no op calls.
#include "tests/targets/results.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "tests/op_table/op_table.h"

namespace logitape::tests {
namespace {

using Sink = std::function<void(const Result&)>;

Tensor weights_like(const Tensor& x, std::size_t number) {
  const Row weights{"", "", {}, {{between(-1, 1)}}, {}, {}};
  return make_inputs(weights, {x.shape()}, number, DType::bf16)[0].to(x.dtype());
}

// Every other number of the floating inputs is one that kernels treat apart.
void make_special(const Row& row, std::vector<Tensor>& inputs) {
  using limits = std::numeric_limits<double>;
  for (std::size_t n = 0; n < inputs.size(); ++n) {
    const Tensor& x = inputs[n];
    if (!is_floating(x.dtype()) || row.inputs[n].dtype || row.inputs[n].domain.kind == Domain::Kind::index) continue;
    const bool wide = x.dtype() == DType::f64;
    const double specials[] = {0,
                               -0.0,
                               limits::infinity(),
                               -limits::infinity(),
                               limits::quiet_NaN(),
                               wide ? 0x1p-1074 : 0x1p-149,
                               wide ? -0x1p-1030 : -0x1p-130,
                               wide ? limits::max() : 0x1.fffffep127,
                               wide ? -0x1p1000 : -0x1p100,
                               wide ? 710.0 : 89.0,
                               wide ? -746.0 : -104.0,
                               0x1p23,
                               -1};
    Tensor y = Tensor::uninitialised(x.shape(), x.dtype());
    visit_any(x.dtype(), [&]<class T>() {
      std::size_t next = 5 * n;
      for (std::int64_t i = 0; i < x.size(); ++i)
        static_cast<T*>(y.writable())[i] =
            i % 2 ? convert_element<T>(specials[next++ % std::size(specials)]) : static_cast<const T*>(x.data())[i];
    });
    inputs[n] = y;
  }
}

// The op's value, its gradients, and those of the gradients' weighted sum.
void call(const Row& row, std::vector<Tensor> inputs, const std::string& name, DType dtype, bool bounded, int orders,
          const Sink& sink) {
  const DType rounding = dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype;
  try {
    std::vector<Tensor> leaves;
    for (std::size_t n = 0; n < inputs.size(); ++n)
      if (row.inputs[n].flow != Flow::none && is_floating(inputs[n].dtype()))
        leaves.push_back(inputs[n] = variable(inputs[n]));
    const Tensor y = row.call(inputs);
    sink({name, bounded, rounding, {y}, ""});
    if (leaves.empty() || !y.requires_grad()) return;
    const Tensor seed = weights_like(y, 1);
    const bool second = orders == 2;
    const auto first = grad(y, leaves, {.seed = seed, .create_graph = second, .unreached = Unreached::zero});
    sink({name + ", gradients", bounded, rounding, first, ""});
    if (!second) return;
    Tensor total = zeros({}, DType::f64);
    for (std::size_t i = 0; i < first.size(); ++i)
      total = total + sum(first[i].to(DType::f64) * weights_like(first[i], i + 2).to(DType::f64));
    if (!total.requires_grad()) return;
    sink({name + ", second derivatives", bounded, rounding, grad(total, leaves, {.unreached = Unreached::zero}), ""});
  } catch (const Error& e) {
    sink({name, bounded, rounding, {}, e.what()});
  }
}

void results_of(const Row& row, const Sink& sink) {
  std::vector<DType> dtypes = row.dtypes;
  for (const DType d : floating_dtypes())
    if (std::ranges::find(dtypes, d) == dtypes.end()) dtypes.push_back(d);
  for (const DType dtype : dtypes) {
    const std::string title = name(row) + " " + std::string(name(dtype));
    for (std::size_t set = 0; set < row.shapes.size(); ++set) {
      std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, dtype);
      call(row, inputs, title, dtype, true, 2, sink);
      make_special(row, inputs);
      call(row, inputs, title + ", special numbers", dtype, false, 1, sink);
    }
    const bool takes_f32 = std::ranges::find(row.dtypes, DType::f32) != row.dtypes.end();
    if (dtype == (takes_f32 ? DType::f32 : row.dtypes[0]) && !row.large.empty())
      call(row, make_inputs(row, row.large, 0, dtype), title + ", large", dtype, false, 1, sink);
  }
}

// Lengths around those of vectors, of blocks of vectors and of blocks of a row.
std::vector<std::int64_t> lengths() { return {2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 129, 1000, 8193}; }

// The rows of one input at every length, and what runs along a row at lengths and scales of its own.
std::vector<Row> more_rows() {
  std::vector<Row> rows;
  for (Row row : table())
    if (row.inputs.size() == 1 && row.shapes == unary_shapes()) {
      row.shapes.clear();
      for (const std::int64_t n : lengths()) row.shapes.push_back({{n}});
      row.variant += row.variant.empty() ? "lengths" : ", lengths";
      row.large = {};
      rows.push_back(row);
    }
  for (const double scale : {1.0, 30.0, 1000.0}) {
    const auto add = [&](const char* op, std::function<Tensor(In)> f, std::vector<Input> inputs, auto shapes) {
      Row row{op, "rows of scale " + std::to_string(static_cast<int>(scale)), std::move(f), std::move(inputs), {}, {}};
      row.dtypes = floating_dtypes();
      for (const std::int64_t n : lengths()) row.shapes.push_back(shapes(n));
      rows.push_back(row);
    };
    const Domain logits = between(-scale, scale);
    const Input labels{index_of(0, 1), Flow::none, DType::i64};
    const auto one = [](std::int64_t n) { return Shapes{{3, n}}; };
    const auto middle = [](std::int64_t n) { return Shapes{{2, n, n < 1000 ? 5 : 2}}; };
    add(
        "softmax", [](In x) { return softmax(x[0]); }, {{logits}}, one);
    add(
        "softmax along the middle", [](In x) { return softmax(x[0], {.axis = 1}); }, {{logits}}, middle);
    add(
        "log_softmax", [](In x) { return log_softmax(x[0]); }, {{logits}}, one);
    add(
        "logsumexp", [](In x) { return logsumexp(x[0], {.axes = {-1}}); }, {{logits}}, one);
    add(
        "sum", [](In x) { return sum(x[0], {.axes = {-1}}); }, {{logits}}, one);
    add(
        "cross_entropy of classes", [](In x) { return cross_entropy(x[0], x[1]); }, {{logits}, labels},
        [](std::int64_t n) {
          return Shapes{{3, n}, {3}};
        });
    add(
        "cross_entropy along the middle", [](In x) { return cross_entropy(x[0], x[1], {.axis = 1}); },
        {{logits}, labels},
        [](std::int64_t n) {
          return Shapes{{2, n, 5}, {2, 5}};
        });
    add(
        "cross_entropy of probabilities", [](In x) { return cross_entropy(x[0], x[1]); }, {{logits}, {between(0, 1)}},
        [](std::int64_t n) {
          return Shapes{{3, n}, {3, n}};
        });
    add(
        "matmul", [](In x) { return matmul(x[0], x[1]); }, {{logits}, {logits}},
        [](std::int64_t n) {
          return Shapes{{3, n}, {n, 7}};
        });
    add(
        "matmul, wide", [](In x) { return matmul(x[0], x[1]); }, {{logits}, {logits}},
        [](std::int64_t n) {
          return Shapes{{7, 5}, {5, std::min<std::int64_t>(n, 1000)}};
        });
  }
  return rows;
}

// The kernels that no op calls.
void results_of_optimisers(const Sink& sink) {
  const backends::Kernels& k = backends::kernels();
  const Row four{"", "", {}, {{between(-2, 2)}, {between(-2, 2)}, {between(-1, 1)}, {between(0, 1)}}, {}, {}};
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t n : lengths())
      for (const bool other : {false, true}) {  // nesterov and decoupled
        const auto x = make_inputs(four, {{n}, {n}, {n}, {n}}, 0, dtype);
        std::vector<Tensor> y;
        for (int i = 0; i < 5; ++i) y.push_back(Tensor::uninitialised({n}, dtype));
        k.sgd(
            {dtype, n, 0.1, 0.9, 0.01, other, x[0].data(), x[1].data(), x[2].data(), y[0].writable(), y[1].writable()});
        k.adam({dtype, n, 1e-3, 0.9, 0.999, 1e-8, 0.01, 0.1, 0.001, other, x[0].data(), x[1].data(), x[2].data(),
                x[3].data(), y[2].writable(), y[3].writable(), y[4].writable()});
        sink({"sgd and adam " + std::string(name(dtype)), true, dtype, y, ""});
      }
}

}  // namespace

void for_each_result(Part part, const Sink& sink) {
  std::vector<Row> rows = table();
  for (Row& row : more_rows()) rows.push_back(std::move(row));
  for (std::size_t i = part.number; i < rows.size(); i += part.of) results_of(rows[i], sink);
  if (part.number == 0) results_of_optimisers(sink);
}

}  // namespace logitape::tests
