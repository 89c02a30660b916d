// Element types: the halves against an exact search among their neighbours, and conversions at their edges.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "logitape/core/detail/convert.h"
#include "logitape/core/dtype.h"

using namespace logitape;

namespace {

template <class Half>
Half of_bits(std::uint32_t bits) {
  Half h;
  h.bits = static_cast<std::uint16_t>(bits);
  return h;
}

// mantissa bits, exponent bias: the value of each pattern by the definition of the format
template <class Half>
struct Format;
template <>
struct Format<f16> {
  static constexpr int mantissa = 10, bias = 15;
};
template <>
struct Format<bf16> {
  static constexpr int mantissa = 7, bias = 127;
};

template <class Half>
double value_of_pattern(std::uint32_t magnitude) {
  using F = Format<Half>;
  const int exponent = static_cast<int>(magnitude >> F::mantissa);
  const double fraction = std::ldexp(static_cast<double>(magnitude & ((1u << F::mantissa) - 1)), -F::mantissa);
  return exponent == 0 ? std::ldexp(fraction, 1 - F::bias) : std::ldexp(1 + fraction, exponent - F::bias);
}

template <class Half>
constexpr std::uint32_t infinity_bits = std::is_same_v<Half, f16> ? 0x7c00 : 0x7f80;

// The nearest pattern to v >= 0 by search; ties to the even one. Infinity's pattern follows the largest
// finite number's, and value_of_pattern gives it the number that would follow: from the midpoint on, v is infinity.
template <class Half>
std::uint32_t nearest(double v) {
  std::uint32_t low = 0, high = infinity_bits<Half>;
  if (v >= value_of_pattern<Half>(high)) return high;
  while (high - low > 1) {
    const std::uint32_t middle = (low + high) / 2;
    (value_of_pattern<Half>(middle) <= v ? low : high) = middle;
  }
  // neighbours have at most 11 significant bits: their midpoint is exact in f64
  const double midpoint = (value_of_pattern<Half>(low) + value_of_pattern<Half>(high)) / 2;
  return v < midpoint ? low : v > midpoint ? high : low % 2 == 0 ? low : high;
}

template <class Half>
void check_rounding() {
  int wrong = 0;
  std::string first;
  const auto check = [&](double v) {
    for (const double x : {v, -v}) {
      const std::uint32_t wanted = nearest<Half>(v) | (std::signbit(x) ? 0x8000 : 0);
      if (Half(x).bits == wanted) continue;
      if (wrong++ == 0) first = std::to_string(x);
    }
  };
  for (std::uint32_t bits = 0; bits < infinity_bits<Half>; ++bits) {
    const double low = value_of_pattern<Half>(bits), high = value_of_pattern<Half>(bits + 1),
                 midpoint = (low + high) / 2;
    for (const double v : {low, std::nextafter(low, high), std::nextafter(midpoint, low), midpoint,
                           std::nextafter(midpoint, high), std::nextafter(high, low)})
      check(v);
    // one f32 rounding on the way would take these to the midpoint, and then to the wrong side
    check(midpoint * (1 + 0x1p-40));
    check(midpoint * (1 - 0x1p-40));
  }
  std::uint64_t state = 0x9e3779b97f4a7c15;
  for (int i = 0; i < 100000; ++i) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    const double v = std::fabs(std::bit_cast<double>(state));
    if (std::isfinite(v)) check(v);
    check(std::ldexp(1 + static_cast<double>(state >> 12) * 0x1p-52, static_cast<int>(state % 64) - 30));
  }
  CAPTURE(first);
  CHECK(wrong == 0);
}

