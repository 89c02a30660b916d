// matmul against a scalar chain of std::fma, bit for bit: the order of its sums is a promise, so the exact answer is
// known. Of f32 in mixed precision the operands are rounded to bf16 first, and the order is k = 1, 0, 3, 2, ... Targets
// without a fused multiply-add are held to the bound of a rounded sum, (k + 2) eps sum|a||b|, against the oracle.
#include "logitape/backends/oracle/matmul.h"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/numbers.h"

using namespace logitape;

namespace {

using tests::numbers;

// What a product is computed in.
template <class Type>
struct Full {
  using T = Type;
  static constexpr bool bf16 = false;
};
struct Mixed {
  using T = float;
  static constexpr bool bf16 = true;
};

// One product with its inputs, a stored [m, k] and b stored [k, n]; `args` transposes them on demand.
template <class T>
struct Product {
  std::int64_t m, n, k;
  bool relu = false;
  std::vector<T> bias = {};
  backends::Loop<2> batch = {};
  std::vector<T> a = {}, b = {};
  bool bf16 = false;
};

std::size_t count(std::int64_t size) { return static_cast<std::size_t>(size); }

std::int64_t matrices(const backends::Loop<2>& batch) {
  std::int64_t total = 1;
  for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
  return total;
}

std::int64_t stored(const backends::Loop<2>& batch, int input) {
  std::int64_t last = 0;
  for (int r = 0; r < batch.rank; ++r) last += (batch.size[r] - 1) * batch.step[input][r];
  return last + 1;
}

template <class A, class T = typename A::T>
Product<T> product(std::int64_t m, std::int64_t n, std::int64_t k, bool bias = false, bool relu = false,
                   backends::Loop<2> batch = {}) {
  Product<T> p{m, n, k, relu, {}, batch, {}, {}, A::bf16};
  p.a = numbers<T>(stored(batch, 0) * m * k, 1);
  p.b = numbers<T>(stored(batch, 1) * k * n, 2);
  if (bias) p.bias = numbers<T>(n, 3);
  return p;
}

// Every [rows, columns] matrix of x, stored [columns, rows].
template <class T>
std::vector<T> transposed(const std::vector<T>& x, std::int64_t rows, std::int64_t columns) {
  std::vector<T> out(x.size());
  const std::size_t r = count(rows), c = count(columns);
  for (std::size_t at = 0; at < x.size(); at += r * c)
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < c; ++j) out[at + j * r + i] = x[at + i * c + j];
  return out;
}

template <class T>
std::vector<T> run(const backends::Kernels& kernels, const Product<T>& p, bool transpose_a = false,
                   bool transpose_b = false) {
  const std::vector<T> a = transpose_a ? transposed(p.a, p.m, p.k) : p.a;
  const std::vector<T> b = transpose_b ? transposed(p.b, p.k, p.n) : p.b;
  const std::int64_t size = matrices(p.batch) * p.m * p.n;
  std::vector<T> y(count(size) + 1, T(77));  // and one more, that nobody may write
  kernels.matmul({.dtype = dtype_of<T>(),
                  .batch = p.batch,
                  .m = p.m,
                  .n = p.n,
                  .k = p.k,
                  .transpose_a = transpose_a,
                  .transpose_b = transpose_b,
                  .relu = p.relu,
                  .bf16 = p.bf16,
                  .a = a.data(),
                  .b = b.data(),
                  .bias = p.bias.empty() ? nullptr : p.bias.data(),
                  .y = y.data()});
  CHECK(y.back() == T(77));
  y.pop_back();
  return y;
}

template <class T>
T operand(const Product<T>& p, T x) {
  return p.bf16 ? static_cast<T>(static_cast<float>(bf16(static_cast<double>(x)))) : x;
}

// The k of step q: neighbours change places in mixed precision, but for a last one alone.
template <class T>
std::int64_t step(const Product<T>& p, std::int64_t q) {
  return p.bf16 && (q ^ 1) < p.k ? q ^ 1 : q;
}

