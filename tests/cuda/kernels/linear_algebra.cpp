// solve, solve_triangular and cholesky: solutions against the oracle's residual bound, the pivots that it judges
// missing, the first matrix of a batch that has none.
#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

enum class Kind { general, lower, upper };

template <class T>
struct System {
  std::int64_t n, columns;
  Kind kind;
  bool transpose;
  Loop<2> batch = {};
  std::vector<T> a = {}, b = {};

  std::int64_t matrices() const {
    std::int64_t total = 1;
    for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
    return total;
  }
  long double at(std::int64_t i, std::int64_t j) const {
    if (transpose) std::swap(i, j);
    if ((kind == Kind::lower && j > i) || (kind == Kind::upper && j < i)) return 0;
    return static_cast<long double>(a[static_cast<std::size_t>(i * n + j)]);
  }
};

template <class T, class Side>
std::vector<T> solution(Side&& side, const System<T>& s, PivotFault& fault) {
  std::vector<T> x(static_cast<std::size_t>(s.matrices() * s.n * s.columns), T(7));
  const bool general = s.kind == Kind::general;
  side.run(general ? &Kernels::solve : &Kernels::solve_triangular,
           general ? &lt_kernels::solve : &lt_kernels::solve_triangular,
           {dtype_of<T>(), s.batch, s.n, s.columns, s.kind == Kind::upper, s.transpose, side.in(s.a), side.in(s.b),
            side.out(x), &fault});
  return x;
}

// Random triangles are singular for f64 unless their diagonal is large.
template <class T>
System<T> random_system(std::int64_t n, std::int64_t columns, Kind kind, bool transpose) {
  System<T> s{
      n, columns, kind, transpose, {}, normal_numbers<T>(n * n, 1, 0, 3), normal_numbers<T>(n * columns, 1, 0, 4)};
  for (std::int64_t i = 0; i < n && kind != Kind::general; ++i)
    s.a[static_cast<std::size_t>(i * n + i)] += static_cast<T>(2 * n + 3);
  return s;
}

// |a*x - b| of a row over (|a|*|x|)_i, in epsilons of T. f32: x is rounded once, by half an epsilon. f64: LU's is
// 3n/2 epsilons of |l|*|u|, which partial pivoting keeps within a factor n of |a|.
template <class T>
void check_system(std::int64_t n, std::int64_t columns, Kind kind, bool transpose) {
  const System<T> s = random_system<T>(n, columns, kind, transpose);
  PivotFault fault;
  const std::vector<T> x = solution(Device(), s, fault);
  expect(fault.matrix == -1 && fault.column == -1, "a regular matrix has all pivots");
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < columns; ++c) {
      long double left = -static_cast<long double>(s.b[static_cast<std::size_t>(i * columns + c)]), size = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const long double term = s.at(i, j) * static_cast<long double>(x[static_cast<std::size_t>(j * columns + c)]);
        left += term, size += std::fabs(term);
      }
      const double bound = sizeof(T) == 4          ? 0.51
                           : kind == Kind::general ? 3.0 * static_cast<double>(n)
                                                   : static_cast<double>(n) + 1;
      const auto e =
          static_cast<double>(std::fabs(left) / size) / static_cast<double>(std::numeric_limits<T>::epsilon());
      expect_within("residual f" + std::to_string(8 * sizeof(T)) + " over its bound", e / bound, 1);
    }
}

struct Judged {
  std::int64_t n;
  std::vector<double> a;
};
// As tests/kernels/linear_algebra.cpp has them; the oracle says where a pivot is missing.
const Judged judged[] = {{2, {0, 0, 0, 0}},
                         {2, {1, 0, 3, 0}},
                         {2, {1, 2, 2, 4}},
                         {2, {0.1, 0.2, 0.3, 0.6}},
                         {3, {1, 2, 3, 4, 5, 6, 7, 8, 9}},
                         {3, {1, 2, 3, 4e20, 5e20, 6e20, 7, 8, 9}},
                         {3, {1e-30, 0, 0, 0, 1, 0, 0, 0, 1e30}},
                         {2, {1e-150, 1e150, 1e-150, -1e150}},
                         {2, {1, 1, 1, 1 + 0x1p-50}},
                         {3, {0, 1, 0, 0, 0, 1, 1, 0, 0}},
                         {2, {5e-324, 0, 0, 5e-324}},
                         {2, {1e308, 1e308, -1e308, 1e308}},
                         {2, {4, 6, 6, 9}},
                         {2, {4, 6, 6, 10}},
                         {2, {1, 2, 2, 1}}};

