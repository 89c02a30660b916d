// With x = a^-1 * b and its cotangent g:  h = a^-T * g goes into b, -h * x^T into a; for a triangle only its part.
// With l * l^T = a and l's cotangent g:  s = l^-T * half(l^T * g) * l^-1, where half is the lower triangle with half of
// the diagonal; (s + s^T) / 2 goes into a (Murray, "Differentiation of the Cholesky decomposition", 2016).
#include "logitape/ops/linear_algebra.h"

#include <algorithm>
#include <string>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {

using ops::Kernels;

namespace {

void check_vectors(const char* op, const Tensor& a, const Tensor& b, const char* otherwise) {
  ops::check_arithmetic(op, {{"a", a}, {"b", b}});
  require(a.rank() == 1 && b.rank() == 1, op, "a is {}, b is {}: both have to be vectors; {}", a.shape(), b.shape(),
          otherwise);
}

void check_matrices(const char* op, const char* name, const Tensor& x) {
  ops::check_present(op, {{name, x}});
  require(x.rank() >= 2, op, "{} is {}; it needs rank 2 or more, [..., rows, columns]", name, x.shape());
}

std::int64_t extent(const Tensor& x, int from_end) { return x.shape()[x.rank() - from_end]; }

// Axes [0, rank - dropped) of a shape, and then these.
Shape leading(const Shape& shape, int dropped, std::initializer_list<std::int64_t> then = {}) {
  Ints result;
  for (int r = 0; r < shape.rank() - dropped; ++r) result.push(shape[r]);
  for (const std::int64_t extent : then) result.push(extent);
  return Shape(result);
}

// k, k + 1, ... down the rows of x, to be compared with column numbers.
Tensor down(const Tensor& x, std::int64_t k) {
  const std::int64_t rows = extent(x, 2), first = std::clamp(k, -rows, extent(x, 1));  // beyond: all on one side
  return reshape(arange(first, first + rows), {rows, 1});
}

}  // namespace

Tensor dot(const Tensor& a, const Tensor& b) {
  check_vectors("dot", a, b, "products of matrices are matmul(a, b)");
  require(a.size() == b.size(), "dot", "a {} and b {} do not meet: {} is not {}", a.shape(), b.shape(), a.size(),
          b.size());
  return sum(a * b);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  check_vectors("outer", a, b, "reshape(a, {-1}) makes one of any shape");
  return reshape(a, {a.size(), 1}) * b;
}

Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype, Device device) {
  require(rows >= 0 && columns >= 0, "eye", "[{}, {}] is asked for; extents are at least 0", rows, columns);
  return cast(equal(reshape(arange(rows), {rows, 1}), arange(columns)), dtype).to(device);
}
Tensor eye(std::int64_t n, DType dtype, Device device) { return eye(n, n, dtype, device); }

Tensor diagonal(const Tensor& x) {
  check_matrices("diagonal", "x", x);
  const std::int64_t rows = extent(x, 2), columns = extent(x, 1), count = std::min(rows, columns);
  const Tensor flat = reshape(x, leading(x.shape(), 2, {rows * columns}));
  return gather(flat, arange(0, count * (columns + 1), columns + 1).to(x.device()), {.axis = -1});
}

Tensor trace(const Tensor& x) {
  ops::check_arithmetic("trace", {{"x", x}});
  check_matrices("trace", "x", x);
  return sum(diagonal(x), {.axes = {-1}});
}

Tensor tril(const Tensor& x, std::int64_t k) {
  check_matrices("tril", "x", x);
  return where(less_equal(arange(extent(x, 1)), down(x, k)).to(x.device()), x, 0);
}

Tensor triu(const Tensor& x, std::int64_t k) {
  check_matrices("triu", "x", x);
  return where(less(arange(extent(x, 1)), down(x, k)).to(x.device()), 0, x);
}

