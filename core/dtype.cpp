// Conversions between f64 and the halves, in integer arithmetic so that they round once whatever the compiler does.
#include "logitape/core/dtype.h"

#include <bit>
#include <ostream>

namespace logitape::inline v0 {
namespace {

// Rounds an f64 to a float of `mantissa` stored bits whose smallest normal exponent is `emin` and largest `emax`,
// to nearest even. Returns sign-less bits; subnormals and overflow to infinity follow from the same shift.
std::uint16_t round_to_half(std::uint64_t bits, int mantissa, int emin, int emax) {
  const std::uint64_t magnitude = bits & 0x7fffffffffffffff;
  const auto infinity = static_cast<std::uint16_t>((emax - emin + 2) << mantissa);
  if (magnitude > 0x7ff0000000000000)  // NaN: quiet, whatever the payload
    return static_cast<std::uint16_t>(infinity | (1 << (mantissa - 1)));
  if (magnitude == 0) return 0;
  const int exponent = static_cast<int>(magnitude >> 52) - 1023;
  if (exponent > emax) return infinity;
  // below emin every further halving drops one more bit; 54 and more drop all of them
  const int below = exponent < emin ? emin - exponent : 0;
  const int drop = 52 - mantissa + below;
  if (drop > 54) return 0;
  const std::uint64_t significand = (magnitude & 0xfffffffffffff) | (1ull << 52);
  const std::uint64_t kept = drop > 53 ? 0 : significand >> drop;
  const std::uint64_t rest = significand & ((1ull << drop) - 1);
  const std::uint64_t half = 1ull << (drop - 1);
  const std::uint64_t up = rest > half || (rest == half && (kept & 1)) ? 1 : 0;
  // `kept` still carries the implicit one, which adds itself to the exponent field
  const std::uint64_t field = below > 0 ? 0 : static_cast<std::uint64_t>(exponent - emin);
  return static_cast<std::uint16_t>((field << mantissa) + kept + up);
}

std::uint16_t signed_half(double value, int mantissa, int emin, int emax) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return static_cast<std::uint16_t>(round_to_half(bits, mantissa, emin, emax) | ((bits >> 63) << 15));
}

}  // namespace

f16::f16(double value) : bits(signed_half(value, 10, -14, 15)) {}
bf16::bf16(double value) : bits(signed_half(value, 7, -126, 127)) {}

f16::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  std::uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000 | ((magnitude & 0x3ff) << 13));
  if (magnitude >= 0x400) return std::bit_cast<float>(sign | ((magnitude << 13) + (112u << 23)));
  if (magnitude == 0) return std::bit_cast<float>(sign);
  const int shift = std::countl_zero(magnitude) - 21;  // brings the leading one of a subnormal to bit 10
  magnitude = (magnitude << shift) & 0x3ff;
  return std::bit_cast<float>(sign | ((113u - static_cast<std::uint32_t>(shift)) << 23) | (magnitude << 13));
}

bf16::operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }

std::string_view name(DType dtype) {
  constexpr std::string_view names[dtype_count] = {"f16", "bf16", "f32", "f64", "i8",
                                                   "u8",  "i16",  "i32", "i64", "boolean"};
  return names[static_cast<int>(dtype)];
}

}  // namespace logitape::inline v0
