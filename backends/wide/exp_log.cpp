// exp and log of double-double numbers, and what is made of them.
//   e^x = 2^k * e^r, r = x - k*ln 2 (ln 2 in three doubles); e^r - 1 from the Taylor series at r/8, doubled three times
//   by e^(2s) - 1 = (e^s - 1) * (e^s - 1 + 2), which keeps the relative error of small results (Brent 1976)
//   log(2^k * m) = k*ln 2 + 2*artanh((m - 1)/(m + 1)), m in [sqrt(1/2), sqrt(2)], by its series: all terms of one sign
#include <limits>

#include "logitape/backends/wide/functions.h"

namespace logitape::inline v0::backends::wide {
namespace {

constexpr Double2 ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};
constexpr double ln2_third = 0x1.7b57a079a1934p-111;
constexpr double negligible = 0x1p-110;  // beside 1
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

// e^r - 1 for |r| <= 0.36. With s = r/8 the eighteenth term is below 1e-36 of the first.
Double2 expm1_of_small(Double2 r) {
  const Double2 s = scaled(r, -3);
  Double2 series = 1;
  for (int n = 17; n > 1; --n) series = 1 + s * series / n;
  Double2 e = s * series;
  for (int doubling = 0; doubling < 3; ++doubling) e = e * (e + 2);
  return e;
}

// 2*artanh(t) for |t| <= 0.172. The series is cut where t^2n is below 1e-34.
Double2 twice_artanh(Double2 t) {
  const Double2 square = t * t;
  Double2 series = 0;
  for (int n = 45; n >= 1; n -= 2) series = square * series + Double2(1) / n;
  return scaled(t * series, 1);
}

bool is_integer(Double2 y) { return trunc(y) == y; }
bool is_odd(Double2 y) { return is_integer(y) && !is_integer(scaled(y, -1)); }

}  // namespace

Double2 exp(Double2 x) {
  if (isnan(x)) return x;
  if (x.hi > 710) return infinity;
  if (x.hi < -746) return 0;
  const double k = std::rint(x.hi / ln2.hi);
  const Double2 r = x - two_product(k, ln2.hi) - two_product(k, ln2.lo) - k * ln2_third;
  return scaled(1 + expm1_of_small(r), static_cast<int>(k));
}

Double2 expm1(Double2 x) {
  if (std::fabs(x.hi) > 0.36 || isnan(x)) return exp(x) - 1;
  return std::fabs(x.hi) < negligible ? x : expm1_of_small(x);
}

Double2 log(Double2 x) {
  if (isnan(x) || x.hi == infinity) return x;
  if (x.hi <= 0) return x.hi < 0 ? nan : -infinity;
  int k = std::ilogb(x.hi);
  if (std::ldexp(x.hi, -k) > 1.4142) ++k;
  const Double2 m = scaled(x, -k);
  return twice_artanh((m - 1) / (m + 1)) + (ln2 * k + ln2_third * k);
}

Double2 log1p(Double2 x) {
  if (!(x.hi > -0.29 && x.hi < 0.41)) return log(1 + x);
  return std::fabs(x.hi) < negligible ? x : twice_artanh(x / (2 + x));
}

// e^(y*log|x|), with a sign where x is negative and y an odd integer. C's special values, in C's order.
Double2 pow(Double2 x, Double2 y) {
  if (y == 0 || x == 1) return 1;
  if (isnan(x) || isnan(y)) return nan;
  if (isinf(y) && fabs(x) == 1) return 1;
  if (x.hi < 0 && !isinf(x) && !isinf(y) && !is_integer(y)) return nan;
  const Double2 size = exp(y * log(fabs(x)));
  return signbit(x) && !isinf(y) && is_odd(y) ? -size : size;
}

Double2 cosh(Double2 x) {
  if (std::fabs(x.hi) < 1) {
    const Double2 e = expm1(fabs(x));
    return 1 + e * e / (2 * (1 + e));
  }
  const Double2 root = exp(scaled(fabs(x), -1)), half = scaled(root, -1) * root;  // e^|x| overflows before its half
  return half + 0.25 / half;
}

// Written so that the small part, t = 2/(e^2|x| + 1) or 1/(e^|x| + 1), is made first and taken from 1 last.
Double2 tanh(Double2 x) {
  if (isnan(x)) return x;
  if (std::fabs(x.hi) < 0.5) {
    const Double2 e = expm1(scaled(x, 1));
    return x.hi == 0 ? x : e / (e + 2);
  }
  const Double2 e = exp(scaled(-fabs(x), 1)), y = 1 - scaled(e, 1) / (1 + e);
  return signbit(x) ? -y : y;
}

Double2 sigmoid(Double2 x) {
  if (isnan(x)) return x;
  const Double2 e = exp(-fabs(x)), smaller = e / (1 + e);
  return signbit(x) ? smaller : 1 - smaller;
}

}  // namespace logitape::inline v0::backends::wide
