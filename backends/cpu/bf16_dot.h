// The tile of a product of bf16 where the CPU multiplies them itself (AVX512_BF16: two products per lane in one
// instruction). Highway has that instruction since 1.1; the floor is 1.0.3.
#pragma once
#include <cstddef>
#include <cstdint>

namespace logitape::inline v0::cpu {

// c[i, j] = fma(a[i, 2q], b[2q, j], fma(a[i, 2q + 1], b[2q + 1, j], c[i, j])) for q = 0, 1, ..., from zero where
// `fresh`; a subnormal operand or sum counts as zero. c's row i is at c + i * down, of f32. Operands are bits of bf16:
// the pair (i, q) of a, 2q first, is at a + i * across + q * along; of b, those of row q lie side by side at
// b + q * step. Of two vectors the second begins `apart` columns behind the first.
using Bf16Tile = void (*)(std::size_t pairs, const std::uint16_t* a, std::size_t across, std::size_t along,
                          const std::uint16_t* b, std::size_t step, std::size_t apart, bool fresh, float* c,
                          std::size_t down);

// rows 1 to 12; vectors 1 or 2, and 8 for one row. Null where the CPU or the compiler has no such instruction.
Bf16Tile bf16_tile(std::size_t rows, std::size_t vectors);

}  // namespace logitape::inline v0::cpu
