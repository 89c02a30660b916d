// The reductions against their scalar twins: sums that keep f64's digits, NaN and zero rules, ties, any axis.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "logitape/backends/oracle/reduce.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using tests::ulp_error;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Shape {
  std::int64_t outer, axis, inner;
  std::size_t size() const { return static_cast<std::size_t>(outer * axis * inner); }
};

// Sizes 1 to 70 as rows and as columns, and some longer than a block of a sum.
std::vector<Shape> shapes() {
  std::vector<Shape> all = {{3, 8192, 1},  {2, 8193, 1}, {1, 40009, 1}, {2, 257, 3},
                            {1, 1000, 33}, {0, 5, 1},    {0, 5, 3},     {3, 5, 0}};
  for (std::int64_t n = 1; n <= 70; ++n) {
    all.push_back({3, n, 1});
    all.push_back({2, 5, n});
    all.push_back({1, n, 2});
  }
  return all;
}

template <class T>
std::vector<T> random_values(std::size_t size, double spread, double centre = 0) {
  std::mt19937_64 bits(11);
  std::normal_distribution<double> normal;
  std::vector<T> x(size);
  for (T& v : x) v = static_cast<T>(centre + spread * normal(bits));
  return x;
}

template <class Y, class T>
std::vector<Y> run(backends::Kernel<backends::ReduceArgs> kernel, Shape s, const std::vector<T>& x, double scale = 1) {
  std::vector<Y> y(static_cast<std::size_t>(s.outer * s.inner), Y{-7});
  kernel({dtype_of<T>(), s.outer, s.axis, s.inner, scale, x.data(), y.data()});
  return y;
}

// Calls f(position in y, the elements it reduces) in the scalar type S.
template <class S, class T, class F>
void each_reduced(Shape s, const std::vector<T>& x, F f) {
  oracle::each_reduced<S>(
      {dtype_of<T>(), s.outer, s.axis, s.inner, 1, x.data(), nullptr},
      [&](std::int64_t at, const std::vector<S>& elements) { f(static_cast<std::size_t>(at), elements); });
}

template <class T>
using Wider = std::conditional_t<std::is_same_v<T, float>, double, long double>;

}  // namespace

TEST_CASE_TEMPLATE(
    "sum is scale times the sum of the elements: f32 rounded once, f64 to the last digit of the magnitudes", T, float,
    double) {
  using S = Wider<T>;
  for (const cpu::Target& target : cpu::targets()) {
    double worst = 0;
    for (const Shape s : shapes()) {
      const std::vector<T> x = random_values<T>(s.size(), 1, 0.1);
      const std::vector<T> y = run<T>(target.kernels.sum, s, x, 0.3);
      each_reduced<S>(s, x, [&](std::size_t at, const std::vector<S>& elements) {
        S size = 0;
        for (const S v : elements) size += std::fabs(v);
        const S want = static_cast<S>(0.3) * oracle::careful_sum(elements);
        // f32: half an ULP of the result; f64: what its chains lose is measured against the sum of magnitudes
        const S unit = std::is_same_v<T, float> ? std::ldexp(S{1}, std::ilogb(want) - 23)
                                                : std::ldexp(static_cast<S>(0.3) * size, -52);
        worst = std::max(worst, static_cast<double>(std::fabs(static_cast<S>(y[at]) - want) / unit));
      });
    }
    MESSAGE(target.name, " f", 8 * sizeof(T), ": sum ", worst, " ULP (f64: of the sum of magnitudes)");
    CHECK(worst <= (std::is_same_v<T, float> ? 0.501 : 1));
  }
}

TEST_CASE("small terms survive a large one: f32 sums are f64 inside") {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t inner : {1, 2}) {
      std::vector<float> x(static_cast<std::size_t>(10000 * inner), 1.0f);
      std::fill_n(x.begin(), inner, 1e9f);
      x[x.size() - 1] = -1e9f;
      CHECK(run<float>(target.kernels.sum, {1, 10000, inner}, x).back() == 9998);
    }
}

