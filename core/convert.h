// One element from one dtype to another. Floats to integers truncate toward zero and saturate, NaN becomes 0; integers
// wrap; anything but 0 is true; f32 and f64 round once into a half.
#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>

#include "logitape/core/dtype.h"

namespace logitape::inline v0 {

template <class To, class From>
To convert_element(From value) {
  constexpr bool half = std::is_same_v<From, f16> || std::is_same_v<From, bf16>;
  if constexpr (half && !std::is_same_v<To, From>) {
    return convert_element<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    // 2^digits is exact in From where To's maximum may not be
    constexpr auto above = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (value != value) return 0;
    if (value >= above) return std::numeric_limits<To>::max();
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else if constexpr (std::is_same_v<To, f16> || std::is_same_v<To, bf16>) {
    return To(static_cast<double>(value));
  } else {
    return static_cast<To>(value);
  }
}

void convert(DType from, const void* x, DType to, void* y, std::int64_t count);

}  // namespace logitape::inline v0
