// Conversion between any two dtypes, by the rule of core/detail/convert.h; f32 and halves meet in vectors.
#if defined(LOGITAPE_BACKENDS_CPU_CAST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CAST_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/halves-inl.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

template <class From, class To>
void cast_row(std::int64_t count, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  To* y = static_cast<To*>(to);
  if constexpr (is_half<From> && std::is_same_v<To, float>) widen_row(count, x, y);
  else if constexpr (is_half<To> && std::is_same_v<From, float>) narrow_row(count, x, y);
  else
    for (std::int64_t i = 0; i < count; ++i) y[i] = convert_element<To>(x[i]);
}

inline void cast(const backends::CastArgs& a) {
  using Row = void (*)(std::int64_t, const void*, void*);
  const Row row = visit_any(
      a.from, [&]<class From>() { return visit_any(a.to, []<class To>() -> Row { return cast_row<From, To>; }); });
  const std::byte* x = static_cast<const std::byte*>(a.x);
  std::byte* y = static_cast<std::byte*>(a.y);
  const auto bytes_x = static_cast<std::int64_t>(byte_size(a.from));
  const auto bytes_y = static_cast<std::int64_t>(byte_size(a.to));
  for_each_block(a.size,
                 [=](std::int64_t begin, std::int64_t count) { row(count, x + begin * bytes_x, y + begin * bytes_y); });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
