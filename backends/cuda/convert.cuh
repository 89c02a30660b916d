// One element from one dtype to another, by the rule of core/detail/convert.h: into an integer the value is truncated
// toward zero and saturates, NaN becomes 0; into boolean anything but 0 is true; into a floating dtype it is rounded
// once, to nearest even. A NaN becomes the quiet one of its sign in f16 and bf16.
#pragma once
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {

template <class To, class From>
__host__ __device__ inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

template <class T>
constexpr bool is_half = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

// The magnitude of an f64 in a format of `mantissa` stored bits and exponents emin to emax.
__host__ __device__ inline unsigned half_magnitude(uint64_t magnitude, int mantissa, int emin, int emax) {
  const unsigned infinity = static_cast<unsigned>(emax - emin + 2) << mantissa;
  if (magnitude > 0x7ff0000000000000) return infinity | 1u << (mantissa - 1);
  const int exponent = static_cast<int>(magnitude >> 52) - 1023;
  if (exponent > emax) return infinity;
  const int below = exponent < emin ? emin - exponent : 0;  // one more bit is dropped for each halving below emin
  const int drop = 52 - mantissa + below;
  if (drop > 54) return 0;
  const uint64_t significand = (magnitude & 0xfffffffffffff) | 1ull << 52;
  const uint64_t kept = drop > 53 ? 0 : significand >> drop;
  const uint64_t rest = significand & ((1ull << drop) - 1), half = 1ull << (drop - 1);
  const uint64_t up = rest > half || (rest == half && (kept & 1));
  // `kept` has the implicit one, which adds itself to the exponent's field
  const uint64_t field = below > 0 ? 0 : static_cast<uint64_t>(exponent - emin);
  return static_cast<unsigned>((field << mantissa) + kept + up);
}

template <class Half>
__host__ __device__ inline Half to_half(double v) {
  const auto bits = bits_as<uint64_t>(v);
  const uint64_t magnitude = bits & 0x7fffffffffffffff;
  const unsigned m =
      std::is_same_v<Half, f16> ? half_magnitude(magnitude, 10, -14, 15) : half_magnitude(magnitude, 7, -126, 127);
  return bits_as<Half>(static_cast<uint16_t>(m | static_cast<unsigned>(bits >> 63) << 15));
}
template <class Half>
__host__ __device__ inline Half to_half(float v) {
  constexpr unsigned quiet = std::is_same_v<Half, f16> ? 0x7e00 : 0x7fc0;
  if (v != v) return bits_as<Half>(static_cast<uint16_t>((bits_as<unsigned>(v) >> 16 & 0x8000u) | quiet));
  if constexpr (std::is_same_v<Half, f16>) return __float2half_rn(v);
  else return __float2bfloat16_rn(v);
}

// An integer as a double that then rounds correctly to a half: beyond 53 bits the upper bits stay, and the lowest kept
// bit says whether anything was cut off.
__host__ __device__ inline double sticky(int64_t x) {
  if (x > -(int64_t{1} << 53) && x < (int64_t{1} << 53)) return static_cast<double>(x);
  return static_cast<double>((x >> 12 | ((x & 0xfff) != 0)) * 4096);
}

template <class To, class From>
__host__ __device__ inline To saturated(From value) {
  constexpr To low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
  if constexpr (std::is_floating_point_v<From>) {
    constexpr From above = static_cast<From>(high / 2 + 1) * 2;  // exact in From, as `high` may not be
    if (value != value) return 0;
    if (value >= above) return high;
    if (value <= static_cast<From>(low)) return low;
    return static_cast<To>(value);
  } else {
    const auto whole = static_cast<int64_t>(value);
    return whole < int64_t{low} ? low : whole > int64_t{high} ? high : static_cast<To>(whole);
  }
}

template <class To, class From>
__host__ __device__ inline To convert(From value) {
  if constexpr (std::is_same_v<To, From>) return value;
  else if constexpr (std::is_same_v<From, f16>) return convert<To>(__half2float(value));
  else if constexpr (std::is_same_v<From, bf16>) return convert<To>(__bfloat162float(value));
  else if constexpr (std::is_same_v<To, bool>) return value != From(0);
  else if constexpr (is_half<To> && std::is_floating_point_v<From>) return to_half<To>(value);
  else if constexpr (is_half<To>) return to_half<To>(sticky(static_cast<int64_t>(value)));
  else if constexpr (std::is_floating_point_v<To>) return static_cast<To>(value);
  else return saturated<To>(value);
}

// Calls f.operator()<T>() with the type of the dtype: bool for booleans.
template <class F>
lt_status visit_any(const char* op, lt_dtype dtype, F f) {
  switch (dtype) {
    case LT_F16: return f.template operator()<f16>();
    case LT_BF16: return f.template operator()<bf16>();
    case LT_F32: return f.template operator()<float>();
    case LT_F64: return f.template operator()<double>();
    case LT_BOOLEAN: return f.template operator()<bool>();
    default: return visit_integer(op, dtype, f);
  }
}

}  // namespace logitape_cuda
