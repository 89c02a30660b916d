// solve, solve_triangular and cholesky on every target: residuals against their bounds, the oracle, the same bits for
// any number of threads and of right-hand sides, and what counts as a missing pivot.
#include "logitape/backends/oracle/linear_algebra.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/numbers.h"

using namespace logitape;

namespace {

using backends::CholeskyArgs;
using backends::Loop;
using backends::PivotFault;
using backends::SolveArgs;
using tests::numbers;

std::size_t count(std::int64_t size) { return static_cast<std::size_t>(size); }

enum class Kind { general, lower, upper };

template <class T>
struct Result {
  std::vector<T> x;
  PivotFault fault;
};

template <class T>
struct System {
  std::int64_t n, columns;
  Kind kind = Kind::general;
  bool transpose = false;
  Loop<2> batch = {};
  std::vector<T> a, b;

  std::int64_t matrices() const {
    std::int64_t total = 1;
    for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
    return total;
  }
  Result<T> run(const backends::Kernels& kernels) const {
    Result<T> r{std::vector<T>(count(matrices() * n * columns)), {}};
    const auto slot = kind == Kind::general ? &backends::Kernels::solve : &backends::Kernels::solve_triangular;
    (kernels.*slot)(
        {dtype_of<T>(), batch, n, columns, kind == Kind::upper, transpose, a.data(), b.data(), r.x.data(), &r.fault});
    return r;
  }
  // Element [i, j] of the matrix that is solved.
  long double at(std::int64_t i, std::int64_t j) const {
    if (transpose) std::swap(i, j);
    if ((kind == Kind::lower && j > i) || (kind == Kind::upper && j < i)) return 0;
    return static_cast<long double>(a[count(i * n + j)]);
  }
};

// Numbers in [-1, 1); a triangle's diagonal is n times larger, as random triangles are singular for f64 otherwise.
template <class T>
System<T> random_system(std::int64_t n, std::int64_t columns, Kind kind = Kind::general, bool transpose = false) {
  System<T> s{n, columns, kind, transpose, {}, numbers<T>(n * n, 3), numbers<T>(n * columns, 4)};
  for (std::int64_t i = 0; i < n && kind != Kind::general; ++i)
    s.a[count(i * n + i)] = static_cast<T>(n) + s.a[count(i * n + i)];
  return s;
}

template <class T>
int different(const std::vector<T>& a, const std::vector<T>& b) {
  int n = a.size() != b.size();
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) n += a[i] != b[i] && !(a[i] != a[i] && b[i] != b[i]);
  return n;
}

// The largest |a*x - b| of a row over (|a|*|x|)_i, in epsilons of T.
template <class T>
double backward_error(const System<T>& s, const std::vector<T>& x) {
  double worst = 0;
  for (std::int64_t i = 0; i < s.n; ++i)
    for (std::int64_t c = 0; c < s.columns; ++c) {
      long double left = -static_cast<long double>(s.b[count(i * s.columns + c)]), size = 0;
      for (std::int64_t j = 0; j < s.n; ++j) {
        const long double term = s.at(i, j) * static_cast<long double>(x[count(j * s.columns + c)]);
        left += term, size += std::fabs(term);
      }
      worst = std::fmax(worst, static_cast<double>(std::fabs(left) / size));
    }
  return worst / static_cast<double>(std::numeric_limits<T>::epsilon());
}

}  // namespace

TEST_CASE_TEMPLATE("the residual of every solution is within the bound of its roundings", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const Kind kind : {Kind::general, Kind::lower, Kind::upper})
      for (const bool transpose : {false, true})
        for (const std::int64_t n : {1, 2, 7, 33, 200})
          for (const std::int64_t columns : {1, 3, 70}) {
            if (n == 200 && columns == 70) continue;
            const System<T> s = random_system<T>(n, columns, kind, transpose);
            const Result<T> r = s.run(target.kernels);
            CAPTURE(target.name);
            CAPTURE(n);
            CAPTURE(columns);
            CAPTURE(transpose);
            CHECK(r.fault.column == -1);
            // f32: x itself is rounded, by half an epsilon an element. f64: LU's is 3n/2 epsilons of |l|*|u|, which
            // partial pivoting keeps near |a|: within a factor n of it where the matrix is random
            const double bound = sizeof(T) == 4          ? 0.51
                                 : kind == Kind::general ? 3.0 * static_cast<double>(n)
                                                         : 1.0 * static_cast<double>(n) + 1;
            CHECK(backward_error(s, r.x) <= bound);
          }
}

TEST_CASE("f32 solutions are those of f64, rounded once") {
  for (const cpu::Target& target : cpu::targets()) {
    const System<float> s = random_system<float>(40, 5);
    const System<double> wide{s.n, s.columns, s.kind, false, {}, {s.a.begin(), s.a.end()}, {s.b.begin(), s.b.end()}};
    const std::vector<double> x = wide.run(target.kernels).x;
    CHECK(different(s.run(target.kernels).x, std::vector<float>(x.begin(), x.end())) == 0);
  }
}

