// Scalar twins of solve, solve_triangular and cholesky: elimination with partial pivoting, substitution, and the
// textbook's l * l^T. In every Scalar, a pivot is missing where a kernel in f64 misses it: 2^-52 is f64's.
#pragma once
#include <utility>
#include <vector>

#include "logitape/backends/oracle/elementwise.h"
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

template <class S>
struct Square {
  std::int64_t n;
  std::vector<S> elements;

  explicit Square(std::int64_t size) : n(size), elements(static_cast<std::size_t>(size * size), S(0)) {}
  Square(DType dtype, const void* array, std::int64_t first, std::int64_t size) : Square(size) {
    for (std::int64_t i = 0; i < n * n; ++i) elements[static_cast<std::size_t>(i)] = load<S>(dtype, array, first + i);
  }
  S& operator()(std::int64_t i, std::int64_t j) { return elements[static_cast<std::size_t>(i * n + j)]; }
};

// Whether what is left of `terms` may be their rounding, after k steps.
template <class S>
bool is_rounding(S left, std::int64_t k, S terms) {
  return isfinite(terms) && fabs(left) <= S(static_cast<double>(k + 1) * 0x1p-52) * terms;
}

// a becomes l below its diagonal and u, of the rows in this order; the column without a pivot, or -1.
template <class S>
std::int64_t factorise(Square<S>& a, std::vector<std::int64_t>& order) {
  for (std::int64_t i = 0; i < a.n; ++i) order.push_back(i);
  for (std::int64_t k = 0; k < a.n; ++k) {
    std::int64_t best = k;
    for (std::int64_t i = k + 1; i < a.n; ++i)
      if (fabs(a(i, k)) > fabs(a(best, k))) best = i;
    for (std::int64_t j = 0; j < a.n; ++j) std::swap(a(k, j), a(best, j));
    std::swap(order[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(best)]);
    S terms = fabs(a(k, k));
    for (std::int64_t j = 0; j < k; ++j) terms += fabs(a(k, j) * a(j, k));
    if (is_rounding(a(k, k), k, terms)) return k;
    for (std::int64_t i = k + 1; i < a.n; ++i) {
      a(i, k) = a(i, k) / a(k, k);
      for (std::int64_t j = k + 1; j < a.n; ++j) a(i, j) = a(i, j) - a(i, k) * a(k, j);
    }
  }
  return -1;
}

// t * x = b for one column, in place; t is one triangle of `a`, or its transpose, with ones on the diagonal if `unit`.
template <class S>
void substitute(Square<S>& a, bool upper, bool transpose, bool unit, std::vector<S>& x) {
  const bool forward = upper == transpose;
  for (std::int64_t step = 0; step < a.n; ++step) {
    const std::int64_t i = forward ? step : a.n - 1 - step;
    S& left = x[static_cast<std::size_t>(i)];
    for (std::int64_t s = 0; s < step; ++s) {
      const std::int64_t j = forward ? s : a.n - 1 - s;
      left = left - (transpose ? a(j, i) : a(i, j)) * x[static_cast<std::size_t>(j)];
    }
    if (!unit) left = left / a(i, i);
  }
}

inline void note(backends::PivotFault& fault, std::int64_t matrix, std::int64_t column) {
  if (fault.matrix < 0) fault = {matrix, column};
}

// Column by column of b.
template <class S, bool triangular>
void solve(const backends::SolveArgs& args) {
  walk<2>(args.batch, [&](std::int64_t matrix, const std::int64_t(&at)[2]) {
    Square<S> a(args.dtype, args.a, at[0] * args.n * args.n, args.n);
    std::vector<std::int64_t> order;
    std::int64_t missing = -1;
    if constexpr (triangular) {
      for (std::int64_t i = args.n - 1; i >= 0; --i) {
        if (a(i, i) == S(0)) missing = i;
        order.insert(order.begin(), i);
      }
    } else {
      missing = factorise(a, order);
    }
    if (missing >= 0) return note(*args.fault, matrix, missing);
    for (std::int64_t c = 0; c < args.columns; ++c) {
      std::vector<S> x;
      for (std::int64_t i = 0; i < args.n; ++i)
        x.push_back(
            load<S>(args.dtype, args.b,
                    (at[1] * args.n + (args.transpose ? i : order[static_cast<std::size_t>(i)])) * args.columns + c));
      if constexpr (triangular) {
        substitute(a, args.upper, args.transpose, false, x);
      } else {  // a's rows in order are l * u; of a^T the first is u^T
        substitute(a, args.transpose, args.transpose, !args.transpose, x);
        substitute(a, !args.transpose, args.transpose, args.transpose, x);
      }
      for (std::int64_t i = 0; i < args.n; ++i)
        store<S>(args.dtype, args.x,
                 (matrix * args.n + (args.transpose ? order[static_cast<std::size_t>(i)] : i)) * args.columns + c,
                 x[static_cast<std::size_t>(i)]);
    }
  });
}

// y_ij = (a_ij - sum over k < j of y_ik * y_jk) / y_jj, and y_jj the root of the same.
template <class S>
void cholesky(const backends::CholeskyArgs& args) {
  for (std::int64_t matrix = 0; matrix < args.matrices; ++matrix) {
    const std::int64_t first = matrix * args.n * args.n;
    Square<S> a(args.dtype, args.a, first, args.n), y(args.n);
    for (std::int64_t j = 0; j < args.n; ++j) {
      S left = a(j, j);
      for (std::int64_t k = 0; k < j; ++k) left = left - y(j, k) * y(j, k);
      if (left <= S(0) || (a(j, j) > S(0) && is_rounding(left, j, a(j, j)))) return note(*args.fault, matrix, j);
      y(j, j) = sqrt(left);
      for (std::int64_t i = j + 1; i < args.n; ++i) {
        S rest = a(i, j);
        for (std::int64_t k = 0; k < j; ++k) rest = rest - y(i, k) * y(j, k);
        y(i, j) = rest / y(j, j);
      }
    }
    for (std::int64_t i = 0; i < args.n * args.n; ++i)
      store<S>(args.dtype, args.y, first + i, y.elements[static_cast<std::size_t>(i)]);
  }
}

template <class S>
void fill_linear_algebra(backends::Kernels& k) {
  k.solve = solve<S, false>;
  k.solve_triangular = solve<S, true>;
  k.cholesky = cholesky<S>;
}

}  // namespace logitape::inline v0::oracle
