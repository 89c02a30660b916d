// Indexing along the middle axis of [outer, axis, inner]: gather, scatter_add, one_hot, and the check of index ranges.
// Indices of any integer dtype are read as i64, in blocks on the stack, so that kernels know only one kind of index.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/index.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstring>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/visit_bytes.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::IndexArgs;
using backends::IndexCheckArgs;
using backends::IndexFault;
using backends::OneHotArgs;

constexpr std::int64_t indices_at_once = 256;

// Calls f(position, index) for the positions [begin, end) of an index array, in order.
template <class F>
void for_each_index(DType dtype, const void* indices, std::int64_t begin, std::int64_t end, F f) {
  std::int64_t block[indices_at_once];
  for (; begin < end; begin += indices_at_once) {
    const std::int64_t count = std::min(indices_at_once, end - begin);
    visit_index(dtype, [&]<class I>() { std::copy_n(static_cast<const I*>(indices) + begin, count, block); });
    for (std::int64_t j = 0; j < count; ++j) f(begin + j, block[j]);
  }
}

// Result rows [begin, end) of [outer * count, inner], one shared list of indices.
template <class U>
void gather_rows(const IndexArgs& a, std::int64_t begin, std::int64_t end) {
  const auto bytes = static_cast<std::size_t>(a.inner) * sizeof(U);
  while (begin < end) {
    const std::int64_t o = begin / a.count;
    const std::int64_t first = begin % a.count;
    const std::int64_t last = std::min(a.count, first + end - begin);
    const U* x = static_cast<const U*>(a.x) + o * a.axis * a.inner;
    U* y = static_cast<U*>(a.y) + o * a.count * a.inner;
    for_each_index(a.index_dtype, a.indices, first, last, [&](std::int64_t j, std::int64_t index) {
      if (a.inner == 1) y[j] = x[index];
      else std::memcpy(y + j * a.inner, x + index * a.inner, bytes);
    });
    begin += last - first;
  }
}

// The same rows where each element of the result has an index of its own.
template <class U>
void gather_elements(const IndexArgs& a, std::int64_t begin, std::int64_t end) {
  const U* x = static_cast<const U*>(a.x) + begin / a.count * a.axis * a.inner;
  U* y = static_cast<U*>(a.y);
  std::int64_t i = 0;
  std::int64_t j = begin % a.count;
  for_each_index(a.index_dtype, a.indices, begin * a.inner, end * a.inner, [&](std::int64_t at, std::int64_t index) {
    y[at] = x[index * a.inner + i];
    if (++i < a.inner) return;
    i = 0;
    if (++j < a.count) return;
    j = 0;
    x += a.axis * a.inner;
  });
}

void gather(const IndexArgs& a) {
  const std::int64_t rows = a.outer * a.count;
  if (rows == 0 || a.inner == 0) return;
  const std::int64_t rows_per_block = std::max<std::int64_t>(1, 16384 / a.inner);
  visit_bytes(byte_size(a.dtype), [&]<class U>() {
    parallel_for((rows + rows_per_block - 1) / rows_per_block, rows * a.inner,
                 [&](std::int64_t first, std::int64_t last) {
                   const std::int64_t begin = first * rows_per_block;
                   const std::int64_t end = std::min(rows, last * rows_per_block);
                   if (a.per_element) gather_elements<U>(a, begin, end);
                   else gather_rows<U>(a, begin, end);
                 });
  });
}

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

void one_hot(const OneHotArgs& a) {
  const std::int64_t rows_per_block = std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, a.classes));
  visit_any(a.dtype, [&]<class T>() {
    parallel_for((a.rows + rows_per_block - 1) / rows_per_block, a.rows * a.classes,
                 [&](std::int64_t first, std::int64_t last) {
                   const std::int64_t begin = first * rows_per_block;
                   const std::int64_t end = std::min(a.rows, last * rows_per_block);
                   T* y = static_cast<T*>(a.y);
                   std::fill(y + begin * a.classes, y + end * a.classes, T(0));
                   for_each_index(a.index_dtype, a.indices, begin, end, [&](std::int64_t r, std::int64_t index) {
                     if (index >= 0 && index < a.classes) y[r * a.classes + index] = T(1);
                   });
                 });
  });
}

void index_check(const IndexCheckArgs& a) {
  IndexFault fault;
  for_each_index(a.index_dtype, a.indices, 0, a.count, [&](std::int64_t position, std::int64_t index) {
    if ((index >= 0 && index < a.limit) || (a.keep && a.keep[position] == 0)) return;
    if (fault.count++ == 0) fault.position = position, fault.value = index;
  });
  *a.fault = fault;
}

}  // namespace

void FillIndex(backends::Kernels& k) {
  k.gather = gather;
  k.scatter_add = scatter_add;
  k.one_hot = one_hot;
  k.index_check = index_check;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_index, FillIndex)
#endif
