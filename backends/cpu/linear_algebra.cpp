// solve, solve_triangular and cholesky: systems a * x = b by LU with partial pivoting, by a triangle, and y * y^T = a.
// All is f64 in a thread's own copy, rounded once. Lanes run over the elements of a row, never along a sum: each
// element is one chain of fused multiply-adds, from the first row that it takes to the last, so that its bits depend
// neither on the vectors' width, nor on the threads, nor on the other columns of b.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/linear_algebra.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/scratch.h"
#include "logitape/backends/cpu/thread_pool.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using backends::CholeskyArgs;
using backends::PivotFault;
using backends::SolveArgs;

constexpr std::int64_t column_block = 32;  // right-hand sides at a time
constexpr double rounding = 0x1p-52;       // twice that of one operation: l itself is rounded too

// y[i] -= factor * x[i]; the tail takes the same instructions, a lane at a time.
HWY_INLINE void subtract(double factor, const double* x, std::int64_t size, double* y) {
  const auto run = [&](auto d, std::int64_t begin) HWY_ATTR {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (; begin + lanes <= size; begin += lanes)
      hn::StoreU(hn::NegMulAdd(hn::Set(d, factor), hn::LoadU(d, x + begin), hn::LoadU(d, y + begin)), d, y + begin);
    return begin;
  };
  run(hn::CappedTag<double, 1>(), run(hn::ScalableTag<double>(), 0));
}

// a = l * u with rows in the order `order`, in place: l's diagonal, which is 1, is not stored. Returns the column
// without a pivot, or -1.
std::int64_t factorise(double* a, std::int64_t n, std::int64_t* order) {
  for (std::int64_t i = 0; i < n; ++i) order[i] = i;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t best = k;
    for (std::int64_t i = k + 1; i < n; ++i)
      if (std::fabs(a[i * n + k]) > std::fabs(a[best * n + k])) best = i;
    if (best != k) {
      std::swap_ranges(a + k * n, a + (k + 1) * n, a + best * n);
      std::swap(order[k], order[best]);
    }
    const double* top = a + k * n;
    double terms = std::fabs(top[k]);
    for (std::int64_t j = 0; j < k; ++j) terms += std::fabs(top[j] * a[j * n + k]);
    if (std::isfinite(terms) && std::fabs(top[k]) <= static_cast<double>(k + 1) * rounding * terms) return k;
    const std::int64_t rows = n - k - 1;
    parallel_for(rows, rows * rows, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
      for (std::int64_t i = k + 1 + begin; i < k + 1 + end; ++i) {
        double* row = a + i * n;
        row[k] /= top[k];
        subtract(row[k], top + k + 1, rows, row + k + 1);
      }
    });
  }
  return -1;
}

// t * y = y, or t^T * y = y, in place for y[n, columns]; t is a triangle of [n, n], and has ones for its diagonal if
// `unit`.
void substitute(const double* t, std::int64_t n, bool upper, bool transpose, bool unit, std::int64_t columns,
                double* y) {
  const bool forward = upper == transpose;
  const std::int64_t down = transpose ? 1 : n, across = transpose ? n : 1;
  const std::int64_t blocks = (columns + column_block - 1) / column_block;
  parallel_for(blocks, n * n * columns, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for (std::int64_t first = begin * column_block; first < std::min(columns, end * column_block);
         first += column_block) {
      const std::int64_t count = std::min(columns - first, column_block);
      for (std::int64_t step = 0; step < n; ++step) {
        const std::int64_t i = forward ? step : n - 1 - step;
        double* row = y + i * columns + first;
        for (std::int64_t s = 0; s < step; ++s) {
          const std::int64_t j = forward ? s : n - 1 - s;
          subtract(t[i * down + j * across], y + j * columns + first, count, row);
        }
        for (std::int64_t c = 0; c < count && !unit; ++c) row[c] /= t[i * n + i];
      }
    }
  });
}

// Where matrix `index` of a and of b starts, in matrices.
std::pair<std::int64_t, std::int64_t> batch_offsets(const backends::Loop<2>& batch, std::int64_t index) {
  std::int64_t a = 0, b = 0;
  for (int r = batch.rank - 1; r >= 0; --r) {
    a += index % batch.size[r] * batch.step[0][r];
    b += index % batch.size[r] * batch.step[1][r];
    index /= batch.size[r];
  }
  return {a, b};
}

// Calls run(begin, end, faults) for ranges of matrices. run sets the fault of each: where it has no pivot, or -1.
template <class F>
void for_each_matrix(std::int64_t matrices, std::int64_t work, PivotFault& fault, F run) {
  const Scratch<std::int64_t> faults(matrices);
  parallel_for(matrices, work, [&](std::int64_t begin, std::int64_t end) HWY_ATTR { run(begin, end, faults.at); });
  for (std::int64_t m = matrices - 1; m >= 0; --m)
    if (faults.at[m] >= 0) fault = {m, faults.at[m]};
}

std::int64_t first_zero(const double* t, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    if (t[i * n + i] == 0) return i;
  return -1;
}

