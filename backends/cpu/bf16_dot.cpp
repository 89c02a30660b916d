// The only intrinsics of the library. The instruction first adds the product in the upper half of a lane, then the one
// in the lower; each is rounded as a fused multiply-add. tests/kernels/mixed_precision.cpp holds it to that, bit for
// bit.
#include "logitape/backends/cpu/bf16_dot.h"

#include <cstring>
#include <utility>

#include "hwy/base.h"

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#include <immintrin.h>

namespace logitape::inline v0::cpu {
namespace {

using std::size_t, std::uint16_t;

constexpr size_t lanes = 16;

template <size_t rows, size_t vectors>
__attribute__((target("avx512f,avx512bf16"))) void tile(size_t pairs, const uint16_t* a, size_t across, size_t along,
                                                        const uint16_t* b, size_t step, size_t apart, bool fresh,
                                                        float* HWY_RESTRICT c, size_t down) {
  if (vectors != 2) apart = lanes;
  __m512 sum[rows][vectors];
  HWY_UNROLL(12)
  for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(8)
    for (size_t v = 0; v < vectors; ++v)
      sum[i][v] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(c + i * down + v * apart);
  }
  for (size_t q = 0; q < pairs; ++q, a += along, b += step) {
    __m512bh columns[vectors];
    HWY_UNROLL(8)
    for (size_t v = 0; v < vectors; ++v) columns[v] = (__m512bh)_mm512_loadu_si512(b + 2 * apart * v);
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i) {
      int pair = 0;
      std::memcpy(&pair, a + i * across, sizeof pair);
      const auto row = (__m512bh)_mm512_set1_epi32(pair);
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) sum[i][v] = _mm512_dpbf16_ps(sum[i][v], row, columns[v]);
    }
  }
  HWY_UNROLL(12)
  for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(8)
    for (size_t v = 0; v < vectors; ++v) _mm512_storeu_ps(c + i * down + v * apart, sum[i][v]);
  }
}

template <size_t vectors, size_t... row>
Bf16Tile tile_of_height(size_t rows, std::index_sequence<row...>) {
  static constexpr Bf16Tile heights[] = {tile<row + 1, vectors>...};
  return heights[rows - 1];
}

}  // namespace

Bf16Tile bf16_tile(size_t rows, size_t vectors) {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
  if (!has) return nullptr;
  constexpr auto heights = std::make_index_sequence<12>();
  if (vectors == 8) return tile<1, 8>;
  return vectors == 1 ? tile_of_height<1>(rows, heights) : tile_of_height<2>(rows, heights);
}

}  // namespace logitape::inline v0::cpu

#else
namespace logitape::inline v0::cpu {
Bf16Tile bf16_tile(std::size_t, std::size_t) { return nullptr; }
}  // namespace logitape::inline v0::cpu
#endif