TEST_CASE("an ill-conditioned matrix keeps the digits that its condition leaves: Hilbert's of 8 rows") {
  constexpr std::int64_t n = 8;
  System<double> s{n, 1, Kind::general, false, {}, std::vector<double>(n * n), std::vector<double>(n)};
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const double h = 1 / static_cast<double>(i + j + 1);
      s.a[count(i * n + j)] = h;
      s.b[count(i)] += h;  // so that x is 1 everywhere, but for roundings
    }
  std::vector<double> root(n * n);
  for (const cpu::Target& target : cpu::targets()) {
    const Result<double> r = s.run(target.kernels);
    CHECK(r.fault.column == -1);
    for (const double x : r.x) CHECK(std::fabs(x - 1) <= 1.6e10 * 8 * 0x1p-53);  // its condition times n roundings
    CHECK(backward_error(s, r.x) <= 24);
    PivotFault fault;
    target.kernels.cholesky({DType::f64, 1, n, s.a.data(), root.data(), &fault});
    CHECK(fault.column == -1);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        long double left = -static_cast<long double>(s.a[count(i * n + j)]);
        for (std::int64_t k = 0; k < n; ++k)
          left += static_cast<long double>(root[count(i * n + k)]) * root[count(j * n + k)];
        CHECK(std::fabs(static_cast<double>(left)) <= (n + 1) * 0x1p-53);  // of terms whose sum is at most 1
      }
  }
}

TEST_CASE_TEMPLATE("solutions and roots have the same bits for any number of threads, and wherever products are fused",
                   T, float, double) {
  const Loop<2> many{1, {301}, {{1}, {1}}};
  System<T> batch = random_system<T>(30, 2);
  batch.batch = many, batch.a = numbers<T>(301 * 900, 8), batch.b = numbers<T>(301 * 60, 9);
  const std::vector<System<T>> systems = {batch, random_system<T>(540, 1),
                                          random_system<T>(100, 130, Kind::lower, true)};
  std::vector<std::vector<T>> fused;
  for (const cpu::Target& target : cpu::targets()) {
    std::vector<std::vector<T>> alone;
    const auto all = [&] {
      std::vector<std::vector<T>> x;
      for (const System<T>& s : systems) x.push_back(s.run(target.kernels).x);
      std::vector<T> a(540 * 540, T(0.25)), y(540 * 540);
      for (std::size_t i = 0; i < 540; ++i) a[i * 541] = T(300) + static_cast<T>(i);
      PivotFault fault;
      target.kernels.cholesky({dtype_of<T>(), 1, 540, a.data(), y.data(), &fault});
      CHECK(fault.column == -1);
      x.push_back(y);
      return x;
    };
    {
      const ThreadCount one(1);
      alone = all();
    }
    CAPTURE(target.name);
    for (const int threads : {2, 3, 7}) {
      const ThreadCount several(threads);
      const auto x = all();
      for (std::size_t i = 0; i < x.size(); ++i) CHECK(different(x[i], alone[i]) == 0);
    }
    if (target.name != "AVX2" && target.name != "AVX3") continue;
    if (fused.empty()) fused = alone;
    for (std::size_t i = 0; i < alone.size(); ++i) CHECK(different(alone[i], fused[i]) == 0);
  }
}

TEST_CASE("a column of a solution is the solution of that column, and a matrix of a batch is alone") {
  for (const cpu::Target& target : cpu::targets())
    for (const bool transpose : {false, true}) {
      const System<double> s = random_system<double>(19, 37, Kind::general, transpose);
      const std::vector<double> x = s.run(target.kernels).x;
      for (const std::int64_t c : {0, 31, 36}) {
        System<double> one{19, 1, s.kind, transpose, {}, s.a, {}};
        std::vector<double> want;
        for (std::int64_t i = 0; i < 19; ++i)
          one.b.push_back(s.b[count(i * 37 + c)]), want.push_back(x[count(i * 37 + c)]);
        CHECK(different(one.run(target.kernels).x, want) == 0);
      }
    }
  // a [2, 1] by b [3]: the matrices of the one along rows, of the other along columns
  System<double> crossed{
      4, 2, Kind::general, false, {2, {2, 3}, {{1, 0}, {0, 1}}}, numbers<double>(2 * 16, 5), numbers<double>(3 * 8, 6)};
  for (const cpu::Target& target : cpu::targets()) {
    const std::vector<double> x = crossed.run(target.kernels).x;
    for (std::int64_t i = 0; i < 2; ++i)
      for (std::int64_t j = 0; j < 3; ++j) {
        const System<double> one{4,
                                 2,
                                 Kind::general,
                                 false,
                                 {},
                                 {crossed.a.begin() + i * 16, crossed.a.begin() + (i + 1) * 16},
                                 {crossed.b.begin() + j * 8, crossed.b.begin() + (j + 1) * 8}};
        CHECK(different(one.run(target.kernels).x, {x.begin() + (i * 3 + j) * 8, x.begin() + (i * 3 + j + 1) * 8}) ==
              0);
      }
  }
}