// What every output is, by the contract.
template <class T>
std::vector<T> chain(const Product<T>& p) {
  std::vector<T> y(count(matrices(p.batch) * p.m * p.n));
  oracle::walk<2>(p.batch, [&](std::int64_t matrix, const std::int64_t(&at)[2]) {
    for (std::int64_t i = 0; i < p.m; ++i)
      for (std::int64_t j = 0; j < p.n; ++j) {
        T total = 0;
        for (std::int64_t first = 0; first < p.k; first += 4096) {
          T sum = 0;
          for (std::int64_t at_step = first; at_step < std::min(first + 4096, p.k); ++at_step) {
            const std::int64_t q = step(p, at_step);
            sum = std::fma(operand(p, p.a[count((at[0] * p.m + i) * p.k + q)]),
                           operand(p, p.b[count((at[1] * p.k + q) * p.n + j)]), sum);
          }
          total = first == 0 ? sum : total + sum;
        }
        if (!p.bias.empty()) total += p.bias[count(j)];
        if (p.relu && total <= 0) total = 0;
        y[count((matrix * p.m + i) * p.n + j)] = total;
      }
  });
  return y;
}

// Outputs that differ in a bit; any NaN equals any other.
template <class T>
int different(const std::vector<T>& x, const std::vector<T>& y) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  REQUIRE(x.size() == y.size());
  int bad = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    bad += !(std::isnan(x[i]) && std::isnan(y[i])) && std::bit_cast<Bits>(x[i]) != std::bit_cast<Bits>(y[i]);
  return bad;
}

// The largest error in units of eps * (sum|a||b| + |bias|), against the oracle.
template <class T>
double error(const Product<T>& p, const std::vector<T>& y) {
  using Wide = std::conditional_t<sizeof(T) == 8, long double, double>;
  backends::Kernels oracle;
  oracle::fill_matmul<Wide>(oracle);
  const std::vector<T> want = run(oracle, p);
  Product<T> size = p;
  for (std::vector<T>* v : {&size.a, &size.b, &size.bias})
    for (T& x : *v) x = std::fabs(x);
  const std::vector<T> scale = run(oracle, size);
  double worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double unit = double(std::numeric_limits<T>::epsilon()) * double(scale[i]);
    if (y[i] != want[i]) worst = std::max(worst, std::fabs(double(y[i]) - double(want[i])) / unit);
  }
  return worst;
}

// `size` bytes, and behind them as many that may not be touched.
char* guarded_page(std::size_t size) {
  void* const block = mmap(nullptr, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(block != MAP_FAILED);
  REQUIRE(mprotect(static_cast<char*>(block) + size, size, PROT_NONE) == 0);
  return static_cast<char*>(block);
}

bool fuses(const cpu::Target& target) { return target.name.starts_with("AVX") || target.name.starts_with("NEON"); }

// On every target and in all four ways of storing the operands.
template <class T>
void check(const Product<T>& p) {
  CAPTURE(p.m);
  CAPTURE(p.n);
  CAPTURE(p.k);
  CAPTURE(p.relu);
  CAPTURE(p.bias.size());
  CAPTURE(sizeof(T));
  const std::vector<T> want = chain(p);
  for (const cpu::Target& target : cpu::targets())
    for (int stored_as = 0; stored_as < 4; ++stored_as) {
      CAPTURE(target.name);
      CAPTURE(stored_as);
      const std::vector<T> got = run(target.kernels, p, (stored_as & 1) != 0, (stored_as & 2) != 0);
      if (fuses(target)) CHECK(different(got, want) == 0);
      else CHECK(error(p, got) <= double(p.k) + 2);
    }
}

constexpr std::int64_t sizes[] = {0, 1, 2, 3, 5, 7, 10, 15, 16, 17, 31, 33, 64, 97, 130};

}  // namespace

TEST_CASE_TEMPLATE("a product is a chain of fused multiply-adds in the order of k, whatever its shape and storage", A,
                   Full<float>, Full<double>, Mixed) {
  constexpr std::int64_t depths[] = {0, 1, 2, 17};
  int i = 0;
  for (std::int64_t m : sizes)
    for (std::int64_t n : sizes) {
      check(product<A>(m, n, depths[i % 4], i % 3 == 0, i % 5 < 2));
      ++i;
    }
}

