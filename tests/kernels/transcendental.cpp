// Transcendental kernels: errors in ULP over the whole range, special values, and the same bits on every fused target,
// for every number of threads and wherever in an array an element lies.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "logitape/backends/oracle/transcendental.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"

namespace {

using namespace logitape;
using backends::Kernels;
using Real = long double;  // the reference: 11 bits more than f64

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
constexpr T nan = std::numeric_limits<T>::quiet_NaN();

struct Bounds {
  double fused, separate;
};  // ULP; separate: without FMA a multiplication and addition rounds twice

struct Range {
  double low, high;
};
struct Function {
  const char* name;
  backends::Kernel<backends::UnaryArgs> Kernels::*slot;
  Real (*exact)(Real);
  Range f32, f64;  // where the function is neither constant nor the identity
  Bounds bounds;
  Range cancels = {};  // where terms cancel to 0: errors count in ULP of their size, where the result is smaller
  double size = 0;
};

const Function functions[] = {
    {"exp", &Kernels::exp, oracle::exp<Real>, {-105, 89}, {-746, 710}, {1, 1}},
    {"log", &Kernels::log, oracle::log<Real>, {0, 20}, {0, 20}, {1, 1}},
    {"log1p", &Kernels::log1p, oracle::log1p<Real>, {-1, 4}, {-1, 4}, {1, 1}},
    {"expm1", &Kernels::expm1, oracle::expm1<Real>, {-20, 89}, {-40, 710}, {1.2, 1.2}},
    {"sin", &Kernels::sin, oracle::sin<Real>, {-100, 100}, {-1e6, 1e6}, {1, 1}},
    {"cos", &Kernels::cos, oracle::cos<Real>, {-100, 100}, {-1e6, 1e6}, {1, 1}},
    {"tanh", &Kernels::tanh, oracle::tanh<Real>, {-10, 10}, {-20, 20}, {2, 2.5}},
    {"sigmoid", &Kernels::sigmoid, oracle::sigmoid<Real>, {-105, 20}, {-746, 40}, {1.5, 2.5}},
    {"erf", &Kernels::erf, oracle::erf<Real>, {-4, 4}, {-6, 6}, {1.5, 1.5}},
    {"erfc", &Kernels::erfc, oracle::erfc<Real>, {-4, 10.1}, {-6, 27.3}, {4, 6}},
    {"gelu", &Kernels::gelu, oracle::gelu<Real>, {-14.5, 6}, {-38.8, 9}, {4, 6}},
    {"silu", &Kernels::silu, oracle::silu<Real>, {-109, 20}, {-753, 40}, {2.5, 3.5}},
    {"sech_squared", &Kernels::sech_squared, oracle::sech_squared<Real>, {-53, 53}, {-374, 374}, {3, 3}},
    {"bell", &Kernels::bell, oracle::bell<Real>, {-14.4, 14.4}, {-38.6, 38.6}, {1, 1}},
    {"gelu_slope", &Kernels::gelu_slope, oracle::gelu_slope<Real>, {-14.5, 6}, {-38.8, 9}, {4, 6}, {-1.5, -0.2}, 0.25},
    {"silu_slope", &Kernels::silu_slope, oracle::silu_slope<Real>, {-109, 20}, {-753, 40}, {3, 3.5}, {-2, -0.8}, 0.25},
};

bool is_fused(const std::string& target) { return target.starts_with("AVX") || target.starts_with("NEON"); }

template <class T>
std::vector<T> map(backends::Kernel<backends::UnaryArgs> kernel, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  kernel({dtype_of<T>(), static_cast<std::int64_t>(x.size()), x.data(), y.data()});
  return y;
}

template <class T>
std::vector<T> pow(const Kernels& k, const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> y(a.size());
  k.pow({dtype_of<T>(), {1, {static_cast<std::int64_t>(a.size())}, {{1}, {1}}}, a.data(), b.data(), y.data()});
  return y;
}

template <class T>
T any_bits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 4) return std::bit_cast<T>(static_cast<std::uint32_t>(random()));
  else return std::bit_cast<T>(static_cast<std::uint64_t>(random()));
}

double uniform(std::mt19937_64& random, double low, double high) {
  return low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
}

double around_zero(std::mt19937_64& random, unsigned octaves) {  // as many numbers in each octave below 1
  const double significand = uniform(random, -1, 1);
  return std::ldexp(significand, -static_cast<int>(random() % octaves));
}

// A third where the function varies, a third near 0 on a logarithmic scale, a third of all bit patterns.
template <class T>
std::vector<T> arguments(const Function& f, std::size_t count) {
  std::mt19937_64 random(7);
  const Range range = sizeof(T) == 4 ? f.f32 : f.f64;
  std::vector<T> x(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 3 == 0) x[i] = static_cast<T>(uniform(random, range.low, range.high));
    else if (i % 3 == 1) x[i] = static_cast<T>(around_zero(random, 60) * 32);
    else x[i] = any_bits<T>(random);
  }
  return x;
}