namespace {

struct Judged {
  const char* what;
  std::int64_t n;
  std::vector<double> a;
  std::int64_t column;  // without a pivot; -1: none is
};

const Judged judged[] = {
    {"zeros", 2, {0, 0, 0, 0}, 0},
    {"a column of zeros", 2, {1, 0, 3, 0}, 1},
    {"a row twice another", 2, {1, 2, 2, 4}, 1},
    {"a row three times another, of which no quotient is exact", 2, {1, 2, 3, 6}, 1},
    {"tenths", 2, {0.1, 0.2, 0.3, 0.6}, 1},
    {"1 to 9, whose last pivot is rounding", 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 2},
    {"1 to 9, times 1e30", 3, {1e30, 2e30, 3e30, 4e30, 5e30, 6e30, 7e30, 8e30, 9e30}, 2},
    {"a row of another size that follows from two", 3, {1, 2, 3, 4e20, 5e20, 6e20, 7, 8, 9}, 2},
    {"a diagonal from 1e-30 to 1e30", 3, {1e-30, 0, 0, 0, 1, 0, 0, 0, 1e30}, -1},
    {"a triangle with a small diagonal", 2, {1e-20, 1e20, 0, 1e-20}, -1},
    {"columns of different sizes", 2, {1e-150, 1e150, 1e-150, -1e150}, -1},
    {"rows of different sizes", 2, {1e-150, 1e-150, 1e150, -1e150}, -1},
    {"determinant 2^-50", 2, {1, 1, 1, 1 + 0x1p-50}, -1},
    {"a permutation", 3, {0, 1, 0, 0, 0, 1, 1, 0, 0}, -1},
    {"subnormal numbers", 2, {5e-324, 0, 0, 5e-324}, -1},
    {"numbers near the largest", 2, {1e308, 1e308, -1e308, 1e308}, -1},
};

}  // namespace

TEST_CASE("a matrix is singular where f64 cannot tell it from one that is, whatever the size of its rows and columns") {
  for (const Judged& j : judged) {
    CAPTURE(j.what);
    const System<double> s{j.n, 1, Kind::general, false, {}, j.a, std::vector<double>(count(j.n), 1)};
    for (const cpu::Target& target : cpu::targets()) CHECK(s.run(target.kernels).fault.column == j.column);
  }
}

TEST_CASE(
    "a matrix of rank 1 is not positive definite, though rounding leaves it a pivot, and one with a little more is") {
  for (const cpu::Target& target : cpu::targets())
    for (const double scale : {2.0, 3.0, 5.0, 7.0, 0x3p100, 0x3p-100})
      for (double p = 1; p < 12; ++p)
        for (double q = 1; q < 12; ++q) {
          CAPTURE(scale);
          CAPTURE(p);
          CAPTURE(q);
          for (const bool more : {false, true}) {
            // roots of these numbers are rounded, the products are not
            const double a[] = {scale * p * p, scale * p * q, scale * p * q, scale * q * q * (more ? 1 + 0x1p-48 : 1)};
            double y[4];
            PivotFault fault;
            target.kernels.cholesky({DType::f64, 1, 2, a, y, &fault});
            CHECK(fault.column == (more ? -1 : 1));
          }
        }
}

TEST_CASE("the first matrix without a pivot is named, whichever thread meets it") {
  constexpr std::int64_t n = 3, matrices = 40000;
  System<double> s{n,
                   1,
                   Kind::general,
                   false,
                   {1, {matrices}, {{1}, {1}}},
                   std::vector<double>(n * n * matrices),
                   std::vector<double>(n * matrices, 1)};
  for (std::int64_t m = 0; m < matrices; ++m)
    for (std::int64_t i = 0; i < n; ++i) s.a[count(m * n * n + i * (n + 1))] = m % 10000 == 9876 && i == 1 ? 0 : 2;
  std::vector<double> root(s.a.size());
  for (const cpu::Target& target : cpu::targets())
    for (const Kind kind : {Kind::general, Kind::lower, Kind::upper}) {
      s.kind = kind;
      const ThreadCount three(3);
      PivotFault fault = s.run(target.kernels).fault;
      CHECK((fault.matrix == 9876 && fault.column == 1));
      fault = {};
      target.kernels.cholesky({DType::f64, matrices, n, s.a.data(), root.data(), &fault});
      CHECK((fault.matrix == 9876 && fault.column == 1));
    }
}
