// Arithmetic of double-double numbers: a value is the unevaluated sum hi + lo with |lo| <= ulp(hi)/2, about 106 bits.
//   two_sum and two_product give a result and its rounding error, exactly (Knuth 1969; Dekker 1971, by a fused
//   multiply-add)
//   + and * follow Joldes, Muller and Popescu, "Tight and rigorous error bounds for basic building blocks of
//   double-word arithmetic" (2017): algorithms 6 and 12, within 3 and 5 units of 2^-106
//   / takes three quotients, as Hida, Li and Bailey's QD (2000) does
// The exponent range is double's: where lo would be subnormal, below 2^-969, the error is absolute, 2^-1074. What is
// not finite, and zero with its sign, is what double gives, lo being 0. No libm: fma, sqrt, frexp and ldexp have one
// right answer each.
#pragma once
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdlib>

namespace logitape::inline v0::backends::wide {

struct Double2 {
  double hi = 0, lo = 0;

  constexpr Double2() = default;
  constexpr Double2(double value) : hi(value) {}
  template <std::integral I>
  constexpr Double2(I value) : Double2(exactly(value)) {}
  constexpr Double2(double high, double low) : hi(high), lo(low) {}
  explicit operator double() const { return hi; }
  explicit operator float() const;         // rounded once
  explicit operator std::int64_t() const;  // toward zero; the caller knows that it fits

 private:
  static constexpr Double2 exactly(std::int64_t value) {
    const double high = static_cast<double>(value >> 32) * 0x1p32, low = static_cast<double>(value & 0xffffffff),
                 sum = high + low;
    return {sum, low - (sum - high)};
  }
};

// a + b for |a| >= |b|.
inline Double2 fast_two_sum(double a, double b) {
  if (b == 0) return a;
  const double sum = a + b;
  return std::isfinite(sum) ? Double2(sum, b - (sum - a)) : Double2(sum);
}
inline Double2 two_sum(double a, double b) {
  if (a == 0 || b == 0) return a + b;  // with the sign that double's zero has
  return std::fabs(a) < std::fabs(b) ? fast_two_sum(b, a) : fast_two_sum(a, b);
}
inline Double2 two_product(double a, double b) {
  const double product = a * b;
  if (!std::isfinite(product) || product == 0) return product;
  return {product, std::fma(a, b, -product)};
}

inline Double2 operator-(Double2 a) { return {-a.hi, -a.lo}; }
inline Double2 operator+(Double2 a, Double2 b) {
  const Double2 high = two_sum(a.hi, b.hi), low = two_sum(a.lo, b.lo);
  if (!std::isfinite(high.hi)) return high;
  const Double2 sum = fast_two_sum(high.hi, high.lo + low.hi);
  return fast_two_sum(sum.hi, low.lo + sum.lo);
}
inline Double2 operator-(Double2 a, Double2 b) { return a + -b; }
inline Double2 operator*(Double2 a, Double2 b) {
  const Double2 product = two_product(a.hi, b.hi);
  if (!std::isfinite(product.hi) || product.hi == 0) return product.hi;
  const double crossed = std::fma(a.lo, b.hi, std::fma(a.hi, b.lo, a.lo * b.lo));
  return fast_two_sum(product.hi, product.lo + crossed);
}

// value * 2^power, in steps that neither overflow nor round before the last one.
inline Double2 scaled(Double2 value, int power) {
  const double hi = std::ldexp(value.hi, power);
  return std::isfinite(hi) ? fast_two_sum(hi, std::ldexp(value.lo, power)) : Double2(hi);
}

// Operands so large or so small that a partial product would leave the range are scaled into its middle first.
inline Double2 operator/(Double2 a, Double2 b) {
  const double quotient = a.hi / b.hi;
  if (!std::isfinite(quotient) || quotient == 0 || !std::isfinite(b.hi)) return quotient;
  const int of_a = std::ilogb(a.hi), of_b = std::ilogb(b.hi);
  if (std::abs(of_a) > 800 || std::abs(of_b) > 800) return scaled(scaled(a, -of_a) / scaled(b, -of_b), of_a - of_b);
  Double2 rest = a - b * quotient;
  const double second = rest.hi / b.hi;
  rest = rest - b * second;
  return fast_two_sum(quotient, second) + rest.hi / b.hi;
}

inline Double2& operator+=(Double2& a, Double2 b) { return a = a + b; }
inline Double2& operator-=(Double2& a, Double2 b) { return a = a - b; }
inline Double2& operator*=(Double2& a, Double2 b) { return a = a * b; }
inline Double2& operator/=(Double2& a, Double2 b) { return a = a / b; }

inline bool operator==(Double2 a, Double2 b) { return a.hi == b.hi && a.lo == b.lo; }
inline bool operator!=(Double2 a, Double2 b) { return !(a == b); }
inline bool operator<(Double2 a, Double2 b) { return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo); }
inline bool operator<=(Double2 a, Double2 b) { return a.hi < b.hi || (a.hi == b.hi && a.lo <= b.lo); }
inline bool operator>(Double2 a, Double2 b) { return b < a; }
inline bool operator>=(Double2 a, Double2 b) { return b <= a; }

inline bool isnan(Double2 x) { return std::isnan(x.hi); }
inline bool isinf(Double2 x) { return std::isinf(x.hi); }
inline bool isfinite(Double2 x) { return std::isfinite(x.hi); }
inline bool signbit(Double2 x) { return std::signbit(x.hi); }
inline Double2 fabs(Double2 x) { return signbit(x) ? -x : x; }

// Toward zero. Only where hi is an integer does lo decide.
inline Double2 trunc(Double2 x) {
  const double whole = std::trunc(x.hi);
  if (whole != x.hi) return whole;
  return fast_two_sum(whole, whole < 0 ? std::ceil(x.lo) : std::floor(x.lo));
}

// hi may be 2^63, which no int64 is, and lo below 0.
inline Double2::operator std::int64_t() const {
  const Double2 whole = trunc(*this);
  const auto high =
      whole.hi == 0x1p63 ? std::uint64_t{1} << 63 : static_cast<std::uint64_t>(static_cast<std::int64_t>(whole.hi));
  return static_cast<std::int64_t>(high + static_cast<std::uint64_t>(static_cast<std::int64_t>(whole.lo)));
}

// The double next to x toward zero, or next to that: of the two the one with an odd significand. Rounding it to a
// shorter format gives what rounding x itself would.
inline double odd_double(Double2 x) {
  const auto bits = std::bit_cast<std::uint64_t>(x.hi);
  if (x.lo == 0 || bits & 1) return x.hi;
  return std::bit_cast<double>(signbit(x) == std::signbit(x.lo) ? bits + 1 : bits - 1);
}

inline Double2::operator float() const { return static_cast<float>(odd_double(*this)); }

// Karp's way: one step of Newton's from the double root s, s + (x - s*s) / (2*s).
inline Double2 sqrt(Double2 x) {
  if (!(x.hi > 0) || isinf(x)) return std::sqrt(x.hi);
  const int power = std::ilogb(x.hi) / 2 * 2;
  if (std::abs(power) > 800) return scaled(sqrt(scaled(x, -power)), power / 2);
  const double root = std::sqrt(x.hi);
  return fast_two_sum(root, (x - two_product(root, root)).hi / (2 * root));
}

}  // namespace logitape::inline v0::backends::wide
