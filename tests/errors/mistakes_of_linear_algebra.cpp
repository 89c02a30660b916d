// Mistakes in linear algebra: shapes that do not meet, matrices that are singular or not positive definite.
#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& linear_algebra_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "dot: a is [2,2], b is [2]: both have to be vectors; products of matrices are matmul(a, b)",
       [] {
         dot(f32({2, 2}), f32({2}));
       },
       [] {
         return has(matmul(f32({2, 2}), f32({2})), {2});
       }},
      {invalid, "dot: a [3] and b [2] do not meet: 3 is not 2", [] { dot(f32({3}), f32({2})); },
       [] { return is(dot(f32({3}), f32({3})), 3); }},
      {unsupported,
       "dot: arithmetic takes f32 or f64, not a (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "a.to(DType::f32)",
       [] { dot(i32({2}), i32({2})); }, [] { return is(dot(f64({2}), f64({2})), 2); }},
      {invalid, "outer: a is [], b is [2]: both have to be vectors; reshape(a, {-1}) makes one of any shape",
       [] { outer(f32({}), f32({2})); },
       [] {
         return has(outer(f32({1}), f32({2})), {1, 2});
       }},
      {invalid, "eye: [-1, 2] is asked for; extents are at least 0", [] { eye(-1, 2); },
       [] {
         return has(eye(0, 2), {0, 2});
       }},
      {invalid, "eye: [-3, -3] is asked for; extents are at least 0", [] { eye(-3); },
       [] {
         return has(eye(3), {3, 3});
       }},
      {invalid, "diagonal: x is [3]; it needs rank 2 or more, [..., rows, columns]", [] { diagonal(f32({3})); },
       [] {
         return has(diagonal(f32({3, 2})), {2});
       }},
      {invalid, "trace: x is []; it needs rank 2 or more, [..., rows, columns]", [] { trace(f32({})); },
       [] {
         return is(trace(f32({2, 2})), 2);
       }},
      {unsupported, "trace: arithmetic takes f32 or f64, not x (boolean [2,2]): cast it, x.to(DType::f32)",
       [] {
         trace(boolean({2, 2}));
       },
       [] {
         return is(trace(f64({2, 2})), 2);
       }},
      {invalid, "tril: x is [3]; it needs rank 2 or more, [..., rows, columns]", [] { tril(f32({3})); },
       [] {
         return has(tril(f32({3, 3})), {3, 3});
       }},
      {invalid, "triu: an empty tensor is given for x", [] { triu(empty); },
       [] {
         return has(triu(i32({3, 3})), {3, 3});
       }},

      {unsupported,
       "solve: arithmetic takes f32 or f64, not a (i64 [2,2]): write its numbers as 1.f or 1.0, or cast it, "
       "a.to(DType::f32)",
       [] {
         solve(tensor({{1L, 0L}, {0L, 1L}}), f32({2}));
       },
       [] { return has(solve(eye(2), f32({2})), {2}); }},
      {unsupported, "solve: arithmetic takes f32 or f64, not a (f16 [2,2]): cast it, a.to(DType::f32)",
       [] { solve(eye(2, DType::f16), f32({2})); }, [] { return has(solve(eye(2), f32({2})), {2}); }},
      {invalid,
       "solve: a (f32 [2,2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or "
       "cast one, as in b.to(DType::f32)",
       [] { solve(eye(2), f64({2})); }, [] { return has(solve(eye(2, DType::f64), f64({2})), {2}); }},
      {invalid, "solve: an empty tensor is given for b", [] { solve(eye(2), empty); },
       [] { return has(solve(eye(2), f32({2})), {2}); }},
      {invalid, "solve: a is [2]; it needs rank 2 or more, [..., rows, columns]", [] { solve(f32({2}), f32({2})); },
       [] { return has(solve(eye(2), f32({2})), {2}); }},
      {invalid, "solve: a is [2,3], which is not square: 2 is not 3",
       [] {
         solve(f32({2, 3}), f32({2}));
       },
       [] { return has(solve(eye(2), f32({2})), {2}); }},
      {invalid, "solve: b is []; it has to be a vector [n] or matrices [..., n, m]", [] { solve(eye(1), f32({})); },
       [] { return has(solve(eye(1), f32({1})), {1}); }},
      {invalid, "solve: a [2,2] and b [3] do not meet: 2 is not 3", [] { solve(eye(2), f32({3})); },
       [] { return has(solve(eye(3), f32({3})), {3}); }},
      {invalid, "solve: a [2,2] and b [3,1] do not meet: 2 is not 3",
       [] {
         solve(eye(2), f32({3, 1}));
       },
       [] {
         return has(solve(eye(3), f32({3, 1})), {3, 1});
       }},
      {invalid,
       "solve: a [5,2,2] and b [5,2] do not meet: 2 is not 5; a batch of vectors is written as matrices of one column, "
       "[5,2,1]",
       [] {
         solve(broadcast_to(eye(2), {5, 2, 2}), f32({5, 2}));
       },
       [] {
         return has(solve(broadcast_to(eye(2), {5, 2, 2}), f32({5, 2, 1})), {5, 2, 1});
       }},
      {invalid, "solve: the leading axes of a [2,1,1] and b [3,1,1] do not broadcast",
       [] {
         solve(f32({2, 1, 1}), f32({3, 1, 1}));
       },
       [] {
         return has(solve(f32({2, 1, 1}), f32({1, 1, 1})), {2, 1, 1});
       }},
      {invalid,
       "solve: a [2,2] is singular: its column 0 is 0; leave it out, or add to the diagonal, as a + 1e-6 * eye(2, "
       "a.dtype())",
       [] {
         solve(zeros({2, 2}), f32({2}));
       },
       [] {
         return has(solve(zeros({2, 2}) + 1e-6 * eye(2), f32({2})), {2});
       }},
      {invalid,
       "solve: a [2,2] is singular: its column 1 follows from those before it; leave it out, or add to the diagonal, "
       "as a + 1e-6 * eye(2, a.dtype())",
       [] {
         solve(f64({2, 2}), f64({2}));
       },
       [] {
         return has(solve(f64({2, 2}) + 1e-6 * eye(2, DType::f64), f64({2})), {2});
       }},
      {invalid,
       "solve: matrix 1 of the batch, a [2,2,2], is singular: its column 1 follows from those before it; leave it out, "
       "or add to the diagonal, as a + 1e-6 * eye(2, a.dtype())",
       [] {
         solve(stack({eye(2), f32({2, 2})}), f32({2}));
       },
       [] {
         return has(solve(stack({eye(2), eye(2)}), f32({2})), {2, 2});
       }},
      {invalid, "solve_triangular: a is [2,3], which is not square: 2 is not 3",
       [] {
         solve_triangular(f32({2, 3}), f32({2}), {.upper = true});
       },
       [] { return has(solve_triangular(eye(2), f32({2}), {.upper = true}), {2}); }},
      {invalid, "solve_triangular: a [2,2] is singular: element [1, 1] of its diagonal is 0",
       [] {
         solve_triangular(tensor({{1.f, 2.f}, {3.f, 0.f}}), f32({2}), {.upper = false});
       },
       [] {
         return has(solve_triangular(tensor({{1.f, 0.f}, {0.f, 3.f}}), f32({2}), {.upper = false}), {2});
       }},
      {invalid, "cholesky: a is [2,3], which is not square: 2 is not 3",
       [] {
         cholesky(f32({2, 3}));
       },
       [] {
         return has(cholesky(eye(2)), {2, 2});
       }},
      {unsupported, "cholesky: arithmetic takes f32 or f64, not a (bf16 [2,2]): cast it, a.to(DType::f32)",
       [] { cholesky(eye(2, DType::bf16)); },
       [] {
         return has(cholesky(eye(2)), {2, 2});
       }},
      {invalid,
       "cholesky: a [2,2] is not positive definite: its leading minor of order 1 is not above 0; add to the diagonal, "
       "as a + 1e-6 * eye(2, a.dtype())",
       [] { cholesky(-eye(2)); },
       [] {
         return has(cholesky(eye(2)), {2, 2});
       }},
      {invalid,
       "cholesky: a [2,2] is not positive definite: its leading minor of order 2 is not above 0; add to the diagonal, "
       "as a + 1e-6 * eye(2, a.dtype())",
       [] {
         cholesky(f64({2, 2}));
       },
       [] {
         return has(cholesky(f64({2, 2}) + 1e-6 * eye(2, DType::f64)), {2, 2});
       }},
      {invalid,
       "cholesky: matrix 1 of the batch, a [2,2,2], is not positive definite: its leading minor of order 2 is not "
       "above 0; add to the diagonal, as a + 1e-6 * eye(2, a.dtype())",
       [] {
         cholesky(stack({eye(2), tensor({{1.f, 2.f}, {2.f, 1.f}})}));
       },
       [] {
         return has(cholesky(stack({eye(2), eye(2)})), {2, 2, 2});
       }},
  };
  return rows;
}

}  // namespace logitape::tests