template <class T>
std::vector<T> special_arguments() {
  using L = std::numeric_limits<T>;
  std::vector<T> x = {0, L::denorm_min(), L::min(), L::epsilon(), T(0.5), 1, 2, 88, 104, 745, L::max(), infinity<T>};
  for (std::size_t i = x.size(); i-- > 0;) x.push_back(-x[i]);
  x.push_back(nan<T>);
  return x;
}

template <class T>
bool same(T a, T b) {  // any NaN is one value; -0 is not 0
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <class T>
std::size_t differences(const std::vector<T>& a, const std::vector<T>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += !same(a[i], b[i]);
  return count;
}

template <class T>
void check_error(const std::string& function, const std::string& target, const std::vector<T>& got,
                 const std::vector<Real>& want, const std::vector<T>& x, const Bounds& bounds,
                 const Range& cancels = {}, double size = 0) {
  double worst = 0;
  T at = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = tests::ulp_error<T>(got[i], want[i], x[i] > cancels.low && x[i] < cancels.high ? size : 0);
    if (error > worst) {
      worst = error;
      at = x[i];
    }
  }
  char line[120];
  std::snprintf(line, sizeof line, "%-8s %s %-7s %5.2f ULP at %.17g", function.c_str(), name(dtype_of<T>()).data(),
                target.c_str(), worst, static_cast<double>(at));
  MESSAGE(line);
  CHECK_MESSAGE(worst <= (is_fused(target) ? bounds.fused : bounds.separate), line);
}

// The bounds are what math-inl.h, slopes-inl.h, erf-inl.h and pow-inl.h state, with a margin for points that were not
// tried there. Results below the smallest normal count in subnormal spacing, so the bounds hold down to 0.
TEST_CASE_TEMPLATE("transcendental kernels stay within their error bounds on every target", T, float, double) {
  for (const Function& f : functions) {
    const std::vector<T> x = arguments<T>(f, 30'000);
    std::vector<Real> want(x.size());
    std::transform(x.begin(), x.end(), want.begin(), [&](T v) { return f.exact(v); });
    for (const cpu::Target& target : cpu::targets())
      check_error(f.name, target.name, map(target.kernels.*f.slot, x), want, x, f.bounds, f.cancels, f.size);
  }
}

// Half the bases are near 1, where the exponent is largest and log's relative error counts most.
TEST_CASE_TEMPLATE("pow stays within its error bound on every target", T, float, double) {
  std::mt19937_64 random(11);
  const double largest = sizeof(T) == 4 ? 104 : 745;
  std::vector<T> x, y;
  std::vector<Real> want;
  for (int i = 0; i < 60'000; ++i) {
    const T near_one = static_cast<T>(1 + around_zero(random, 20));
    const T base = i % 2 == 0 ? std::fabs(near_one) : std::fabs(any_bits<T>(random));
    x.push_back(base);
    y.push_back(static_cast<T>(uniform(random, -largest, largest) / std::log(static_cast<double>(base))));
    want.push_back(std::pow(static_cast<Real>(x.back()), static_cast<Real>(y.back())));
  }
  for (const cpu::Target& target : cpu::targets())
    check_error("pow", target.name, pow(target.kernels, x, y), want, x,
                sizeof(T) == 4 ? Bounds{0.51, 0.51} : Bounds{1.5, 1.5});
}

TEST_CASE_TEMPLATE("special values of the transcendental kernels are those of C", T, float, double) {
  const std::vector<T> x = special_arguments<T>();
  for (const cpu::Target& target : cpu::targets()) {
    for (const Function& f : functions) {
      const std::vector<T> y = map(target.kernels.*f.slot, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        CAPTURE(target.name);
        CAPTURE(f.name);
        CAPTURE(x[i]);
        const T want = static_cast<T>(f.exact(x[i]));
        if (want == 0 || !std::isfinite(want) || std::fabs(want) == 1) CHECK(same(y[i], want));
        else CHECK(tests::ulp_error<T>(y[i], f.exact(x[i])) <= f.bounds.separate);
      }
    }
  }
}

TEST_CASE_TEMPLATE("exp and log meet their limits", T, float, double) {
  using L = std::numeric_limits<T>;
  const T overflow = static_cast<T>(std::log(static_cast<Real>(L::max())));
  const T last = overflow * (1 - L::epsilon());
  const T underflow = static_cast<T>(std::log(static_cast<Real>(L::denorm_min()))) - 1;
  for (const cpu::Target& target : cpu::targets()) {
    const std::vector<T> e =
        map<T>(target.kernels.exp, {last, overflow * (1 + L::epsilon()), underflow, underflow + 1, -0.0f});
    CHECK(std::isfinite(e[0]));
    CHECK(e[1] == infinity<T>);
    CHECK(same(e[2], T(0)));
    CHECK(e[3] == L::denorm_min());
    CHECK(e[4] == 1);
    const std::vector<T> l = map<T>(target.kernels.log, {1, 0, -0.0f, -1, -L::denorm_min(), infinity<T>, nan<T>});
    CHECK(same(l[0], T(0)));
    CHECK(l[1] == -infinity<T>);
    CHECK(l[2] == -infinity<T>);
    CHECK(std::isnan(l[3]));
    CHECK(std::isnan(l[4]));
    CHECK(l[5] == infinity<T>);
    CHECK(std::isnan(l[6]));
  }
}

TEST_CASE_TEMPLATE("pow's special cases are those of C's annex F", T, float, double) {
  std::vector<T> values = special_arguments<T>();
  for (const double v : {1.5, 3.0, 4.0, 7.0, 0x1p24 - 1, 0x1p53 - 1, 0x1p60})
    for (const double s : {1.0, -1.0}) values.push_back(static_cast<T>(s * v));
  std::vector<T> x, y;
  for (T a : values)
    for (T b : values) {
      x.push_back(a);
      y.push_back(b);
    }
  for (const cpu::Target& target : cpu::targets()) {
    const std::vector<T> got = pow(target.kernels, x, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(target.name);
      CAPTURE(x[i]);
      CAPTURE(y[i]);
      const Real exact = std::pow(static_cast<Real>(x[i]), static_cast<Real>(y[i]));
      const T want = static_cast<T>(exact);
      if (want == 0 || !std::isfinite(want) || std::fabs(want) == 1) CHECK(same(got[i], want));
      else CHECK(tests::ulp_error<T>(got[i], exact) <= 1.5);
    }
  }
}

TEST_CASE("pow broadcasts either side") {
  const std::vector<double> a = {2, 3, 0.5}, b = {-1, 0, 0.5, 3};
  for (const cpu::Target& target : cpu::targets()) {
    std::vector<double> y(12), want(12);
    const backends::BinaryArgs columns{DType::f64, {2, {3, 4}, {{1, 0}, {0, 1}}}, a.data(), b.data(), y.data()};
    backends::BinaryArgs expected = columns;
    expected.y = want.data();
    target.kernels.pow(columns);
    oracle::binary<Real, oracle::pow<Real>>(expected);
    for (std::size_t i = 0; i < 12; ++i) CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-15));  // 2 ULP
  }
}