template <class T, class Side>
std::vector<T> root_of(Side&& side, std::int64_t matrices, std::int64_t n, const std::vector<T>& a, PivotFault& fault) {
  std::vector<T> y(a.size(), T(7));
  side.run(&Kernels::cholesky, &lt_kernels::cholesky, {dtype_of<T>(), matrices, n, side.in(a), side.out(y), &fault});
  return y;
}

void check_pivots() {
  for (const Judged& j : judged)
    for (const Kind kind : {Kind::general, Kind::lower, Kind::upper}) {
      const System<double> s{j.n, 1, kind, false, {}, j.a, std::vector<double>(static_cast<std::size_t>(j.n), 1)};
      PivotFault got, want;
      solution(Device(), s, got);
      solution(exact<float>(), s, want);  // in double
      expect(got.matrix == want.matrix && got.column == want.column, "where a pivot is missing");
      got = want = {};
      root_of(Device(), 1, j.n, j.a, got);
      root_of(exact<float>(), 1, j.n, j.a, want);
      expect(got.matrix == want.matrix && got.column == want.column, "where a minor is not positive");
    }
  constexpr std::int64_t n = 3, matrices = 40;
  System<double> s{n,
                   1,
                   Kind::general,
                   false,
                   {1, {matrices}, {{1}, {1}}},
                   std::vector<double>(n * n * matrices),
                   std::vector<double>(n * matrices, 1)};
  for (std::int64_t m = 0; m < matrices; ++m)
    for (std::int64_t i = 0; i < n; ++i)
      s.a[static_cast<std::size_t>(m * n * n + i * (n + 1))] = m % 10 == 7 && i == 1 ? 0 : 2;
  for (const Kind kind : {Kind::general, Kind::lower, Kind::upper}) {
    s.kind = kind;
    PivotFault fault;
    solution(Device(), s, fault);
    expect(fault.matrix == 7 && fault.column == 1, "the first matrix without a pivot");
    fault = {};
    root_of(Device(), matrices, n, s.a, fault);
    expect(fault.matrix == 7 && fault.column == 1, "the first matrix that is not positive definite");
  }
}

template <class T>
void check_roots() {
  for (const std::int64_t n : {0, 1, 2, 17, 33}) {
    std::vector<T> a(static_cast<std::size_t>(2 * n * n), T(0.25));
    for (std::int64_t m = 0; m < 2; ++m)
      for (std::int64_t i = 0; i < n; ++i) a[static_cast<std::size_t>((m * n + i) * n + i)] = static_cast<T>(n + i + 1);
    PivotFault fault, other;
    const std::vector<T> got = root_of(Device(), 2, n, a, fault), want = root_of(exact<T>(), 2, n, a, other);
    // f32 is f64, rounded; f64: n roundings of terms that add up to the diagonal
    expect_within("cholesky f" + std::to_string(8 * sizeof(T)) + " in ULP of 1", worst_ulp(got, want, 1),
                  sizeof(T) == 4 ? 1 : 34);
    expect(fault.matrix == -1, "a root has no fault");
  }
}

}  // namespace

void check_linear_algebra() {
  for_each_floating([&]<class T>() {
    for (const Kind kind : {Kind::general, Kind::lower, Kind::upper})
      for (const bool transpose : {false, true})
        for (const std::int64_t n : {0, 1, 2, 7, 33})
          for (const std::int64_t columns : {0, 1, 3, 20}) check_system<T>(n, columns, kind, transpose);
    check_roots<T>();
  });
  const Loop<2> crossed{2, {2, 3}, {{1, 0}, {0, 1}}};
  const System<double> s{4,
                         2,
                         Kind::general,
                         false,
                         crossed,
                         normal_numbers<double>(2 * 16, 1, 0, 5),
                         normal_numbers<double>(3 * 8, 1, 0, 6)};
  PivotFault fault;
  const std::vector<double> got = solution(Device(), s, fault), want = solution(exact<double>(), s, fault);
  expect_within("solutions of a batch in ULP", worst_ulp(got, want, 1), 200);  // of conditions near 10 to 100
  check_pivots();
}

}  // namespace logitape::tests