TEST_CASE_TEMPLATE("the sum of nothing is 0, of one infinity infinite, of two that differ NaN", T, float, double) {
  for (const cpu::Target& target : cpu::targets()) {
    for (const std::int64_t inner : {1, 4}) {
      for (const T y : run<T>(target.kernels.sum, {3, 0, inner}, std::vector<T>{})) CHECK(y == 0);
      for (std::int64_t n = 2; n <= 40; ++n) {
        std::vector<T> x(static_cast<std::size_t>(n * inner), T{1});
        x[0] = static_cast<T>(infinity);
        CHECK(run<T>(target.kernels.sum, {1, n, inner}, x)[0] == static_cast<T>(infinity));
        x[static_cast<std::size_t>((n - 1) * inner)] = static_cast<T>(-infinity);
        CHECK(std::isnan(run<T>(target.kernels.sum, {1, n, inner}, x)[0]));
      }
    }
  }
}

TEST_CASE_TEMPLATE("max, min and argmax are the oracle's, with ties and with NaN anywhere", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const Shape s : shapes())
      for (const bool with_nan : {false, true}) {
        std::vector<T> x = random_values<T>(s.size(), 3);
        for (T& v : x) v = std::round(v);  // many ties
        if (with_nan)
          for (std::size_t i = 0; i < x.size(); i += 17) x[i] = static_cast<T>(not_a_number);
        CAPTURE(target.name);
        CAPTURE(s.axis);
        CAPTURE(s.inner);
        const auto same = [](T a, T b) { return a == b || (std::isnan(a) && std::isnan(b)); };
        const std::vector<T> max = run<T>(target.kernels.max, s, x);
        const std::vector<T> min = run<T>(target.kernels.min, s, x);
        const std::vector<std::int64_t> argmax = run<std::int64_t>(target.kernels.argmax, s, x);
        each_reduced<T>(s, x, [&](std::size_t at, const std::vector<T>& elements) {
          CHECK(same(max[at], oracle::largest(elements)));
          CHECK(same(min[at], oracle::smallest(elements)));
          CHECK(argmax[at] == oracle::first_largest(elements));
        });
      }
}

TEST_CASE_TEMPLATE("infinities are the largest and smallest numbers, and a zero result is +0", T, float, double) {
  const T inf = static_cast<T>(infinity);
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t inner : {1, 3})
      for (std::int64_t n = 1; n <= 35; ++n) {
        std::vector<T> x(static_cast<std::size_t>(n * inner), -inf);
        CHECK(run<T>(target.kernels.max, {1, n, inner}, x)[0] == -inf);
        CHECK(run<std::int64_t>(target.kernels.argmax, {1, n, inner}, x)[0] == 0);
        x[static_cast<std::size_t>((n - 1) * inner)] = inf;
        CHECK(run<std::int64_t>(target.kernels.argmax, {1, n, inner}, x)[0] == n - 1);
        CHECK(run<T>(target.kernels.max, {1, n, inner}, x)[0] == inf);
        std::fill(x.begin(), x.end(), -T{0});
        for (const auto kernel : {target.kernels.max, target.kernels.min})
          for (const T y : run<T>(kernel, {1, n, inner}, x)) CHECK((y == 0 && !std::signbit(y)));
      }
}

