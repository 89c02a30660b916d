// normalise and normalise_vjp against the scalar oracle on every target: rows, columns, long ones, numbers far from 0,
// and what is not finite.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/support/oracle.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/numbers.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

struct Extent {
  std::int64_t outer, axis, inner;
};
// rows of less than a vector, of several and a tail, longer than a block of sums; columns alike
constexpr Extent extents[] = {{1, 1, 1},    {3, 7, 1}, {5, 64, 1},  {2, 1000, 1},  {1, 20011, 1},
                              {0, 4, 1},    {1, 5, 3}, {2, 300, 5}, {1, 1031, 16}, {1, 9, 130},
                              {3, 257, 33}, {4, 1, 2}, {2, 3, 0}};

template <class T>
struct Result {
  std::vector<T> y, mean, variance, deviation;
};

template <class T>
Result<T> run(const Kernels& kernels, const Extent& e, double epsilon, const std::vector<T>& x) {
  const auto groups = static_cast<std::size_t>(e.outer * e.inner);
  Result<T> r{std::vector<T>(x.size()), std::vector<T>(groups), std::vector<T>(groups), std::vector<T>(groups)};
  kernels.normalise({dtype_of<T>(), e.outer, e.axis, e.inner, epsilon, x.data(), r.y.data(), r.mean.data(),
                     r.variance.data(), r.deviation.data()});
  return r;
}

// shift + numbers in [-1, 1).
template <class T>
std::vector<T> numbers(const Extent& e, double shift) {
  return tests::numbers<T>(e.outer * e.axis * e.inner, 9, shift);
}

template <class T>
double worst(const std::vector<T>& got, const std::vector<T>& want, double size) {
  double largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    largest = std::max(largest, std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i])) /
                                    std::max(size, std::fabs(static_cast<double>(want[i]))));
  return largest / static_cast<double>(std::numeric_limits<T>::epsilon());
}

template <class T>
void check(double shift, double bound) {
  const Kernels& exact = sizeof(T) == 4 ? oracle::kernels<double>() : oracle::kernels<long double>();
  for (const Extent& e : extents) {
    const std::vector<T> x = numbers<T>(e, shift);
    const Result<T> want = run(exact, e, 1e-5, x);
    for (const cpu::Target& target : cpu::targets()) {
      INFO(target.name, " ", e.outer, " ", e.axis, " ", e.inner, " around ", shift);
      const Result<T> got = run(target.kernels, e, 1e-5, x);
      CHECK(worst(got.y, want.y, 1) <= bound);
      CHECK(worst(got.mean, want.mean, std::max(1.0, std::fabs(shift))) <= 1.5);  // one rounding, and of f64 the sum's
      CHECK(worst(got.variance, want.variance, 1) <= bound);
      CHECK(worst(got.deviation, want.deviation, 1) <= bound);
    }
  }
}

template <class T>
struct Gradients {
  std::vector<T> total, product, x;
};

template <class T>
Gradients<T> run_vjp(const Kernels& kernels, const Extent& e, const std::vector<T>& y, const std::vector<T>& g,
                     bool wants_x = true) {
  const auto groups = static_cast<std::size_t>(e.outer * e.inner);
  const std::vector<T> factor = tests::numbers<T>(e.outer * e.inner, 5, 2);
  Gradients<T> r{std::vector<T>(groups), std::vector<T>(groups), std::vector<T>(wants_x ? y.size() : 0)};
  kernels.normalise_vjp({dtype_of<T>(), e.outer, e.axis, e.inner, y.data(), g.data(), factor.data(), r.total.data(),
                         r.product.data(), wants_x ? r.x.data() : nullptr});
  return r;
}

template <class T>
void check_vjp(double shift, double bound) {
  const Kernels& exact = sizeof(T) == 4 ? oracle::kernels<double>() : oracle::kernels<long double>();
  for (const Extent& e : extents) {
    const std::vector<T> y = run(exact, e, 1e-5, numbers<T>(e, 0)).y,
                         g = tests::numbers<T>(e.outer * e.axis * e.inner, 3, shift);
    const Gradients<T> want = run_vjp(exact, e, y, g);
    for (const cpu::Target& target : cpu::targets()) {
      INFO(target.name, " ", e.outer, " ", e.axis, " ", e.inner, " around ", shift);
      const Gradients<T> got = run_vjp(target.kernels, e, y, g), sums = run_vjp(target.kernels, e, y, g, false);
      const double size = std::fabs(shift) + 1;  // of a term of the sums
      CHECK(worst(got.total, want.total, size) <= bound);
      CHECK(worst(got.product, want.product, size * std::sqrt(static_cast<double>(e.axis))) <= bound);
      CHECK(worst(got.x, want.x, size) <= bound);
      CHECK(tests::same_bits(sums.total, got.total));
      CHECK(tests::same_bits(sums.product, got.product));
    }
  }
}

}  // namespace

TEST_CASE("normalise_vjp is the oracle's on every target, and its sums are those that it makes alone") {
  check_vjp<float>(0, 1);
  check_vjp<float>(1000, 1);  // computed in f64: rounded once
  check_vjp<double>(0, 16);
  check_vjp<double>(1000, 16);
}

