// scatter_add along the middle axis of [outer, axis, inner], where several positions may have one index.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/scatter.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/index_blocks.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::IndexArgs;

// Columns [column, column + width) of one outer slice: j in order, so that duplicates add in order.
template <class T>
void scatter_columns(const IndexArgs& a, std::int64_t o, std::int64_t column, std::int64_t width) {
  const T* x = static_cast<const T*>(a.x) + o * a.count * a.inner + column;
  T* y = static_cast<T*>(a.y) + o * a.axis * a.inner + column;
  if (!a.per_element) {
    for_each_index(a.index_dtype, a.indices, 0, a.count, [&](std::int64_t j, std::int64_t index) HWY_ATTR {
      T* to = y + index * a.inner;
      if (width == 1) *to += x[j * a.inner];
      else
        map_row(width, to, 1, x + j * a.inner, 1, to,
                [](auto, auto base, auto v) HWY_ATTR { return hn::Add(base, v); });
    });
    return;
  }
  for (std::int64_t j = 0; j < a.count; ++j) {
    const std::int64_t row = (o * a.count + j) * a.inner + column;
    for_each_index(a.index_dtype, a.indices, row, row + width, [&](std::int64_t at, std::int64_t index) {
      const std::int64_t i = at - row;
      y[index * a.inner + i] += x[j * a.inner + i];
    });
  }
}

void scatter_add(const IndexArgs& a) {
  constexpr std::int64_t width = 128;  // 8 cache lines of f32: enough for each look at an index to pay
  const std::int64_t across = (a.inner + width - 1) / width;
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    parallel_for(a.outer * across, a.outer * a.count * a.inner, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
      for (std::int64_t piece = begin; piece < end; ++piece) {
        const std::int64_t column = piece % across * width;
        scatter_columns<T>(a, piece / across, column, std::min(width, a.inner - column));
      }
    });
  });
}

}  // namespace

void FillScatter(backends::Kernels& k) { k.scatter_add = scatter_add; }

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_scatter, FillScatter)
#endif
