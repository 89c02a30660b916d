// The module's transcendental kernels against the scalar oracle in long double, in ULP. Under the emulation the host's
// libm stands in for CUDA's functions, so that this is a test of the formulas.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <random>

#include "logitape/backends/oracle/transcendental.h"
#include "tests/cuda/module.h"
#include "tests/support/ulp.h"

using namespace logitape;
using tests::Array;
using tests::context;
using tests::cuda_module;
using tests::ok;

namespace {

using Real = long double;
const lt_kernels& cuda() { return *cuda_module().kernels; }

struct Range {
  double low, high;
};
struct Function {
  const char* name;
  lt_status (*lt_kernels::*slot)(lt_context*, const lt_unary_args*);
  Real (*exact)(Real);
  Range f32, f64;  // where the function is neither constant nor the identity
  double bound32, bound64;
  Range cancels = {};  // where terms cancel to 0: errors count in ULP of their size, where the result is smaller
  double size = 0;
};
// f32: those that CUDA computes have the 2 ULP it may be off by; formulas are computed in f64 and rounded.
// f64: glibc's tanh is off by 2, its erfc by 2.4; what is made of erfc has that error, and its own roundings. Left of
// where gelu_slope cancels, two thirds of its terms still do.
const Function functions[] = {
    {"exp", &lt_kernels::exp, oracle::exp<Real>, {-105, 89}, {-746, 710}, 1, 1},
    {"log", &lt_kernels::log, oracle::log<Real>, {0, 20}, {0, 20}, 1, 1},
    {"log1p", &lt_kernels::log1p, oracle::log1p<Real>, {-1, 4}, {-1, 4}, 1, 1},
    {"expm1", &lt_kernels::expm1, oracle::expm1<Real>, {-20, 89}, {-40, 710}, 1, 1},
    {"sin", &lt_kernels::sin, oracle::sin<Real>, {-100, 100}, {-1e6, 1e6}, 1, 1},
    {"cos", &lt_kernels::cos, oracle::cos<Real>, {-100, 100}, {-1e6, 1e6}, 1, 1},
    {"tanh", &lt_kernels::tanh, oracle::tanh<Real>, {-10, 10}, {-20, 20}, 2, 2},
    {"sigmoid", &lt_kernels::sigmoid, oracle::sigmoid<Real>, {-105, 20}, {-746, 40}, 0.501, 2},
    {"erf", &lt_kernels::erf, oracle::erf<Real>, {-4, 4}, {-6, 6}, 1, 1},
    {"erfc", &lt_kernels::erfc, oracle::erfc<Real>, {-4, 10.1}, {-6, 27.3}, 0.501, 3},
    {"gelu", &lt_kernels::gelu, oracle::gelu<Real>, {-14.5, 6}, {-38.8, 9}, 0.501, 4},
    {"silu", &lt_kernels::silu, oracle::silu<Real>, {-109, 20}, {-753, 40}, 0.501, 2},
    {"sech_squared", &lt_kernels::sech_squared, oracle::sech_squared<Real>, {-53, 53}, {-374, 374}, 0.501, 2},
    {"bell", &lt_kernels::bell, oracle::bell<Real>, {-14.4, 14.4}, {-38.6, 38.6}, 0.501, 1},
    {"gelu_slope",
     &lt_kernels::gelu_slope,
     oracle::gelu_slope<Real>,
     {-14.5, 6},
     {-38.8, 9},
     0.501,
     6,
     {-1.5, -0.2},
     0.25},
    {"silu_slope",
     &lt_kernels::silu_slope,
     oracle::silu_slope<Real>,
     {-109, 20},
     {-753, 40},
     0.501,
     3,
     {-2, -0.8},
     0.25},
};

double uniform(std::mt19937_64& random, double low, double high) {
  return low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
}
template <class T>
T any_bits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 4) return std::bit_cast<T>(static_cast<std::uint32_t>(random()));
  else return std::bit_cast<T>(static_cast<std::uint64_t>(random()));
}

// A third where the function varies, a third near 0 on a logarithmic scale, a third of all bit patterns; then limits.
template <class T>
std::vector<T> arguments(Range range, std::size_t count) {
  using L = std::numeric_limits<T>;
  std::mt19937_64 random(7);
  std::vector<T> x = {0, L::denorm_min(), L::min(), L::epsilon(), 1, 2, 88, 104, 745, L::max(), L::infinity()};
  for (std::size_t i = x.size(); i-- > 0;) x.push_back(-x[i]);
  x.push_back(L::quiet_NaN());
  while (x.size() < count) {
    x.push_back(static_cast<T>(uniform(random, range.low, range.high)));
    x.push_back(static_cast<T>(std::ldexp(uniform(random, -1, 1), 5 - static_cast<int>(random() % 60))));
    x.push_back(any_bits<T>(random));
  }
  return x;
}

template <class T>
void check(const Function& f) {
  const std::vector<T> x = arguments<T>(sizeof(T) == 4 ? f.f32 : f.f64, 60'001);
  const Array in(x), out(x.size() * sizeof(T));
  const lt_unary_args args{dtype_of<T>(), static_cast<std::int64_t>(x.size()), in.data(), out.data()};
  ok((cuda().*f.slot)(context(), &args));
  const std::vector<T> got = out.host<T>();
  double worst = 0;
  T at = 0;
  std::size_t signs = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Real want = f.exact(static_cast<Real>(x[i]));
    const bool small = f.size > 0 && x[i] > f.cancels.low && x[i] < f.cancels.high;
    const double error = small ? tests::ulp_error<T>(got[i], want, f.size) : tests::ulp_error<T>(got[i], want);
    const T rounded = static_cast<T>(want);
    signs += !std::isnan(rounded) && rounded == 0 && got[i] == 0 && std::signbit(rounded) != std::signbit(got[i]);
    if (error <= worst) continue;
    worst = error;
    at = x[i];
  }
  MESSAGE(std::string(f.name) << (sizeof(T) == 4 ? " f32 " : " f64 ") << worst << " ULP at " << at);
  CHECK(worst <= (sizeof(T) == 4 ? f.bound32 : f.bound64));
  CHECK(signs == 0);
}

}  // namespace

TEST_CASE_TEMPLATE("functions are as near as their row says, limits and signs of 0 included", T, float, double) {
  for (const Function& f : functions) check<T>(f);
}

TEST_CASE_TEMPLATE("pow has C's special cases, and broadcasts", T, float, double) {
  std::vector<T> x = arguments<T>({-4, 4}, 200), y = arguments<T>({-9, 9}, 200);
  for (const int whole : {-3, -2, 2, 3, 101}) y.push_back(static_cast<T>(whole));
  const auto rows = static_cast<std::int64_t>(x.size()), columns = static_cast<std::int64_t>(y.size());
  const Array on_x(x), on_y(y), out(x.size() * y.size() * sizeof(T));
  const lt_loop2 pairs{.rank = 2, .size = {rows, columns}, .step = {{1, 0}, {0, 1}}};
  const lt_binary_args args{dtype_of<T>(), pairs, on_x.data(), on_y.data(), out.data()};
  ok(cuda().pow(context(), &args));
  const std::vector<T> got = out.host<T>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j)
      worst = std::max(worst, tests::ulp_error<T>(got[i * y.size() + j],
                                                  std::pow(static_cast<Real>(x[i]), static_cast<Real>(y[j]))));
  MESSAGE("pow " << worst << " ULP");
  CHECK(worst <= 1);
}
