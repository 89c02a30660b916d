// Conversion between any two dtypes. Into floating: rounded once, to nearest even. Floating to integer: truncated toward
// zero, saturated, NaN gives 0. Into boolean: x != 0 (NaN is true). Between integers: wraps.
#if defined(LOGITAPE_BACKENDS_CPU_CAST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/halves-inl.h"
#include "logitape/core/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

template <class To, class From>
To truncated(From x) {
  constexpr From low = static_cast<From>(std::numeric_limits<To>::min());
  constexpr From above = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;  // 2^digits, exact in any From
  if (x != x) return 0;
  if (x <= low) return std::numeric_limits<To>::min();
  if (x >= above) return std::numeric_limits<To>::max();
  return static_cast<To>(x);
}

// An i64 in f64 such that a further rounding to a half is right: a value of more than 53 bits keeps its upper bits, and
// the lowest bit kept says whether anything was cut off.
inline double sticky(std::int64_t x) {
  if (x > -(std::int64_t{1} << 53) && x < (std::int64_t{1} << 53)) return static_cast<double>(x);
  return static_cast<double>((x >> 12 | ((x & 0xfff) != 0)) * 4096);
}

template <class To, class From>
To converted(From x) {
  if constexpr (is_half<From>) return converted<To>(static_cast<float>(x));
  else if constexpr (std::is_same_v<To, bool>) return x != 0;
  else if constexpr (is_half<To> && std::is_same_v<From, std::int64_t>) return To(sticky(x));
  else if constexpr (is_half<To>) return To(static_cast<double>(x));
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) return truncated<To>(x);
  else return static_cast<To>(x);
}

template <class From, class To>
void cast_row(std::int64_t count, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  To* y = static_cast<To*>(to);
  if constexpr (is_half<From> && std::is_same_v<To, float>) widen_row(count, x, y);
  else if constexpr (is_half<To> && std::is_same_v<From, float>) narrow_row(count, x, y);
  else
    for (std::int64_t i = 0; i < count; ++i) y[i] = converted<To>(x[i]);
}

inline void cast(const backends::CastArgs& a) {
  using Row = void (*)(std::int64_t, const void*, void*);
  const Row row = visit_any(a.from, [&]<class From>() { return visit_any(a.to, []<class To>() -> Row { return cast_row<From, To>; }); });
  const std::byte* x = static_cast<const std::byte*>(a.x);
  std::byte* y = static_cast<std::byte*>(a.y);
  const auto bytes_x = static_cast<std::int64_t>(byte_size(a.from));
  const auto bytes_y = static_cast<std::int64_t>(byte_size(a.to));
  for_each_block(a.size, [=](std::int64_t begin, std::int64_t count) { row(count, x + begin * bytes_x, y + begin * bytes_y); });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
