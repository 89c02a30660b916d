// Products of matrices. Transposed operands are read in place: no rule and no caller copies one.
#include "logitape/ops/matmul.h"

#include <vector>

#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

Shape leading(const Shape& shape) {
  return Shape(std::span<const std::int64_t>(shape.begin(), static_cast<std::size_t>(shape.rank() - 2)));
}

// If a is a vector it becomes a matrix of one row, if b is one a matrix of one column; the product loses that axis.
Tensor with_vectors(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  const std::int64_t k = a.rank() == 1 ? a.size() : b.size();
  const Tensor columns = b.rank() == 1 ? reshape(b, {k, 1}) : b;
  const Tensor y = matmul(a.rank() == 1 ? reshape(a, {1, k}) : a, columns, options);
  Ints result;
  for (int r = 0; r < y.rank(); ++r)
    if (!(r == y.rank() - 2 && a.rank() == 1) && !(r == y.rank() - 1 && b.rank() == 1)) result.push(y.shape()[r]);
  return reshape(y, result);
}

// a^T * b, both [rows, ...], where the rows are those of a batch. The CPU's kernel adds up few rows along the tree
// itself.
Tensor sum_over_rows(const backends::MatmulArgs& all, const Shape& shape, Device device, const ops::RowCuts& cuts) {
  constexpr std::int64_t rows_in_kernel = 256;
  const bool in_kernel = device == Device::cpu() && !all.bf16;
  return ops::sum_of_blocks("matmul", cuts, in_kernel ? rows_in_kernel : 0, [&](int low, int high) {
    Tensor y = Tensor::uninitialised(shape, all.dtype, device);
    const std::int64_t first = cuts.edge(low);
    std::vector<std::int64_t> edges;
    for (int b = low; b <= high; ++b) edges.push_back(cuts.edge(b) - first);
    backends::MatmulArgs args = all;
    args.k = edges.back();
    args.a = ops::from_element(all.a, first * all.m, all.dtype);
    args.b = ops::from_element(all.b, first * all.n, all.dtype);
    args.y = y.writable();
    if (high - low > 1) {
      args.cut = edges.data();
      args.cuts = high - low;
    }
    backends::run("matmul", device, &Kernels::matmul, args);
    return y;
  });
}

// The product as a kernel makes it. k counts the rows of a batch where it is the first axis of both, as in the gradient
// of a weight, and neither is a variable.
Tensor product(const backends::MatmulArgs& args, const Shape& shape, const Tensor& a, const Tensor& b) {
  const bool over_rows =
      args.transpose_a && !args.transpose_b && args.batch.rank == 0 && !ops::is_variable(a) && !ops::is_variable(b);
  if (const ops::RowCuts cuts(over_rows ? args.k : 0); cuts) return sum_over_rows(args, shape, a.device(), cuts);
  Tensor y = Tensor::uninitialised(shape, a.dtype(), a.device());
  backends::MatmulArgs all = args;
  all.y = y.writable();
  backends::run("matmul", a.device(), &Kernels::matmul, all);
  return y;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  ops::check_arithmetic("matmul", {{"a", a}, {"b", b}});
  require(a.rank() >= 1 && b.rank() >= 1, "matmul", "a is {}, b is {}: a product with a scalar is written a * b",
          a.shape(), b.shape());
  const bool ta = options.transpose_a && a.rank() > 1, tb = options.transpose_b && b.rank() > 1;
  const auto extent = [](const Tensor& t, int from_end) { return t.shape()[t.rank() - from_end]; };
  const std::int64_t k = extent(a, ta ? 2 : 1), rows_of_b = extent(b, tb || b.rank() == 1 ? 1 : 2);
  require(k == rows_of_b, "matmul", "a {}{} and b {}{} do not meet: {} is not {}", a.shape(), ta ? " transposed" : "",
          b.shape(), tb ? " transposed" : "", k, rows_of_b);
  if (a.rank() == 1 || b.rank() == 1) return with_vectors(a, b, {.transpose_a = ta, .transpose_b = tb});
  const std::int64_t m = extent(a, ta ? 1 : 2), n = extent(b, tb ? 2 : 1);
  if (b.rank() == 2 && a.rank() > 2 && !ta) {  // one tall matrix is faster than many small ones, with the same bits
    Ints result(a.shape());
    result[a.rank() - 1] = n;
    return reshape(matmul(reshape(a, {ops::split(a.shape(), a.rank() - 1, a.rank()).outer, k}), b, options), result);
  }
  const Shape batch_a = leading(a.shape()), batch_b = leading(b.shape());
  require(ops::broadcast_together(batch_a, batch_b), "matmul", "the leading axes of a {} and b {} do not broadcast",
          a.shape(), b.shape());
  const Shape batch = ops::broadcast_shape("matmul", "a", batch_a, "b", batch_b);
  Ints result(batch);
  result.push(m);
  result.push(n);
  const backends::MatmulArgs args{.dtype = a.dtype(),
                                  .batch = ops::loop_over<2>(batch, {&batch_a, &batch_b}),
                                  .m = m,
                                  .n = n,
                                  .k = k,
                                  .transpose_a = ta,
                                  .transpose_b = tb,
                                  .relu = false,
                                  .bf16 = ops::in_bf16(a.dtype()),
                                  .a = a.data(),
                                  .b = b.data(),
                                  .bias = nullptr,
                                  .y = nullptr,
                                  .tf32 = ops::in_tf32(a.dtype())};
  const Tensor y = product(args, Shape(result), a, b);
  return record("matmul", {a, b}, {y}, keep::input(0, b.requires_grad()) | keep::input(1, a.requires_grad()),
                [ta, tb](const Node& node, const Cotangents& g) {
                  Tensors into(2);
                  if (node.needs(0))
                    into[0] = sum_to(ta ? matmul(node.input(1), g[0], {.transpose_a = tb, .transpose_b = true})
                                        : matmul(g[0], node.input(1), {.transpose_b = !tb}),
                                     node.input_slot(0).shape());
                  if (node.needs(1))
                    into[1] = sum_to(tb ? matmul(g[0], node.input(0), {.transpose_a = true, .transpose_b = ta})
                                        : matmul(node.input(0), g[0], {.transpose_a = !ta}),
                                     node.input_slot(1).shape());
                  return into;
                });
}

