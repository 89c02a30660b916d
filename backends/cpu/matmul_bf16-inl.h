// Operands of bf16 on their way to the tile, packed into units: what a tile reads in one step. Both ways add the
// products of k = 1, 0, 3, 2, 5, 4, ..., which is the order of the CPUs' own instruction, so both give the same bits:
//   Paired    the CPU multiplies bf16 (bf16_dot.h): a unit is two elements of k, the first in its lower half
//   Widened   all others: a unit is one element as f32, neighbours having changed places, and the tile is that of f32
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "logitape/backends/cpu/bf16_dot.h"

#if defined(LOGITAPE_BACKENDS_CPU_MATMUL_BF16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_MATMUL_BF16_INL_H_
#undef LOGITAPE_BACKENDS_CPU_MATMUL_BF16_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_MATMUL_BF16_INL_H_
#endif

#include "logitape/backends/cpu/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

using Bits = std::uint16_t;  // of a bf16

template <class D>
hn::Vec<D> promoted(D d, const Bits* at) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<Bits, D>(), at));
}

// What both are made of. together: how many elements of k are in a unit; until: how many have been read after this
// unit.
struct WidenedUnits {
  static constexpr size_t together = 1;
  static size_t until(size_t unit) { return (unit | 1) + 1; }
  static size_t element(size_t unit, size_t depth) { return (unit ^ 1) < depth ? unit ^ 1 : unit; }
  // One unit of rows or columns that lie side by side, from `at` on, which is their k = 0.
  template <class D>
  static hn::Vec<D> across(D d, const Bits* at, size_t along, size_t unit, size_t depth) {
    return hn::ShiftLeft<16>(promoted(d, at + element(unit, depth) * along));
  }
  // Units of one row or column whose elements of k lie side by side, from `at` on, which is an even k.
  template <class D>
  static hn::Vec<D> along(D d, const Bits* at) {
    return hn::Reverse2(d, hn::ShiftLeft<16>(promoted(d, at)));
  }
  static std::uint32_t one(const Bits* at, size_t along, size_t unit, size_t depth) {
    return std::uint32_t{at[element(unit, depth) * along]} << 16;
  }
};

struct PairedUnits {
  static constexpr size_t together = 2;
  static size_t until(size_t unit) { return 2 * unit + 2; }
  template <class D>
  static hn::Vec<D> across(D d, const Bits* at, size_t along, size_t unit, size_t depth) {
    const auto first = promoted(d, at + 2 * unit * along);
    return 2 * unit + 1 < depth ? hn::Or(first, hn::ShiftLeft<16>(promoted(d, at + (2 * unit + 1) * along))) : first;
  }
  template <class D>
  static hn::Vec<D> along(D d, const Bits* at) {
    return hn::BitCast(d, hn::LoadU(hn::Repartition<Bits, D>(), at));
  }
  static std::uint32_t one(const Bits* at, size_t along, size_t unit, size_t depth) {
    const std::uint32_t second = 2 * unit + 1 < depth ? at[(2 * unit + 1) * along] : 0;
    return at[2 * unit * along] | second << 16;
  }
};

inline void put(std::uint32_t unit, float* to) { std::memcpy(to, &unit, sizeof unit); }

// Both packings; `to` is f32 or pairs, 4 bytes a unit.
template <class U>
struct Units {
  using Element = Bits;
  using Sum = float;
  static constexpr bool reads_b = false, masks = false;
  static constexpr bool turns = hn::MaxLanes(hn::ScalableTag<float>()) > 1;  // of one lane, no two can change places

  static size_t count(size_t depth) { return (depth + U::together - 1) / U::together; }

  // to is [units, padded]: whole vectors. The last one writes into the next unit's place, which is written afterwards.
  static void pack_across(Strip<Bits> from, size_t width, size_t padded, size_t depth, float* HWY_RESTRICT to) {
    const hn::ScalableTag<float> df;
    const hn::RebindToUnsigned<decltype(df)> d;
    const size_t whole = (width + lanes<float> - 1) / lanes<float> * lanes<float>;
    for (size_t u = 0; u < count(depth); ++u, to += padded) {
      const size_t last = std::min(depth, U::until(u)) - 1;
      if (last * from.along + whole <= static_cast<size_t>(from.end - from.at)) {
        for (size_t i = 0; i < whole; i += lanes<float>)
          hn::StoreU(hn::BitCast(df, U::across(d, from.at + i, from.along, u, depth)), df, to + i);
      } else {
        for (size_t i = 0; i < width; ++i) put(U::one(from.at + i, from.along, u, depth), to + i);
        std::fill(to + width, to + padded, 0.0f);
      }
    }
  }