TEST_CASE_TEMPLATE("logsumexp is within 2 ULP in f32 and 4 in f64, of the maximum where it nearly cancels", T, float,
                   double) {
  using S = Wider<T>;
  for (const cpu::Target& target : cpu::targets()) {
    double worst = 0;
    for (const Shape s : shapes())
      for (const auto& [spread, centre] : {std::pair{1.0, 0.0}, std::pair{5.0, 0.0}, std::pair{100.0, 0.0},
                                           std::pair{3.0, -4.0}, std::pair{5.0, 1e5}, std::pair{1e30, 0.0}}) {
        if (s.axis > 1000 && spread != 5) continue;
        const std::vector<T> x = random_values<T>(s.size(), spread, centre);
        const std::vector<T> y = run<T>(target.kernels.logsumexp, s, x);
        each_reduced<S>(s, x, [&](std::size_t at, const std::vector<S>& elements) {
          const S want = oracle::logsumexp(elements);
          const S size = std::max<S>(std::fabs(want), std::fabs(oracle::largest(elements)));
          const S unit = std::ldexp(S{1}, std::ilogb(size) + 1 - std::numeric_limits<T>::digits);
          worst = std::max(worst, static_cast<double>(std::fabs(static_cast<S>(y[at]) - want) / unit));
        });
      }
    MESSAGE(target.name, " f", 8 * sizeof(T), ": logsumexp ", worst, " ULP");
    CHECK(worst <=
          (std::is_same_v<T, float> ? 2 : 4));  // f32: an exponential's and its sum's error, half an ULP of the result
  }
}

TEST_CASE_TEMPLATE("X11: logsumexp of equal elements is x + log C; -inf, +inf and NaN pass through", T, float, double) {
  const T inf = static_cast<T>(infinity);
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t inner : {1, 2}) {
      for (const double x : {0.0, 1.0, 1e4, 1e8, 1e20, 1e36})
        for (const std::int64_t n : {1, 2, 10, 1000}) {
          const std::vector<T> equal(static_cast<std::size_t>(n * inner), static_cast<T>(x));
          const long double want = static_cast<long double>(static_cast<T>(x)) + std::log(static_cast<long double>(n));
          CHECK(ulp_error(run<T>(target.kernels.logsumexp, {1, n, inner}, equal)[0], want) <= 1);
        }
      std::vector<T> x(static_cast<std::size_t>(20 * inner), -inf);
      CHECK(run<T>(target.kernels.logsumexp, {1, 20, inner}, x)[0] == -inf);
      x[static_cast<std::size_t>(3 * inner)] = 2;
      CHECK(run<T>(target.kernels.logsumexp, {1, 20, inner}, x)[0] == 2);
      x[static_cast<std::size_t>(4 * inner)] = inf;
      CHECK(run<T>(target.kernels.logsumexp, {1, 20, inner}, x)[0] == inf);
      x[static_cast<std::size_t>(19 * inner)] = static_cast<T>(not_a_number);
      CHECK(std::isnan(run<T>(target.kernels.logsumexp, {1, 20, inner}, x)[0]));
    }
}

TEST_CASE_TEMPLATE("the bits are those of every vector width with fused multiply-add, and of every number of threads",
                   T, float, double) {
  for (const Shape s :
       {Shape{3001, 101, 1}, Shape{2, 300007, 1}, Shape{1, 300, 1003}, Shape{1, 90001, 3}, Shape{40, 77, 101}}) {
    const std::vector<T> x = random_values<T>(s.size(), 2);
    std::vector<std::vector<T>> first;
    for (const cpu::Target& target : cpu::targets()) {
      const auto all = [&](int threads) {
        const ThreadCount count(threads);
        std::vector<std::vector<T>> results;
        for (const auto kernel : {target.kernels.sum, target.kernels.max, target.kernels.min, target.kernels.logsumexp})
          results.push_back(run<T>(kernel, s, x));
        const std::vector<std::int64_t> argmax = run<std::int64_t>(target.kernels.argmax, s, x);
        results.emplace_back(argmax.begin(), argmax.end());
        return results;
      };
      const std::vector<std::vector<T>> one = all(1);
      for (const int threads : {2, 3, 7}) CHECK(tests::same_bits(all(threads), one));
      if (first.empty()) first = one;
      if (target.name.starts_with("AVX")) CHECK(tests::same_bits(one, first));
      CHECK(tests::same_bits(one[0], first[0]));  // a sum fuses nothing: the same bits on every machine
    }
  }
}

