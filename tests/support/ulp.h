// Error in units in the last place of T at the exact value.
#pragma once
#include <cmath>
#include <limits>

namespace logitape::tests {

// |got - want| / ulp, where ulp is the spacing of T at want (subnormal spacing below the smallest normal).
// Equal infinities and two NaNs are 0; a NaN or infinity where the other is finite is infinitely wrong.
template <class T>
double ulp_error(T got, long double want) {
  constexpr int digits = std::numeric_limits<T>::digits;
  constexpr int lowest = std::numeric_limits<T>::min_exponent - digits;
  const T rounded = static_cast<T>(want);
  if (std::isnan(got) || std::isnan(want))
    return std::isnan(got) && std::isnan(want) ? 0 : std::numeric_limits<double>::infinity();
  if (got == rounded)
    return std::isinf(got)
               ? 0
               : static_cast<double>(
                     std::fabs(static_cast<long double>(got) - want) /
                     std::ldexp(1.0L, std::max(lowest, std::ilogb(want == 0 ? 1e-4900L : want) + 1 - digits)));
  if (std::isinf(got) || std::isinf(rounded)) return std::numeric_limits<double>::infinity();
  const int exponent = want == 0 ? lowest : std::max(lowest, std::ilogb(want) + 1 - digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / std::ldexp(1.0L, exponent));
}

// The same in units at `size` where the exact value is smaller: terms of that size cancel there.
template <class T>
double ulp_error(T got, long double want, long double size) {
  if (!(std::fabs(want) < size) || !std::isfinite(got)) return ulp_error(got, want);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) /
                             std::ldexp(1.0L, std::ilogb(size) + 1 - std::numeric_limits<T>::digits));
}

}  // namespace logitape::tests
