// Indexing along the middle axis of [outer, axis, inner]: gather, one_hot, and the check of index ranges. Bytes are
// moved and nothing is computed, so that one build serves every SIMD target; scatter.cpp adds.
#include <algorithm>
#include <cstring>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/index_blocks.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/backends/cpu/visit_bytes.h"

namespace logitape::inline v0::cpu {

void read_indices(DType dtype, const void* indices, std::int64_t begin, std::int64_t count, std::int64_t* block) {
  visit_index(dtype, [&]<class I>() { std::copy_n(static_cast<const I*>(indices) + begin, count, block); });
}

namespace {

using backends::IndexArgs;
using backends::IndexCheckArgs;
using backends::IndexFault;
using backends::OneHotArgs;

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

void fill_index(backends::Kernels& k, std::int64_t) {
  k.gather = gather;
  k.one_hot = one_hot;
  k.index_check = index_check;
}

}  // namespace logitape::inline v0::cpu