TEST_CASE_TEMPLATE("long chains start again every 4,096 steps, and the sums of these blocks are added in order", A,
                   Full<float>, Full<double>, Mixed) {
  for (std::int64_t k : {255, 256, 257, 4095, 4096, 4097, 9000}) {
    check(product<A>(1, 1, k));
    check(product<A>(3, 7, k, true));
    check(product<A>(13, 5, k, false, true));
    check(product<A>(1, 17, k, true, true));
  }
  check(product<A>(2, 130, 4097));
  check(product<A>(31, 1, 9000, true));
}

TEST_CASE_TEMPLATE("products larger than a block of outputs, and than a cache, are the same chains", A, Full<float>,
                   Full<double>, Mixed) {
  check(product<A>(193, 257, 19, true));
  check(product<A>(1, 1030, 70));
  check(product<A>(1030, 1, 70, true, true));
  check(product<A>(50, 70, 300, true, true));
  // rows of a that are packed because they are far: in tiles, and fewer than a square that turns them
  check(product<A>(40, 70, 7000));
  check(product<A>(3, 70, 90000));
}

TEST_CASE_TEMPLATE("batches repeat an operand where its step is 0", A, Full<float>, Full<double>, Mixed) {
  const backends::Loop<2> each{1, {5}, {{1}, {1}}}, shared_b{1, {5}, {{1}, {0}}}, shared_a{1, {5}, {{0}, {1}}};
  const backends::Loop<2> crossed{2, {3, 4}, {{1, 0}, {0, 1}}}, outer{3, {2, 3, 2}, {{6, 2, 1}, {0, 1, 0}}};
  const backends::Loop<2> none{1, {0}, {{1}, {1}}};
  for (const backends::Loop<2>& batch : {each, shared_b, shared_a, crossed, outer, none}) {
    check(product<A>(7, 10, 33, true, true, batch));
    check(product<A>(1, 17, 5, false, false, batch));
    check(product<A>(33, 1, 9, true, false, batch));
    check(product<A>(3, 4, 0, true, false, batch));
  }
}

TEST_CASE_TEMPLATE("the number of threads is not in the bits", A, Full<float>, Full<double>, Mixed) {
  using T = typename A::T;
  const backends::Loop<2> crossed{2, {9, 5}, {{1, 0}, {0, 1}}};
  const std::vector<Product<T>> products = {product<A>(200, 190, 97, true), product<A>(384, 10, 610),
                                            product<A>(1, 700, 4500), product<A>(33, 40, 47, false, true, crossed)};
  for (const cpu::Target& target : cpu::targets())
    for (const Product<T>& p : products) {
      CAPTURE(target.name);
      CAPTURE(p.m);
      CAPTURE(p.n);
      CAPTURE(p.k);
      std::vector<T> alone;
      {
        ThreadCount one(1);
        alone = run(target.kernels, p);
      }
      if (fuses(target)) CHECK(different(alone, chain(p)) == 0);
      for (int threads : {2, 3, 7}) {
        ThreadCount several(threads);
        CAPTURE(threads);
        CHECK(different(run(target.kernels, p), alone) == 0);
        CHECK(different(run(target.kernels, p, true, true), alone) == 0);
      }
    }
}

TEST_CASE_TEMPLATE("a row of a product is the product of that row", A, Full<float>, Full<double>, Mixed) {
  using T = typename A::T;
  for (const cpu::Target& target : cpu::targets())
    for (std::int64_t n : {1, 10, 33, 300}) {
      const Product<T> p = product<A>(29, n, 270, true);
      const std::vector<T> all = run(target.kernels, p);
      for (std::int64_t i = 0; i < p.m; ++i) {
        Product<T> row = p;
        row.m = 1;
        row.a.assign(p.a.begin() + i * p.k, p.a.begin() + (i + 1) * p.k);
        CAPTURE(target.name);
        CAPTURE(n);
        CAPTURE(i);
        CHECK(different(run(target.kernels, row), std::vector<T>(all.begin() + i * n, all.begin() + (i + 1) * n)) == 0);
      }
    }
}