TEST_CASE_TEMPLATE("every fused target gives the same bits", T, float, double) {
  std::vector<cpu::Target> fused;
  for (const cpu::Target& target : cpu::targets())
    if (is_fused(target.name)) fused.push_back(target);
  for (std::size_t other = 1; other < fused.size(); ++other) {
    CAPTURE(fused[other].name);
    for (const Function& f : functions) {
      CAPTURE(f.name);
      const std::vector<T> x = arguments<T>(f, 30'001);
      CHECK(differences(map(fused[0].kernels.*f.slot, x), map(fused[other].kernels.*f.slot, x)) == 0);
    }
    const std::vector<T> x = arguments<T>(functions[0], 30'001), y = arguments<T>(functions[5], 30'001);
    CHECK(differences(pow(fused[0].kernels, x, y), pow(fused[other].kernels, x, y)) == 0);
  }
}

TEST_CASE_TEMPLATE("every number of threads gives the same bits", T, float, double) {
  const Kernels& k = cpu::kernels();
  for (const Function& f : functions) {
    CAPTURE(f.name);
    const std::vector<T> x = arguments<T>(f, 300'007);  // above the size from which threads are woken
    std::vector<T> alone;
    for (const int threads : {1, 2, 3, 7}) {
      const ThreadCount count(threads);
      const std::vector<T> y = map(k.*f.slot, x);
      if (threads == 1) alone = y;
      else CHECK(differences(alone, y) == 0);
    }
  }
}

TEST_CASE_TEMPLATE("an element's bits do not depend on the array around it, and nothing else is written", T, float,
                   double) {
  constexpr T guard = T(-77);
  for (const cpu::Target& target : cpu::targets()) {
    for (const Function& f : functions) {
      const std::vector<T> x = arguments<T>(f, 70);
      const std::vector<T> whole = map(target.kernels.*f.slot, x);
      for (const std::size_t count : {0u, 1u, 2u, 3u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 33u, 67u}) {
        CAPTURE(target.name);
        CAPTURE(f.name);
        CAPTURE(count);
        std::vector<T> y(x.begin(), x.end());  // in place
        y[count] = guard;
        (target.kernels.*f.slot)({dtype_of<T>(), static_cast<std::int64_t>(count), y.data(), y.data()});
        CHECK(y[count] == guard);
        y.resize(count);
        CHECK(differences(y, whole) == 0);
      }
    }
  }
}

}  // namespace
