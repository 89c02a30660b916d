// Sine and cosine where their reduction is hard: beside multiples of pi/2, where almost all digits of x cancel, on both
// sides of 2^20, where the reduction changes, and at the ends of f64. Their errors elsewhere: transcendental.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"

using namespace logitape;

namespace {

std::vector<double> hard_arguments() {
  // the last: of all doubles the one nearest to a multiple of pi/2 (Muller et al., Handbook of Floating-Point
  // Arithmetic, 2010)
  std::vector<double> hard = {0x1p20, std::nextafter(0x1p20, 0),          std::nextafter(0x1p20, 1e9),
                              1e22,   std::numeric_limits<double>::max(), std::ldexp(6381956970095103.0, 797)};
  constexpr long double half_pi = 1.57079632679489661923132169163975144L;
  for (std::uint64_t k = 1; k < (std::uint64_t{1} << 60); k += k / 7 + 1) {
    const auto nearest = static_cast<double>(static_cast<long double>(k) * half_pi);
    for (const double beside : {nearest, std::nextafter(nearest, 0), std::nextafter(nearest, 1e300)})
      hard.push_back(beside);
  }
  for (int exponent = -1074; exponent < 1024; ++exponent)
    hard.push_back(std::ldexp(1.0, exponent));  // every word and shift of 2/pi
  return hard;
}

}  // namespace

TEST_CASE("sine and cosine are within 1 ULP beside multiples of pi/2 and at every power of two") {
  const std::vector<double> x = hard_arguments();
  std::vector<double> minus(x.size()), sine(x.size()), cosine(x.size()), minus_sine(x.size()), minus_cosine(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) minus[i] = -x[i];
  const auto size = static_cast<std::int64_t>(x.size());
  for (const cpu::Target& target : cpu::targets()) {
    CAPTURE(target.name);
    target.kernels.sin({DType::f64, size, x.data(), sine.data()});
    target.kernels.cos({DType::f64, size, x.data(), cosine.data()});
    target.kernels.sin({DType::f64, size, minus.data(), minus_sine.data()});
    target.kernels.cos({DType::f64, size, minus.data(), minus_cosine.data()});
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      CHECK(tests::ulp_error(sine[i], std::sin(static_cast<long double>(x[i]))) <= 1);
      CHECK(tests::ulp_error(cosine[i], std::cos(static_cast<long double>(x[i]))) <= 1);
      CHECK(minus_sine[i] == -sine[i]);
      CHECK(minus_cosine[i] == cosine[i]);
    }
  }
}