TEST_CASE_TEMPLATE("NaN and infinity reach their own row and column, and nothing else", A, Full<float>, Full<double>,
                   Mixed) {
  using T = typename A::T;
  constexpr T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (std::int64_t n : {1, 5, 10, 17, 40})
    for (bool relu : {false, true}) {
      Product<T> p = product<A>(14, n, 21, false, relu);
      p.a[count(3 * p.k + 2)] = inf;  // times zero below: NaN, in the plain loop too
      p.b[count(2 * p.n)] = 0;
      p.a[count(5 * p.k + 20)] = nan;
      p.b[count(7 * p.n + n - 1)] = -inf;
      const std::vector<T> want = chain(p);
      CHECK(std::isnan(want[count(3 * n)]));
      CHECK_FALSE(std::isnan(want[0]));
      for (const cpu::Target& target : cpu::targets())
        for (int stored_as = 0; stored_as < 4; ++stored_as) {
          const std::vector<T> got = run(target.kernels, p, (stored_as & 1) != 0, (stored_as & 2) != 0);
          int wrong = 0;
          for (std::size_t i = 0; i < got.size(); ++i)
            wrong += std::isnan(got[i]) != std::isnan(want[i]) || (std::isinf(want[i]) && got[i] != want[i]) ||
                     (std::isfinite(want[i]) && !std::isfinite(got[i]));
          CAPTURE(target.name);
          CAPTURE(n);
          CAPTURE(relu);
          CAPTURE(stored_as);
          CHECK(wrong == 0);
        }
    }
}

TEST_CASE_TEMPLATE("neighbouring matrices of a batch do not leak into each other", A, Full<float>, Full<double>,
                   Mixed) {
  using T = typename A::T;
  const backends::Loop<2> batch{1, {3}, {{1}, {1}}};
  for (std::int64_t n : {1, 3, 10, 18}) {
    Product<T> p = product<A>(13, n, 6, false, false, batch);
    std::fill(p.a.begin() + 13L * 6, p.a.begin() + 2L * 13 * 6, std::numeric_limits<T>::quiet_NaN());
    std::fill(p.b.begin() + 6 * n, p.b.begin() + 12 * n, std::numeric_limits<T>::infinity());
    for (const cpu::Target& target : cpu::targets()) {
      const std::vector<T> y = run(target.kernels, p);
      int wrong = 0;
      for (std::size_t i = 0; i < y.size(); ++i) wrong += std::isnan(y[i]) != (count(13 * n) <= i && i < count(26 * n));
      CAPTURE(target.name);
      CAPTURE(n);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE_TEMPLATE("no operand is read past its end", A, Full<float>, Full<double>, Mixed) {
  using T = typename A::T;
  constexpr std::size_t page = 1 << 16;  // the operands end where a page that may not be touched begins
  char* const guarded[2] = {guarded_page(page), guarded_page(page)};
  for (const cpu::Target& target : cpu::targets())
    for (std::int64_t m : {1, 5, 13})
      for (std::int64_t n : {1, 3, 10, 33})
        for (int stored_as = 0; stored_as < 4; ++stored_as) {
          const std::int64_t k = 7;
          T* const a = reinterpret_cast<T*>(guarded[0] + page) - m * k;
          T* const b = reinterpret_cast<T*>(guarded[1] + page) - n * k;
          std::fill_n(a, m * k, T(1));
          std::fill_n(b, n * k, T(1));
          std::vector<T> y(count(m * n));
          target.kernels.matmul({.dtype = dtype_of<T>(),
                                 .batch = {},
                                 .m = m,
                                 .n = n,
                                 .k = k,
                                 .transpose_a = (stored_as & 1) != 0,
                                 .transpose_b = (stored_as & 2) != 0,
                                 .relu = false,
                                 .bf16 = A::bf16,
                                 .a = a,
                                 .b = b,
                                 .bias = nullptr,
                                 .y = y.data()});
          CAPTURE(target.name);
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(stored_as);
          CHECK(std::count(y.begin(), y.end(), T(k)) == m * n);
        }
  for (char* block : guarded) munmap(block, 2 * page);
}

TEST_CASE_TEMPLATE("relu turns minus zero into zero", A, Full<float>, Full<double>, Mixed) {
  using T = typename A::T;
  Product<T> p = product<A>(1, 3, 1, false, true);
  p.a = {-std::numeric_limits<T>::min()};
  p.b = {std::numeric_limits<T>::min(), T(1), T(-1)};  // the first product underflows to -0
  for (const cpu::Target& target : cpu::targets()) {
    const std::vector<T> y = run(target.kernels, p);
    CHECK(different(y, {T(0), T(0), std::numeric_limits<T>::min()}) == 0);
  }
}
