// copy: a strided view into a strided view. Axes are merged and reordered first, so that what is left is planes of two
// axes: rows that are contiguous on both sides go by memcpy, a transposed plane in tiles, anything else by element.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/backends/cpu/visit_bytes.h"

namespace logitape::inline v0::cpu {
namespace {

struct Axis {
  std::int64_t size = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// axes[rank - 2] and axes[rank - 1] are the rows and columns of the planes; rank is at least 2.
struct Nest {
  int rank = 0;
  Axis axes[backends::max_rank + 2];
  std::int64_t elements = 1;
};

// Whether x is denser along the rows than along the columns, so that the plane is worth turning. Broadcast axes do not
// count.
bool transposed(const Axis& rows, const Axis& columns) {
  return rows.from != 0 && std::abs(rows.from) < std::abs(columns.from);
}

// Axes of one element go, and an axis that continues the one inside it joins it. Elements are independent of one
// another, so the axes may stand in any order: the outer axis along which x is densest becomes the rows.
Nest planned(const backends::CopyArgs& a) {
  Nest nest;
  Axis kept[backends::max_rank + 2];
  int count = 0;
  for (int r = 0; r < a.rank; ++r) {
    const Axis axis{a.size[r], a.from_step[r], a.to_step[r]};
    nest.elements *= axis.size;
    if (axis.size == 1) continue;
    Axis* outer = count > 0 ? &kept[count - 1] : nullptr;
    if (outer && outer->from == axis.from * axis.size && outer->to == axis.to * axis.size)
      *outer = {outer->size * axis.size, axis.from, axis.to};
    else kept[count++] = axis;
  }

  for (int missing = count; missing < 2; ++missing) nest.axes[nest.rank++] = Axis{};
  for (int i = 0; i < count; ++i) nest.axes[nest.rank++] = kept[i];
  Axis& rows = nest.axes[nest.rank - 2];
  const Axis& columns = nest.axes[nest.rank - 1];
  for (int r = 0; r < nest.rank - 2; ++r)
    if (transposed(nest.axes[r], columns) && (!transposed(rows, columns) || transposed(nest.axes[r], rows)))
      std::swap(nest.axes[r], rows);
  return nest;
}

// y[i, j] = x[i, j] where x runs along i: in tiles, through a buffer, because rows a power of two apart share cache
// sets.
template <class U>
void transpose(const Axis& rows, const Axis& columns, const U* x, U* y) {
  constexpr std::int64_t tile = 32;
  U buffer[tile][tile];
  for (std::int64_t j = 0; j < columns.size; j += tile) {
    const std::int64_t width = std::min(tile, columns.size - j);
    for (std::int64_t i = 0; i < rows.size; i += tile) {
      const std::int64_t height = std::min(tile, rows.size - i);
      for (std::int64_t c = 0; c < width; ++c) {
        const U* from = x + i * rows.from + (j + c) * columns.from;
        for (std::int64_t r = 0; r < height; ++r) buffer[r][c] = from[r * rows.from];
      }
      for (std::int64_t r = 0; r < height; ++r) {
        U* to = y + (i + r) * rows.to + j * columns.to;
        for (std::int64_t c = 0; c < width; ++c) to[c * columns.to] = buffer[r][c];
      }
    }
  }
}

template <class U>
void copy_plane(const Axis& rows, const Axis& columns, const U* x, U* y) {
  if (transposed(rows, columns)) return transpose(rows, columns, x, y);
  for (std::int64_t i = 0; i < rows.size; ++i, x += rows.from, y += rows.to) {
    if (columns.from == 1 && columns.to == 1) std::memcpy(y, x, static_cast<std::size_t>(columns.size) * sizeof(U));
    else
      for (std::int64_t j = 0; j < columns.size; ++j) y[j * columns.to] = x[j * columns.from];
  }
}

// Threads share pieces of planes: 64 rows by 4,096 columns or less.
template <class U>
void copy_nest(const Nest& nest, const U* x, U* y) {
  const Axis rows = nest.axes[nest.rank - 2];
  const Axis columns = nest.axes[nest.rank - 1];
  constexpr std::int64_t height = 64;
  constexpr std::int64_t width = 4096;
  const std::int64_t down = (rows.size + height - 1) / height;
  const std::int64_t across = (columns.size + width - 1) / width;
  const std::int64_t planes = nest.elements / (rows.size * columns.size);

  parallel_for(planes * down * across, nest.elements, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t j = piece % across * width;
      const std::int64_t i = piece / across % down * height;
      std::int64_t from = i * rows.from + j * columns.from;
      std::int64_t to = i * rows.to + j * columns.to;
      std::int64_t plane = piece / across / down;
      for (int r = nest.rank - 3; r >= 0; --r) {
        const Axis& axis = nest.axes[r];
        from += plane % axis.size * axis.from;
        to += plane % axis.size * axis.to;
        plane /= axis.size;
      }
      copy_plane(Axis{std::min(height, rows.size - i), rows.from, rows.to},
                 Axis{std::min(width, columns.size - j), columns.from, columns.to}, x + from, y + to);
    }
  });
}

void copy(const backends::CopyArgs& a) {
  const Nest nest = planned(a);
  if (nest.elements == 0) return;
  visit_bytes(static_cast<std::size_t>(a.element_size),
              [&]<class U>() { copy_nest(nest, static_cast<const U*>(a.x), static_cast<U*>(a.y)); });
}

}  // namespace

void fill_copy(backends::Kernels& k, std::int64_t) { k.copy = copy; }

}  // namespace logitape::inline v0::cpu