TEST_CASE("f64 sums and means that overflow on the way and not in the end are right, in rows, long rows and columns") {
  const double huge = 1.7e308;
  for (const cpu::Target& target : cpu::targets()) {
    INFO(target.name);
    for (const Shape& s : {Shape{1, 2, 1}, {9, 10, 1}, {2, 40000, 1}, {1, 6, 3}, {2, 600, 5}}) {
      const std::vector<double> all(s.size(), huge);
      // f64: 2 ULP for adding up numbers that are equal, 1 for the scale
      for (const double y : run<double>(target.kernels.sum, s, all, 1 / static_cast<double>(s.axis)))
        CHECK(ulp_error(y, huge) <= 3);
      for (const double y : run<double>(target.kernels.sum, s, all)) CHECK(y == infinity);
      std::vector<double> cancelling(s.size());
      for (std::size_t i = 0; i < cancelling.size(); ++i)
        cancelling[i] = i / static_cast<std::size_t>(s.inner) % 4 < 2 ? huge : -huge;
      if (s.axis % 4 == 0)
        for (const double y : run<double>(target.kernels.sum, s, cancelling)) CHECK(y == 0);
    }
    CHECK(run<double>(target.kernels.sum, {1, 3, 1}, std::vector<double>{huge, huge, infinity})[0] == infinity);
    CHECK(std::isnan(run<double>(target.kernels.sum, {1, 3, 1}, std::vector<double>{infinity, huge, -infinity})[0]));
  }
}

TEST_CASE_TEMPLATE("integers and booleans are added in i64, and have the extremes that they have in i64", T, bool,
                   std::int8_t, std::uint8_t, std::int16_t, std::int32_t, std::int64_t) {
  std::mt19937_64 bits(5);
  for (const Shape s : shapes()) {
    std::vector<std::uint8_t> bytes(s.size() * sizeof(T));  // no std::vector<bool>: it has no array
    for (std::size_t i = 0; i < s.size(); ++i) {
      const T value = static_cast<T>(std::is_same_v<T, bool> ? bits() >> 63 : bits());
      std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
    }
    const backends::ReduceArgs given{dtype_of<T>(), s.outer, s.axis, s.inner, 1, bytes.data(), nullptr};
    const auto run_into = [&](backends::Kernel<backends::ReduceArgs> kernel, std::size_t width) {
      std::vector<std::uint8_t> y(static_cast<std::size_t>(s.outer * s.inner) * width, 99);
      backends::ReduceArgs a = given;
      a.y = y.data();
      kernel(a);
      return y;
    };
    CAPTURE(s.axis);
    CAPTURE(s.inner);
    for (const cpu::Target& target : cpu::targets()) {
      const std::vector<std::uint8_t> sums = run_into(target.kernels.sum, sizeof(std::int64_t)),
                                      largest = run_into(target.kernels.max, sizeof(T)),
                                      smallest = run_into(target.kernels.min, sizeof(T));
      bool right = true;
      oracle::each_reduced<std::int64_t>(given, [&](std::int64_t at, const std::vector<std::int64_t>& x) {
        std::uint64_t total = 0;
        for (const std::int64_t v : x) total += static_cast<std::uint64_t>(v);
        const auto place = static_cast<std::size_t>(at);
        std::uint64_t sum = 0;
        T most{}, least{};
        std::memcpy(&sum, &sums[place * sizeof sum], sizeof sum);
        std::memcpy(&most, &largest[place * sizeof(T)], sizeof(T));
        std::memcpy(&least, &smallest[place * sizeof(T)], sizeof(T));
        right &= sum == total && static_cast<std::int64_t>(most) == *std::ranges::max_element(x) &&
                 static_cast<std::int64_t>(least) == *std::ranges::min_element(x);
      });
      CHECK(right);
    }
  }
}
