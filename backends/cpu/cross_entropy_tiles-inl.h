// Tiles of rows in and out of memory: row q of [outer, classes, inner], counted through outer and inner, becomes lane q
// - first of [classes, 64 bytes]. M is what memory holds, T what is computed in: halves are converted on the way.
#if defined(LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_TILES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_TILES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CROSS_ENTROPY_TILES_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "logitape/backends/cpu/halves-inl.h"
#include "logitape/backends/cpu/lanes-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

// Which rows a tile holds, and where they lie.
struct TilePlace {
  std::int64_t first, count, classes, inner;
};

// Where the first class of a tile's first column lies, and whether the others lie beside it.
HWY_INLINE std::int64_t place_in_memory(const TilePlace& p) {
  const std::int64_t i = p.first % p.inner;
  return (p.first - i) * p.classes + i;
}
HWY_INLINE bool side_by_side(const TilePlace& p, std::int64_t width) {
  return p.count == width && p.first % p.inner + width <= p.inner;
}

// Calls f(lane, position of its first class, length) for stretches of rows that lie side by side.
template <class F>
HWY_INLINE void for_each_stretch(const TilePlace& p, F f) {
  std::int64_t o = p.first / p.inner, i = p.first % p.inner;
  for (std::int64_t lane = 0; lane < p.count; ++o, i = 0) {
    const std::int64_t length = std::min(p.count - lane, p.inner - i);
    f(lane, o * p.classes * p.inner + i, length);
    lane += length;
  }
}

template <class From, class To>
HWY_INLINE void copy_stretch(std::int64_t length, const From* from, To* to) {
  if constexpr (is_half<From>) {
    widen_row(length, from, to);
  } else if constexpr (is_half<To>) {
    narrow_row(length, from, to);
  } else if (length == virtual_lanes<To>) {
    const LaneTag<To> d;
    for (std::int64_t i = 0; i < virtual_lanes<To>; i += lanes_of<LaneTag<To>>)
      hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  } else {
    for (std::int64_t i = 0; i < length; ++i) to[i] = from[i];
  }
}

// Unrolled where the tile is full.
template <std::int64_t width, class F>
HWY_INLINE void for_each_lane(std::int64_t count, F f) {
  if (count == width)
    for (std::int64_t lane = 0; lane < width; ++lane) f(lane);
  else
    for (std::int64_t lane = 0; lane < count; ++lane) f(lane);
}

// Spare lanes are 0. Rows whose classes lie side by side are turned; halves first become T in `spare`, an array of the
// tile's size.
template <class M, class T>
void read_tile(const TilePlace& p, const void* memory, T* tile, T* spare) {
  constexpr std::int64_t width = virtual_lanes<T>;
  const M* const from = static_cast<const M*>(memory);
  if (p.count < width) std::fill(tile, tile + p.classes * width, T{0});
  if (p.inner == 1) {
    const T* row = spare;
    if constexpr (is_half<M>) widen_row(p.count * p.classes, from + p.first * p.classes, spare);
    else row = from + p.first * p.classes;
    for (std::int64_t c = 0; c < p.classes; ++c)
      for_each_lane<width>(p.count,
                           [&](std::int64_t lane) HWY_ATTR { tile[c * width + lane] = row[lane * p.classes + c]; });
    return;
  }
  for_each_stretch(p, [&](std::int64_t lane, std::int64_t at, std::int64_t length) HWY_ATTR {
    for (std::int64_t c = 0; c < p.classes; ++c) copy_stretch(length, from + at + c * p.inner, tile + c * width + lane);
  });
}

template <class M, class T>
void write_tile(const TilePlace& p, const T* tile, void* memory, T* spare) {
  constexpr std::int64_t width = virtual_lanes<T>;
  M* const to = static_cast<M*>(memory);
  if (p.inner == 1) {
    T* row = spare;
    if constexpr (!is_half<M>) row = to + p.first * p.classes;
    for (std::int64_t c = 0; c < p.classes; ++c)
      for_each_lane<width>(p.count,
                           [&](std::int64_t lane) HWY_ATTR { row[lane * p.classes + c] = tile[c * width + lane]; });
    if constexpr (is_half<M>) narrow_row(p.count * p.classes, spare, to + p.first * p.classes);
    return;
  }
  for_each_stretch(p, [&](std::int64_t lane, std::int64_t at, std::int64_t length) HWY_ATTR {
    for (std::int64_t c = 0; c < p.classes; ++c) copy_stretch(length, tile + c * width + lane, to + at + c * p.inner);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