TEST_CASE("normalise_vjp has the same bits for every number of threads, and on AVX2 and AVX-512") {
  for (const Extent& e : {Extent{700, 1000, 1}, Extent{1, 50000, 7}, Extent{64, 90, 70}}) {
    const std::vector<float> y = numbers<float>(e, 0), g = tests::numbers<float>(e.outer * e.axis * e.inner, 3);
    const ThreadCount one_thread(1);
    const Gradients<float> one = run_vjp(cpu::kernels(), e, y, g);
    const auto check_same = [&](const Gradients<float>& r) {
      CHECK(tests::same_bits(r.total, one.total));
      CHECK(tests::same_bits(r.product, one.product));
      CHECK(tests::same_bits(r.x, one.x));
    };
    for (const cpu::Target& target : cpu::targets())
      if (target.name == "AVX2" && cpu::target_name().starts_with("AVX3")) check_same(run_vjp(target.kernels, e, y, g));
    for (const int threads : {2, 3, 7}) {
      const ThreadCount count(threads);
      check_same(run_vjp(cpu::kernels(), e, y, g));
    }
  }
}

TEST_CASE("a cotangent that is NaN spoils its own row or column, and no other") {
  const std::vector<float> y = {1, 0, -1, 1, 0, -1}, g = {1, std::numeric_limits<float>::quiet_NaN(), 3, 1, 2, 3};
  for (const cpu::Target& target : cpu::targets()) {
    const Gradients<float> rows = run_vjp(target.kernels, {2, 3, 1}, y, g),
                           columns = run_vjp(target.kernels, {1, 3, 2}, y, g);
    CHECK(std::isnan(rows.x[0]));
    CHECK(rows.total[1] == 6);
    CHECK(rows.product[1] == -2);
    CHECK(std::isnan(columns.x[5]));
    CHECK(columns.total[0] == 6);
    CHECK(columns.product[0] == -2);
  }
}

TEST_CASE("normalise is the oracle's on every target, and loses no digit of f32 to a mean of a thousand") {
  check<float>(0, 1);
  check<float>(1000, 1);  // computed in f64: rounded once, whatever the mean
  check<double>(0, 64);
  check<double>(1000, 64000);  // f64 has no wider type: the mean's own error, some eps of 1000, over a deviation of 0.5
}

TEST_CASE("normalise has the same bits for every number of threads, and on AVX2 and AVX-512") {
  for (const Extent& e : {Extent{700, 1000, 1}, Extent{1, 5000, 130}, Extent{64, 90, 70}}) {
    const std::vector<float> x = numbers<float>(e, 3);
    const ThreadCount one_thread(1);
    const Result<float> one = run(cpu::kernels(), e, 1e-5, x);
    const auto check_same = [&](const Result<float>& r) {
      CHECK(tests::same_bits(r.y, one.y));
      CHECK(tests::same_bits(r.mean, one.mean));
      CHECK(tests::same_bits(r.variance, one.variance));
      CHECK(tests::same_bits(r.deviation, one.deviation));
    };
    for (const cpu::Target& target : cpu::targets())
      if (target.name == "AVX2" && cpu::target_name().starts_with("AVX3")) check_same(run(target.kernels, e, 1e-5, x));
    for (const int threads : {2, 3, 7}) {
      const ThreadCount count(threads);
      check_same(run(cpu::kernels(), e, 1e-5, x));
    }
  }
}

TEST_CASE("a NaN or an infinity spoils its own row or column, and no other") {
  constexpr float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const cpu::Target& target : cpu::targets())
    for (const float bad : {inf, -inf, nan}) {
      const std::vector<float> rows = {1, bad, 3, 1, 2, 3};
      const Result<float> r = run(target.kernels, {2, 3, 1}, 1e-5, rows);
      CHECK(std::isnan(r.y[0]));
      CHECK(std::isnan(r.variance[0]));
      CHECK(r.y[4] == 0);
      const Result<float> c = run(target.kernels, {1, 3, 2}, 1e-5, std::vector<float>{1, 1, bad, 2, 3, 3});
      CHECK(std::isnan(c.y[0]));
      CHECK(c.y[3] == 0);
    }
}

TEST_CASE("of equal elements the variance is 0, and so is each of them") {
  for (const cpu::Target& target : cpu::targets()) {
    const Result<float> r = run(target.kernels, {1, 5, 1}, 1e-5, std::vector<float>(5, 0.1f));
    CHECK(r.mean[0] == 0.1f);
    CHECK(r.variance[0] <= 1e-15f);  // 5 * 0.1f / 5 in f64 may be off by an ULP of f64
    for (const float y : r.y) CHECK(std::fabs(y) <= 1e-12f);
  }
}

TEST_CASE(
    "rows and columns whose squares are beyond f64, or below it, are normalised as those of ordinary size, and so "
    "beside them") {
  struct Size {
    double scale, epsilon;
  };
  // epsilon is small beside the variance, or as large
  for (const Size& size :
       {Size{1e155, 1e-5}, {1e300, 1e-5}, {1.7e308, 1e-5}, {1e-160, 1e-322}, {1e-200, 1e-300}, {1e-150, 1e-300}})
    for (const Extent& e : {Extent{3, 7, 1}, {2, 300, 1}, {2, 9, 5}}) {
      std::vector<double> x = numbers<double>(e, 0);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (e.inner == 1 ? i >= static_cast<std::size_t>(e.axis) : i % 5 != 1)
          x[i] *= size.scale;  // one row or column is left alone
      const Result<double> want = run(oracle::kernels<long double>(), e, size.epsilon, x);
      for (const cpu::Target& target : cpu::targets()) {
        INFO(target.name, " ", size.scale, " ", e.axis, " ", e.inner);
        const Result<double> got = run(target.kernels, e, size.epsilon, x);
        CHECK(worst(got.y, want.y, 1) <= 64);  // as of ordinary size
        for (std::size_t i = 0; i < got.mean.size(); ++i) {
          CHECK(std::fabs(got.mean[i] - want.mean[i]) <= 64 * 0x1p-52 * want.deviation[i]);
          CHECK(std::fabs(got.deviation[i] / want.deviation[i] - 1) <= 64 * 0x1p-52);
        }
      }
    }
}