template <class T>
void solve_all(const SolveArgs& s, bool triangular) {
  const std::int64_t n = s.n, columns = s.columns;
  std::int64_t matrices = 1;
  for (int r = 0; r < s.batch.rank; ++r) matrices *= s.batch.size[r];
  const auto range = [&](std::int64_t begin, std::int64_t end, std::int64_t* faults) HWY_ATTR {
    const Scratch<double> a(n * n), y(n * columns);
    const Scratch<std::int64_t> order(n);
    std::int64_t held = -1;  // which a is factorised: a batch may share one
    for (std::int64_t m = begin; m < end; ++m) {
      const auto [from_a, from_b] = batch_offsets(s.batch, m);
      if (held != from_a) {
        const T* matrix = static_cast<const T*>(s.a) + from_a * n * n;
        for (std::int64_t i = 0; i < n * n; ++i) a.at[i] = static_cast<double>(matrix[i]);
        for (std::int64_t i = 0; i < n; ++i) order.at[i] = i;
      }
      faults[m] = held == from_a ? -1 : triangular ? first_zero(a.at, n) : factorise(a.at, n, order.at);
      held = faults[m] < 0 ? from_a : -1;
      if (faults[m] >= 0) continue;
      const T* b = static_cast<const T*>(s.b) + from_b * n * columns;
      T* x = static_cast<T*>(s.x) + m * n * columns;
      // p * a = l * u, so that a * x = b is l * u * x = p * b, and a^T * x = b is u^T * l^T * (p * x) = b
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t c = 0; c < columns; ++c)
          y.at[i * columns + c] = static_cast<double>(b[(s.transpose ? i : order.at[i]) * columns + c]);
      if (triangular) {
        substitute(a.at, n, s.upper, s.transpose, false, columns, y.at);
      } else {
        substitute(a.at, n, s.transpose, s.transpose, !s.transpose, columns, y.at);
        substitute(a.at, n, !s.transpose, s.transpose, s.transpose, columns, y.at);
      }
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t c = 0; c < columns; ++c)
          x[(s.transpose ? order.at[i] : i) * columns + c] = static_cast<T>(y.at[i * columns + c]);
    }
  };
  for_each_matrix(matrices, matrices * n * (n + columns), *s.fault, range);
}

// l * l^T = a in place, in a's lower triangle; `column` holds n numbers. Returns the minor without a pivot, or -1.
std::int64_t cholesky_in_place(double* a, std::int64_t n, double* column) {
  for (std::int64_t k = 0; k < n; ++k) {
    double whole = a[k * n + k], squares = 0;  // a_kk as it was: what is left plus the squares before it
    for (std::int64_t j = 0; j < k; ++j) squares += a[k * n + j] * a[k * n + j];
    const double bound = static_cast<double>(k + 1) * rounding * (whole + squares);
    if (whole <= (std::isfinite(bound) && bound > 0 ? bound : 0)) return k;
    const double root = a[k * n + k] = std::sqrt(whole);
    for (std::int64_t i = k + 1; i < n; ++i) column[i] = a[i * n + k] /= root;
    const std::int64_t rows = n - k - 1;
    parallel_for(rows, rows * rows / 2, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
      for (std::int64_t i = k + 1 + begin; i < k + 1 + end; ++i)
        subtract(column[i], column + k + 1, i - k, a + i * n + k + 1);
    });
  }
  return -1;
}

template <class T>
void cholesky_all(const CholeskyArgs& s) {
  const std::int64_t n = s.n;
  for_each_matrix(s.matrices, s.matrices * n * n, *s.fault,
                  [&](std::int64_t begin, std::int64_t end, std::int64_t* faults) HWY_ATTR {
                    const Scratch<double> a(n * n), column(n);
                    for (std::int64_t m = begin; m < end; ++m) {
                      const T* from = static_cast<const T*>(s.a) + m * n * n;
                      T* y = static_cast<T*>(s.y) + m * n * n;
                      for (std::int64_t i = 0; i < n; ++i)
                        for (std::int64_t j = 0; j <= i; ++j) a.at[i * n + j] = static_cast<double>(from[i * n + j]);
                      faults[m] = cholesky_in_place(a.at, n, column.at);
                      for (std::int64_t i = 0; i < n; ++i)
                        for (std::int64_t j = 0; j < n; ++j)
                          y[i * n + j] = j <= i ? static_cast<T>(a.at[i * n + j]) : T(0);
                    }
                  });
}

void solve(const SolveArgs& s) {
  visit_floating(s.dtype, [&]<class T>() HWY_ATTR { solve_all<T>(s, false); });
}
void solve_triangular(const SolveArgs& s) {
  visit_floating(s.dtype, [&]<class T>() HWY_ATTR { solve_all<T>(s, true); });
}
void cholesky(const CholeskyArgs& s) {
  visit_floating(s.dtype, [&]<class T>() HWY_ATTR { cholesky_all<T>(s); });
}

}  // namespace

void FillLinearAlgebra(backends::Kernels& k) {
  k.solve = solve;
  k.solve_triangular = solve_triangular;
  k.cholesky = cholesky;
}

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_linear_algebra, FillLinearAlgebra)
#endif
