// One element from one dtype to another, by one rule for all: into an integer the value is truncated toward zero and
// saturates, NaN becomes 0; into boolean anything but 0 is true, NaN too; into a floating dtype it is rounded once, to
// nearest even.
#pragma once
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "logitape/core/dtype.h"

namespace logitape::inline v0 {

// An integer as a double that then rounds correctly to a half: beyond 53 bits the upper bits stay, and the lowest kept
// bit says whether anything was cut off.
inline double sticky(std::int64_t x) {
  if (x > -(std::int64_t{1} << 53) && x < (std::int64_t{1} << 53)) return static_cast<double>(x);
  return static_cast<double>((x >> 12 | ((x & 0xfff) != 0)) * 4096);
}

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
    // 2^digits is exact in From; To's maximum may not be
    constexpr auto above = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (value != value) return 0;
    if (value >= above) return std::numeric_limits<To>::max();
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(value);
  } else if constexpr (std::is_same_v<To, f16> || std::is_same_v<To, bf16>) {
    if constexpr (std::is_same_v<From, std::int64_t>) return To(sticky(value));
    else return To(static_cast<double>(value));
  } else if constexpr (std::is_integral_v<To> && !std::is_same_v<From, bool>) {
    using Limits = std::numeric_limits<To>;
    return std::in_range<To>(value) ? static_cast<To>(value) : value < 0 ? Limits::min() : Limits::max();
  } else {
    return static_cast<To>(value);
  }
}

void convert(DType from, const void* x, DType to, void* y, std::int64_t count);

// The position of the first byte that is neither 0 nor 1 and so is no bool; `count` if there is none.
std::int64_t first_no_boolean(const void* bytes, std::int64_t count);

}  // namespace logitape::inline v0