namespace {

Tensor linear_2d(const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu) {
  const std::int64_t rows = x.shape()[0], in = x.shape()[1], out = weight.shape()[1];
  Tensor y = Tensor::uninitialised({rows, out}, x.dtype(), x.device());
  backends::run("linear", x.device(), &Kernels::matmul,
                backends::MatmulArgs{.dtype = x.dtype(),
                                     .batch = {},
                                     .m = rows,
                                     .n = out,
                                     .k = in,
                                     .transpose_a = false,
                                     .transpose_b = false,
                                     .relu = relu,
                                     .bf16 = ops::in_bf16(x.dtype()),
                                     .a = x.data(),
                                     .b = weight.data(),
                                     .bias = bias.data(),
                                     .y = y.writable(),
                                     .tf32 = ops::in_tf32(x.dtype())});
  return record("linear", {x, weight, bias}, {y},
                keep::input(0, weight.requires_grad()) | keep::input(1, x.requires_grad()) | keep::output(0, relu),
                [relu](const Node& n, const Cotangents& g) {
                  const Tensor into = relu ? where_positive(n.output(0), g[0]) : g[0];
                  return Tensors{n.needs(0) ? matmul(into, n.input(1), {.transpose_b = true}) : Tensor(),
                                 n.needs(1) ? matmul(n.input(0), into, {.transpose_a = true}) : Tensor(),
                                 n.needs(2) ? sum(into, {.axes = {0}}) : Tensor()};
                });
}

Tensor linear_any(const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu) {
  require(x.rank() >= 1 && weight.rank() == 2, "linear", "x is {}, weight {}: they need rank 1 or more, and rank 2",
          x.shape(), weight.shape());
  const std::int64_t in = weight.shape()[0], out = weight.shape()[1];
  require(x.shape()[x.rank() - 1] == in, "linear", "x {} and weight {} do not meet: {} is not {}", x.shape(),
          weight.shape(), x.shape()[x.rank() - 1], in);
  require(!bias.defined() || bias.shape() == Shape{out}, "linear", "bias is {}, weight {} needs [{}]", bias.shape(),
          weight.shape(), out);
  if (x.rank() == 2) return linear_2d(x, weight, bias, relu);
  Ints result(x.shape());
  result[x.rank() - 1] = out;
  return reshape(linear_2d(reshape(x, {ops::split(x.shape(), x.rank() - 1, x.rank()).outer, in}), weight, bias, relu),
                 result);
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const LinearOptions& options) {
  ops::check_arithmetic("linear",
                        {{"weight", weight}, {"x", x}, {"bias", bias}});  // weight first: x is what a caller can cast
  return linear_any(x, weight, bias, options.relu);
}

Tensor linear(const Tensor& x, const Tensor& weight, const LinearOptions& options) {
  ops::check_arithmetic("linear", {{"weight", weight}, {"x", x}});
  return linear_any(x, weight, {}, options.relu);
}

}  // namespace logitape::inline v0