template <class Half>
void check_patterns() {
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float f = of_bits<Half>(bits);
    const std::uint32_t magnitude = bits & 0x7fff;
    if (magnitude > infinity_bits<Half>) {  // any NaN comes back as a NaN of the same sign
      const std::uint32_t back = Half(static_cast<double>(f)).bits;
      wrong += !(std::isnan(f) && (back & 0x7fff) > infinity_bits<Half>);
      continue;
    }
    const double wanted = magnitude == infinity_bits<Half> ? INFINITY : value_of_pattern<Half>(magnitude);
    wrong += std::fabs(static_cast<double>(f)) != wanted || std::signbit(f) != (bits >= 0x8000) ||
             Half(static_cast<double>(f)).bits != bits;
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_SUITE("dtype") {
  TEST_CASE("each of the 65,536 patterns of f16 means what IEEE says and comes back") { check_patterns<f16>(); }
  TEST_CASE("each of the 65,536 patterns of bf16 means what it should and comes back") { check_patterns<bf16>(); }
  TEST_CASE("f64 to f16 is the nearest of all f16, ties to even, rounded once") { check_rounding<f16>(); }
  TEST_CASE("f64 to bf16 is the nearest of all bf16, ties to even, rounded once") { check_rounding<bf16>(); }

  TEST_CASE("the halves' limits") {
    CHECK(f16(65504.0).bits == 0x7bff);
    CHECK(f16(65519.999).bits == 0x7bff);
    CHECK(f16(65520.0).bits == 0x7c00);
    CHECK(f16(0x1p-24).bits == 1);
    CHECK(f16(0x1p-25).bits == 0);
    CHECK(f16(std::nextafter(0x1p-25, 1.0)).bits == 1);
    CHECK(f16(-0.0).bits == 0x8000);
    CHECK(f16(5e-324).bits == 0);
    CHECK(f16(-1e300).bits == 0xfc00);
    CHECK(std::isnan(static_cast<float>(f16(NAN))));
    CHECK(bf16(0x1p-133).bits == 1);
    CHECK(bf16(0x1p-134).bits == 0);
    CHECK(bf16(3.4e38).bits == 0x7f80);
    CHECK(std::isnan(static_cast<float>(bf16(NAN))));
    CHECK(f16().bits == 0);
  }

  TEST_CASE("floats to integers truncate and saturate, NaN becomes 0, integers saturate, all but 0 is true") {
    CHECK(convert_element<std::int32_t>(-2.9) == -2);
    CHECK(convert_element<std::int32_t>(2.9f) == 2);
    CHECK(convert_element<std::int8_t>(200.0) == 127);
    CHECK(convert_element<std::int8_t>(-200.0) == -128);
    CHECK(convert_element<std::uint8_t>(-1.0) == 0);
    CHECK(convert_element<std::uint8_t>(255.9f) == 255);
    CHECK(convert_element<std::uint8_t>(256.0f) == 255);
    CHECK(convert_element<std::int32_t>(2147483647.0f) == std::numeric_limits<std::int32_t>::max());  // 2^31 in f32
    CHECK(convert_element<std::int32_t>(2147483646.5) == 2147483646);
    CHECK(convert_element<std::int64_t>(9.3e18) == std::numeric_limits<std::int64_t>::max());
    CHECK(convert_element<std::int64_t>(-9.3e18f) == std::numeric_limits<std::int64_t>::min());
    CHECK(convert_element<std::int64_t>(-0x1p63) == std::numeric_limits<std::int64_t>::min());
    CHECK(convert_element<std::int64_t>(INFINITY) == std::numeric_limits<std::int64_t>::max());
    CHECK(convert_element<std::int32_t>(NAN) == 0);
    CHECK(convert_element<std::int8_t>(std::int32_t{300}) == 127);
    CHECK(convert_element<bool>(0.5));
    CHECK(convert_element<bool>(std::int32_t{-1}));
    CHECK_FALSE(convert_element<bool>(-0.0f));
    CHECK(convert_element<bool>(f16(0.25)));
    CHECK(convert_element<std::int32_t>(true) == 1);
    CHECK(convert_element<std::int32_t>(f16(-7.5)) == -7);
    CHECK(convert_element<f16>(std::int64_t{2049}).bits == f16(2048.0).bits);  // a tie, to even
    CHECK(convert_element<float>(0x1p-149) == 0x1p-149f);
  }

  TEST_CASE("names, sizes and families") {
    CHECK(name(DType::bf16) == "bf16");
    CHECK(name(DType::boolean) == "boolean");
    CHECK(byte_size(DType::f16) == 2);
    CHECK(byte_size(DType::i64) == 8);
    CHECK(is_floating(DType::bf16));
    CHECK_FALSE(is_floating(DType::i8));
    CHECK(is_index(DType::u8));
    CHECK_FALSE(is_index(DType::boolean));
    CHECK(dtype_of<long long>() == DType::i64);
    CHECK(dtype_of<const float>() == DType::f32);
    CHECK(dtype_of<bool>() == DType::boolean);
  }
}