  // to is [units, padded], of columns whose elements of k lie side by side.
  static void pack_turned(Strip<Bits> from, size_t width, size_t padded, size_t depth, float* HWY_RESTRICT to) {
    const hn::CappedTag<float, 4> square;
    const hn::RebindToUnsigned<decltype(square)> d;
    constexpr size_t n = hn::MaxLanes(square);
    const size_t deep = turns ? depth / U::together / n * n : 0, wide = width - width % n;
    if constexpr (turns)
      for (size_t u = 0; u < deep; u += n)
        for (size_t i = 0; i < wide; i += n) {
          hn::Vec<decltype(square)> rows[4];
          for (size_t r = 0; r < n; ++r)
            rows[r] = hn::BitCast(square, U::along(d, from.at + (i + r) * from.across + u * U::together));
          store_turned(square, rows, to + u * padded + i, padded);
        }
    for (size_t u = 0; u < count(depth); ++u, to += padded) {
      for (size_t i = u < deep ? wide : 0; i < width; ++i) put(U::one(from.at + i * from.across, 1, u, depth), to + i);
      std::fill(to + width, to + padded, 0.0f);
    }
  }

  // The units of one row from `begin` on, as many as whole vectors of d hold; the first that is left.
  template <class D>
  static size_t along(D df, const Bits* row, size_t begin, size_t depth, float* HWY_RESTRICT to) {
    const hn::RebindToUnsigned<D> d;
    constexpr size_t n = hn::MaxLanes(D());
    if constexpr (turns)
      for (; begin + n <= depth / U::together; begin += n)
        hn::StoreU(hn::BitCast(df, U::along(d, row + begin * U::together)), df, to + begin);
    return begin;
  }

  // to is [rows, units].
  static void pack_rows(Strip<Bits> from, size_t rows, size_t depth, float* HWY_RESTRICT to) {
    for (size_t i = 0; i < rows; ++i, from.at += from.across, to += count(depth)) {
      size_t u = along(hn::ScalableTag<float>(), from.at, 0, depth, to);
      u = along(hn::CappedTag<float, 4>(), from.at, u, depth, to);
      for (; u < count(depth); ++u) put(U::one(from.at, 1, u, depth), to + u);
    }
  }

  static void copy_a(Strip<Bits> from, size_t rows, size_t depth, float* to) {
    if (from.across == 1) pack_across(from, rows, rows, depth, to);
    else pack_rows(from, rows, depth, to);
  }
  static void copy_b(Strip<Bits> from, size_t width, size_t padded, size_t depth, float* to) {
    if (from.across == 1) pack_across(from, width, padded, depth, to);
    else pack_turned(from, width, padded, depth, to);
  }
};

struct Widened : Units<WidenedUnits> {
  using Unit = float;
  static bool reads_a(const Strip<Bits>&, size_t) { return false; }
  static Strip<float> as_it_lies(const Strip<Bits>&) { return {}; }  // never: neither operand is read so
  static Strip<float> packed_a(const Strip<Bits>& from, size_t rows, size_t depth, const float* at) {
    if (from.across == 1) return {at, 1, rows, nullptr};
    return {at, depth, 1, nullptr};
  }
  static Strip<float> packed_b(const float* at, size_t padded) { return {at, 1, padded, nullptr}; }
  static void multiply(size_t rows, size_t vectors, const TileArgs<float>& args) {
    tile_for<float>(rows, vectors)(args);
  }
};

// Strips count in elements: a pair is two.
struct Paired : Units<PairedUnits> {
  using Unit = Bits;
  static bool possible() { return lanes<float> == 16 && tile_rows == 12 && bf16_tile(1, 1) != nullptr; }
  static bool reads_a(const Strip<Bits>& strip, size_t depth) { return strip.along == 1 && depth % 2 == 0; }
  static Strip<Bits> as_it_lies(const Strip<Bits>& strip) { return {strip.at, strip.across, 2, nullptr}; }
  static Strip<Bits> packed_a(const Strip<Bits>& from, size_t rows, size_t depth, const float* at) {
    const Bits* const pairs = reinterpret_cast<const Bits*>(at);
    if (from.across == 1) return {pairs, 2, 2 * rows, nullptr};
    return {pairs, 2 * count(depth), 2, nullptr};
  }
  static Strip<Bits> packed_b(const float* at, size_t padded) {
    return {reinterpret_cast<const Bits*>(at), 1, 2 * padded, nullptr};
  }
  static void multiply(size_t rows, size_t vectors, const TileArgs<float, Bits>& args) {
    const auto &a = args.a, &b = args.b;
    bf16_tile(rows, vectors)(count(args.depth), a.at, a.across, a.along, b.at, b.along,
                             std::max(args.columns, lanes<float>) - lanes<float>, args.fresh, args.c.at, args.c.step);
  }
};

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
