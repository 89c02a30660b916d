// Vectors, triangles and linear systems. Matrices are the last two axes, [..., rows, columns]; axes before them are
// batches. Errors of all: an empty tensor, dtypes that differ, shapes that do not meet; of all that compute, a dtype
// other than f32 and f64. Products of matrices and vectors are matmul's.
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// sum(a * b) of two vectors [k], a scalar; added up in f64. Gradients into both. Error: another rank. np.dot of
// vectors, torch.dot; of matrices np.dot is matmul.
Tensor dot(const Tensor& a, const Tensor& b);
// y[i, j] = a[i] * b[j] of vectors [m] and [n]. Gradients into both. Error: another rank. np.outer, torch.outer.
Tensor outer(const Tensor& a, const Tensor& b);

// y[i, j] = 1 where i = j, else 0: [n, n], or [rows, columns]; of any dtype. Error: a negative extent. np.eye.
Tensor eye(std::int64_t n, DType dtype = DType::f32, Device device = Device::cpu());
Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype = DType::f32, Device device = Device::cpu());

// y[..., i] = x[..., i, i], as many as the shorter axis has; of any dtype. Gradient into x, where each number came
// from. Error: rank below 2. np.diagonal of a matrix; of batches tf.linalg.diag_part, torch.diagonal(x, 0, -2, -1).
Tensor diagonal(const Tensor& x);
// sum of the diagonal, [..., n, m] to [...]; added up in f64. Gradient into x. Error: rank below 2. np.trace.
Tensor trace(const Tensor& x);
// x, 0 above its diagonal number k: y[..., i, j] = j - i <= k ? x[..., i, j] : 0. k = 0 is the diagonal from the first
// corner, 1 the one above it. Of any dtype; what is 0 here may hold NaN in x. Gradient into what stays. Error: rank
// below 2. np.tril.
Tensor tril(const Tensor& x, std::int64_t k = 0);
// x, 0 below its diagonal number k: y[..., i, j] = j - i >= k ? x[..., i, j] : 0. np.triu.
Tensor triu(const Tensor& x, std::int64_t k = 0);

// Of a or of its transpose; nothing is copied for it.
struct SolveOptions {
  NamedOnly named_only = NamedOnly();
  bool transpose_a = false;  // solves a^T * x = b
};

// x with a * x = b: a is [..., n, n], b one vector [n] or matrices [..., n, m], x [..., n] or [..., n, m]; leading axes
// broadcast. As in NumPy 2, only a b of rank 1 is a vector: a batch of vectors is [..., n, 1].
// Gradients into both: into b h = solve(a^T, g), into a -h * x^T. solve(a, eye(n)) is the inverse.
// LU with partial pivoting, in f64 for f32 too, rounded once: every digit of an f32 result is right if the condition of
// a is well below 1e8. A NaN in a gives NaN.
// Errors: a not square; extents that do not meet; a singular a, for which others return inf or noise: in f64 one of its
// pivots is no larger than the rounding of the terms that it is made of. The error names the column.
// np.linalg.solve, torch.linalg.solve.
Tensor solve(const Tensor& a, const Tensor& b, const SolveOptions& options = {});

// The triangle is always named: libraries differ in which one they take where none is.
struct SolveTriangularOptions {
  NamedOnly named_only = NamedOnly();
  Required<bool> upper;      // which triangle of a is read: SciPy's default is the upper one, TensorFlow's the lower
  bool transpose_a = false;  // solves a^T * x = b
};

// The same for a triangle of a, in n^2 steps per column: the rest of a is never read. Gradients into b, and into that
// triangle of a. One more error: a 0 on the diagonal. torch.linalg.solve_triangular, scipy.linalg.solve_triangular.
Tensor solve_triangular(const Tensor& a, const Tensor& b, const SolveTriangularOptions& options);
Tensor solve_triangular(const Tensor& a, const Tensor& b) = delete;  // write {.upper = true} or {.upper = false} last

// l with l * l^T = a, a lower triangle, of a symmetric positive definite a [..., n, n]: only its lower triangle is
// read. Computed in f64 and rounded once; a NaN in a gives NaN. Gradient into a: that of a symmetric a, itself
// symmetric, as PyTorch's, JAX's and TensorFlow's is; half of what an element of the lower triangle does goes to its
// mirror image. So check it together with an op that makes a symmetric:
//   check_gradients([](TensorList x) { return cholesky(matmul(x[0], x[0], {.transpose_b = true})); }, {x})
// Errors: a not square; a not positive definite as far as f64 can tell, by the first leading minor that is not above 0.
// np.linalg.cholesky, torch.linalg.cholesky.
Tensor cholesky(const Tensor& a);

}  // namespace logitape::inline v0
