// solve, solve_triangular and cholesky, a block a matrix, in f64 copies in device memory: LU with partial pivoting,
// substitution, l * l^T. Every element has its own chain of fused steps in the order of the columns, so that a column
// of a solution is the solution of that column. Pivots are judged as kernel_args.h says.
#include <vector>

#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {
namespace {

constexpr double rounding = 0x1p-52;  // twice that of one operation: l itself is rounded too

// Calls f(i) for i < size, shared by the block's threads, which then wait for each other.
template <class F>
__device__ void by_threads(int64_t size, F f) {
  for (int64_t i = threadIdx.x; i < size; i += block_threads) f(i);
  if constexpr (planted != 6) __syncthreads();
}

// The sum over j < k of f(j), the same in every thread.
template <class F>
__device__ double sum_over(int64_t k, F f) {
  Sum<double> sum{};
  for (int64_t j = threadIdx.x; j < k; j += block_threads) sum.add(f(j));
  return join_block(sum, Add()).total();
}

// The row >= k whose element of column k is the first largest; k's own NaN stays where it is.
__device__ int64_t pivot_row(const double* a, int64_t n, int64_t k) {
  Placed best{-1, n};
  for (int64_t i = k + threadIdx.x; i < n; i += block_threads) {
    const double size = fabs(a[i * n + k]);
    best = FirstLargest()(best, Placed{isnan(size) ? (i == k ? INFINITY : -1.0) : size, i});
  }
  return join_block(best, FirstLargest()).at;
}

// a = l * u with rows in the order `order`, in place. Returns the column without a pivot, or -1.
__device__ int64_t factorise(double* a, int64_t n, int64_t* order) {
  by_threads(n, [&](int64_t i) { order[i] = i; });
  for (int64_t k = 0; k < n; ++k) {
    const int64_t best = pivot_row(a, n, k);
    if (best != k)
      by_threads(n + 1, [&](int64_t j) {
        if (j == n) {
          const int64_t held = order[k];
          order[k] = order[best];
          order[best] = held;
        } else {
          const double held = a[k * n + j];
          a[k * n + j] = a[best * n + j];
          a[best * n + j] = held;
        }
      });
    const double top = a[k * n + k];
    const double terms = fabs(top) + sum_over(k, [&](int64_t j) { return fabs(a[k * n + j] * a[j * n + k]); });
    if (isfinite(terms) && fabs(top) <= static_cast<double>(k + 1) * rounding * terms) return k;
    const int64_t rows = n - k - 1;
    by_threads(rows, [&](int64_t i) { a[(k + 1 + i) * n + k] /= top; });
    by_threads(rows * rows, [&](int64_t e) {
      const int64_t i = k + 1 + e / rows, j = k + 1 + e % rows;
      a[i * n + j] = fma(-a[i * n + k], a[k * n + j], a[i * n + j]);
    });
  }
  return -1;
}

// t * y = y, or t^T * y = y, in place for y[n, columns]; t is a triangle, and has ones for its diagonal if `unit`.
__device__ void substitute(const double* t, int64_t n, bool upper, bool transpose, bool unit, int64_t columns,
                           double* y) {
  const bool forward = upper == transpose;
  for (int64_t step = 0; step < n; ++step) {
    const int64_t j = forward ? step : n - 1 - step;
    if (!unit) by_threads(columns, [&](int64_t c) { y[j * columns + c] /= t[j * n + j]; });
    by_threads((n - 1 - step) * columns, [&](int64_t e) {
      const int64_t away = 1 + e / columns, c = e % columns, i = forward ? j + away : j - away;
      y[i * columns + c] = fma(-t[transpose ? j * n + i : i * n + j], y[j * columns + c], y[i * columns + c]);
    });
  }
}

__device__ int64_t first_zero(const double* t, int64_t n) {
  Placed zero{0, n};
  for (int64_t i = threadIdx.x; i < n; i += block_threads)
    if (t[i * n + i] == 0) zero.at = min(zero.at, i);
  const int64_t row = join_block(zero, FirstLargest()).at;
  return row < n ? row : -1;
}

template <class T>
struct Solve {
  lt_loop2 batch;
  int64_t matrices, n, columns;
  bool triangular, upper, transpose;
  const T *a, *b;
  T* x;
  double *room_a, *room_y;
  int64_t *order, *faults;

  __device__ void operator()(int64_t m) const {
    const BatchOffsets from = batch_offsets(batch, m);
    double *const lu = room_a + m * n * n, *const y = room_y + m * n * columns;
    int64_t* const rows = order + m * n;
    by_threads(n * n, [&](int64_t i) { lu[i] = static_cast<double>(a[from.a * n * n + i]); });
    const int64_t fault = triangular ? first_zero(lu, n) : factorise(lu, n, rows);
    if (threadIdx.x == 0) faults[m] = fault;
    if (fault >= 0) return;
    // p * a = l * u, so that a * x = b is l * u * x = p * b, and a^T * x = b is u^T * l^T * (p * x) = b
    const auto moved = [&](int64_t i) { return triangular ? i : rows[i]; };
    by_threads(n * columns, [&](int64_t e) {
      const int64_t i = e / columns, row = transpose ? i : moved(i);
      y[e] = static_cast<double>(b[(from.b * n + row) * columns + e % columns]);
    });
    if (triangular) {
      substitute(lu, n, upper, transpose, false, columns, y);
    } else {
      substitute(lu, n, transpose, transpose, !transpose, columns, y);
      substitute(lu, n, !transpose, transpose, transpose, columns, y);
    }
    by_threads(n * columns, [&](int64_t e) {
      const int64_t i = e / columns, row = transpose ? moved(i) : i;
      x[(m * n + row) * columns + e % columns] = static_cast<T>(y[e]);
    });
  }
};

template <class T>
struct Cholesky {
  int64_t matrices, n;
  const T* a;
  T* y;
  double* room;
  int64_t* faults;

