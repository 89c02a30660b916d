// sin and cos of double-double numbers: x = (quadrant + f) * pi/2 with |f| <= 1/2, then their Taylor series at r = f *
// pi/2. x * 2/pi is made in fixed point, of 512 bits of which the upper two are the quadrant (Payne and Hanek 1983):
// the bits of 2/pi that give whole turns are left out, so that 1e308 keeps as many digits as 1.
#include <array>

#include "logitape/backends/wide/functions.h"

namespace logitape::inline v0::backends::wide {
namespace {

constexpr std::size_t words = 16;               // of 32 bits, the highest first
using Turn = std::array<std::uint32_t, words>;  // x * 2/pi modulo 4, in units of 2^-510

// 2/pi = 0.a2f9836e 4e441529 ... in base 2^32.
constexpr std::uint32_t two_over_pi[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a,
    0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
    0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf,
    0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
    0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d, 0xa9e39161, 0x5ee61b08, 0x6599855f, 0x14a06840, 0x8dffd880,
    0x4d732731, 0x06061556, 0xca73a8c9, 0x60e27bc0, 0x8c6b47c4, 0x19c367cd, 0xdce8092a};

// The 32 bits of 2/pi of which the first has the weight 2^(-1 - first): 0 where they are before its point.
std::uint32_t bits_from(int first) {
  const auto word = [](int i) { return i < 0 || i >= static_cast<int>(std::size(two_over_pi)) ? 0u : two_over_pi[i]; };
  const int i = (first + 3200) / 32 - 100, shift = first - 32 * i;  // rounded down
  return shift == 0 ? word(i) : word(i) << shift | word(i + 1) >> (32 - shift);
}

void add(Turn& to, const Turn& other) {
  std::uint64_t carry = 0;
  for (std::size_t i = words; i-- > 0;) {
    carry += std::uint64_t{to[i]} + other[i];
    to[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
}

void negate(Turn& t) {
  for (std::uint32_t& word : t) word = ~word;
  Turn one{};
  one[words - 1] = 1;
  add(t, one);
}

// |x| = significand * 2^power: its digits times the bits of 2^power * 2/pi from the weight 2 on.
Turn turn_of(double x) {
  if (x == 0) return {};
  int exponent = 0;
  const auto significand = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::fabs(x), &exponent), 53));
  const int power = exponent - 53;
  const std::uint64_t low = significand & 0xffffffff, high = significand >> 32;
  Turn turn{}, upper{};
  std::uint64_t carry = 0, upper_carry = 0;
  for (std::size_t i = words; i-- > 0;) {
    const std::uint64_t bits = bits_from(power - 2 + 32 * static_cast<int>(i));
    carry += low * bits, upper_carry += high * bits;
    turn[i] = static_cast<std::uint32_t>(carry);
    if (i > 0) upper[i - 1] = static_cast<std::uint32_t>(upper_carry);
    carry >>= 32, upper_carry >>= 32;
  }
  add(turn, upper);
  if (std::signbit(x)) negate(turn);
  return turn;
}

struct Angle {
  int quadrant;
  Double2 r;  // |r| <= pi/4
};

Angle reduced(Double2 x) {
  if (std::fabs(x.hi) < 0.78) return {0, x};
  Turn turn = turn_of(x.hi);
  add(turn, turn_of(x.lo));
  const auto quadrant = static_cast<int>((turn[0] + 0x20000000u) >> 30);  // to the nearest; 4 is 0
  turn[0] -= static_cast<std::uint32_t>(quadrant) << 30;
  const bool negative = turn[0] >> 31;
  if (negative) negate(turn);
  std::size_t first = 0;
  while (first < words - 6 && turn[first] == 0) ++first;
  Double2 f = 0;  // six words hold 160 bits or more
  for (std::size_t i = first + 6; i-- > first;)
    f = f + std::ldexp(static_cast<double>(turn[i]), -30 - 32 * static_cast<int>(i));
  constexpr Double2 half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
  const Double2 r = f * half_pi;
  return {quadrant & 3, negative ? -r : r};
}

// (-1)^n r^2n / (first (first + 1) ... ), summed: cos for first = 1, sin(r)/r for first = 2. For r = pi/4 the 16th is
// below 1e-38.
Double2 series(Double2 r, int first) {
  const Double2 square = r * r;
  Double2 sum = 1;
  for (int n = 15; n >= 0; --n) sum = 1 - square * sum / ((2 * n + first) * (2 * n + first + 1));
  return sum;
}

Double2 sin_from(Double2 x, int quadrants) {
  if (!isfinite(x)) return x.hi - x.hi;  // NaN
  const Angle angle = reduced(x);
  const int quadrant = (angle.quadrant + quadrants) & 3;
  const Double2 y = quadrant & 1 ? series(angle.r, 1) : angle.r.hi == 0 ? angle.r : angle.r * series(angle.r, 2);
  return quadrant & 2 ? -y : y;
}

}  // namespace

Double2 sin(Double2 x) { return sin_from(x, 0); }
Double2 cos(Double2 x) { return sin_from(x, 1); }

}  // namespace logitape::inline v0::backends::wide