namespace {

void check_square(const char* op, const Tensor& a) {
  check_matrices(op, "a", a);
  require(extent(a, 1) == extent(a, 2), op, "a is {}, which is not square: {} is not {}", a.shape(), extent(a, 2),
          extent(a, 1));
}

// What the rows of one system need, and the op's own name.
struct System {
  const char* op;
  backends::Kernel<backends::SolveArgs> Kernels::*slot;
  bool triangular, upper, transpose;
};

void check_system(const char* op, const Tensor& a, const Tensor& b) {
  ops::check_arithmetic(op, {{"a", a}, {"b", b}});
  check_square(op, a);
  require(b.rank() >= 1, op, "b is {}; it has to be a vector [n] or matrices [..., n, m]", b.shape());
  const std::int64_t n = extent(a, 1), rows = extent(b, b.rank() == 1 ? 1 : 2);
  require(rows == n || b.rank() == 1 || extent(b, 1) != n, op,
          "a {} and b {} do not meet: {} is not {}; a batch of vectors is written as matrices of one column, {}",
          a.shape(), b.shape(), n, rows, leading(b.shape(), 0, {1}));
  require(rows == n, op, "a {} and b {} do not meet: {} is not {}", a.shape(), b.shape(), n, rows);
  require(ops::broadcast_together(leading(a.shape(), 2), leading(b.shape(), b.rank() == 1 ? 1 : 2)), op,
          "the leading axes of a {} and b {} do not broadcast", a.shape(), b.shape());
}

// "a [3,3]", or which matrix of a batch.
std::string name_of(const Tensor& a, std::int64_t matrix) {
  return a.rank() == 2 ? fmt::format("a {}", a.shape())
                       : fmt::format("matrix {} of the batch, a {},", matrix, a.shape());
}

void check_pivots(const System& s, const Tensor& a, const backends::PivotFault& fault) {
  if (fault.column < 0) return;
  const std::string name = name_of(a, fault.matrix);
  const std::int64_t c = fault.column, n = extent(a, 1);
  require(!s.triangular, s.op, "{} is singular: element [{}, {}] of its diagonal is 0", name, c, c);
  fail(ErrorCode::invalid_argument, s.op,
       "{} is singular: its column {} {}; leave it out, or add to the diagonal, as a + 1e-6 * eye({}, a.dtype())", name,
       c, c == 0 ? "is 0" : "follows from those before it", n);
}

Tensor solved(const System& s, const Tensor& a, const Tensor& b) {
  check_system(s.op, a, b);
  const std::int64_t n = extent(a, 1);
  if (b.rank() == 1) return reshape(solved(s, a, reshape(b, {n, 1})), leading(a.shape(), 1));
  const Shape batch_a = leading(a.shape(), 2), batch_b = leading(b.shape(), 2);
  const Shape batch = ops::broadcast_shape(s.op, "a", batch_a, "b", batch_b);
  Tensor x = Tensor::uninitialised(leading(batch, 0, {n, extent(b, 1)}), a.dtype(), a.device());
  backends::PivotFault fault;
  backends::run(s.op, a.device(), s.slot,
                backends::SolveArgs{a.dtype(), ops::loop_over<2>(batch, {&batch_a, &batch_b}), n, extent(b, 1), s.upper,
                                    s.transpose, a.data(), b.data(), x.writable(), &fault});
  check_pivots(s, a, fault);
  return record(s.op, {a, b}, {x}, keep::input(0) | keep::output(0, a.requires_grad()),
                [s](const Node& node, const Cotangents& g) {
                  System back = s;
                  back.transpose = !s.transpose;
                  const Tensor h = solved(back, node.input(0), g[0]);
                  Tensors into(2);
                  if (node.needs(1)) into[1] = sum_to(h, node.input_slot(1).shape());
                  if (!node.needs(0)) return into;
                  const Tensor y = node.output(0);
                  Tensor product = -matmul(s.transpose ? y : h, s.transpose ? h : y, {.transpose_b = true});
                  if (s.triangular) product = s.upper ? triu(product) : tril(product);
                  into[0] = sum_to(product, node.input_slot(0).shape());
                  return into;
                });
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b, const SolveOptions& options) {
  return solved({"solve", &Kernels::solve, false, false, options.transpose_a}, a, b);
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options) {
  return solved({"solve_triangular", &Kernels::solve_triangular, true, options.upper, options.transpose_a}, a, b);
}

Tensor cholesky(const Tensor& a) {
  ops::check_arithmetic("cholesky", {{"a", a}});
  check_square("cholesky", a);
  const std::int64_t n = extent(a, 1), matrices = leading(a.shape(), 2).size();
  Tensor y = Tensor::uninitialised(a.shape(), a.dtype(), a.device());
  backends::PivotFault fault;
  backends::run("cholesky", a.device(), &Kernels::cholesky,
                backends::CholeskyArgs{a.dtype(), matrices, n, a.data(), y.writable(), &fault});
  require(fault.column < 0, "cholesky",
          "{} is not positive definite: its leading minor of order {} is not above 0; add to the diagonal, as "
          "a + 1e-6 * eye({}, a.dtype())",
          name_of(a, fault.matrix), fault.column + 1, n);
  return record("cholesky", {a}, {y}, keep::output(0), [](const Node& node, const Cotangents& g) {
    const Tensor root = node.output(0), p = matmul(root, g[0], {.transpose_a = true});
    const auto from_left = [&](const Tensor& x) {
      return solve_triangular(root, x, {.upper = false, .transpose_a = true});
    };
    const Tensor below = tril(p, -1), s = from_left(transpose(from_left((tril(p) + below) / 2)));
    return Tensors{(s + transpose(s)) / 2};
  });
}

}  // namespace logitape::inline v0