  __device__ int64_t in_place(double* l) const {
    for (int64_t k = 0; k < n; ++k) {
      const double whole = l[k * n + k];  // what is left of a_kk: with the squares before it, a_kk as it was
      const double squares = sum_over(k, [&](int64_t j) { return l[k * n + j] * l[k * n + j]; });
      const double bound = static_cast<double>(k + 1) * rounding * (whole + squares);
      if (whole <= (isfinite(bound) && bound > 0 ? bound : 0)) return k;
      const double root = sqrt(whole);
      __syncthreads();  // all have read a_kk
      const int64_t rows = n - k - 1;
      by_threads(rows + 1, [&](int64_t i) {
        double& at = l[(k + i) * n + k];
        at = i == 0 ? root : at / root;
      });
      by_threads(rows * rows, [&](int64_t e) {
        const int64_t i = k + 1 + e / rows, j = k + 1 + e % rows;
        if (j <= i) l[i * n + j] = fma(-l[i * n + k], l[j * n + k], l[i * n + j]);
      });
    }
    return -1;
  }

  __device__ void operator()(int64_t m) const {
    double* const l = room + m * n * n;
    by_threads(n * n, [&](int64_t e) { l[e] = e % n <= e / n ? static_cast<double>(a[m * n * n + e]) : 0.0; });
    const int64_t fault = in_place(l);
    if (threadIdx.x == 0) faults[m] = fault;
    by_threads(n * n, [&](int64_t e) { y[m * n * n + e] = static_cast<T>(l[e]); });
  }
};

// Four blocks a multiprocessor leave a thread 64 registers; nvcc would give sm_80 five, and spill.
template <class F>
__global__ void __launch_bounds__(block_threads, 4) each_matrix(F f) {
  for (int64_t m = blockIdx.x; m < f.matrices; m += gridDim.x) f(m);
}

// Starts f, and names the first matrix that has no pivot.
template <class F>
lt_status run(lt_context* context, const char* op, const F& f, lt_pivot_fault* fault) {
  if (const lt_status status = start(context, op, f.matrices, 0, each_matrix<F>, f); status != LT_OK) return status;
  std::vector<int64_t> columns(static_cast<size_t>(f.matrices));
  const lt_status status = fetch(context, op, columns.data(), f.faults, columns.size() * sizeof(int64_t));
  for (int64_t m = f.matrices - 1; m >= 0 && status == LT_OK; --m)
    if (columns[static_cast<size_t>(m)] >= 0) *fault = lt_pivot_fault{m, columns[static_cast<size_t>(m)]};
  return status;
}

lt_status solve_any(const char* op, bool triangular, lt_context* context, const lt_solve_args* s) {
  return visit_floating(op, s->dtype, [&]<class T>() -> lt_status {
    const int64_t matrices = matrices_of(s->batch), square = matrices * s->n * s->n, wide = s->n * s->columns;
    if (square == 0) return LT_OK;
    const int64_t words = square + matrices * (wide + s->n + 1);
    const Workspace room(context, op, static_cast<size_t>(words) * sizeof(double));
    if (room.status != LT_OK) return room.status;
    auto* const numbers = static_cast<double*>(room.data);
    auto* const order = reinterpret_cast<int64_t*>(numbers + square + matrices * wide);
    const Solve<T> f{s->batch,
                     matrices,
                     s->n,
                     s->columns,
                     triangular,
                     s->upper,
                     s->transpose,
                     static_cast<const T*>(s->a),
                     static_cast<const T*>(s->b),
                     static_cast<T*>(s->x),
                     numbers,
                     numbers + square,
                     order,
                     order + matrices * s->n};
    return run(context, op, f, s->fault);
  });
}
lt_status solve(lt_context* context, const lt_solve_args* s) { return solve_any("solve", false, context, s); }
lt_status solve_triangular(lt_context* context, const lt_solve_args* s) {
  return solve_any("solve_triangular", true, context, s);
}

lt_status cholesky(lt_context* context, const lt_cholesky_args* s) {
  constexpr const char* op = "cholesky";
  return visit_floating(op, s->dtype, [&]<class T>() -> lt_status {
    const int64_t square = s->matrices * s->n * s->n;
    if (square == 0) return LT_OK;
    const Workspace room(context, op, static_cast<size_t>(square + s->matrices) * sizeof(double));
    if (room.status != LT_OK) return room.status;
    auto* const numbers = static_cast<double*>(room.data);
    const Cholesky<T> f{s->matrices,           s->n,    static_cast<const T*>(s->a),
                        static_cast<T*>(s->y), numbers, reinterpret_cast<int64_t*>(numbers + square)};
    return run(context, op, f, s->fault);
  });
}

}  // namespace

void fill_linear_algebra(lt_kernels& k) {
  k.solve = solve;
  k.solve_triangular = solve_triangular;
  k.cholesky = cholesky;
}

}  // namespace logitape_cuda
