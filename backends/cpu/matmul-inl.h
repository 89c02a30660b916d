// The two inner loops of matmul, for the Highway target in force: a register tile of outputs, and the packing that
// feeds it.
//   tile:  c[i, j] = c[i, j] + sum over p of a[i, p] * b[p, j], as one chain of fused multiply-adds in the order of p
//   pack:  a copy of both operands' parts, so that a tile reads them front to back
// Lanes run over j. Every output is its own chain, so neither the tile's shape nor the vectors' width changes its bits.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "hwy/cache_control.h"

#if defined(LOGITAPE_BACKENDS_CPU_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_MATMUL_INL_H_
#undef LOGITAPE_BACKENDS_CPU_MATMUL_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_MATMUL_INL_H_
#endif

#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/cpu/matmul_cuts.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

// Two vectors wide, and as high as the register file allows: 12 x 2 sums of AVX-512's and NEON's 32 registers, 6 x 2
// of 16.
inline constexpr size_t tile_rows = (HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64) ? 12 : 6;
inline constexpr size_t tile_vectors = 2, narrow_rows = 12;  // a tile of one vector may be as high in any
inline constexpr size_t row_vectors = 8;                     // a single row is bound by reading b: long runs of it
template <class T>
inline constexpr size_t lanes = hn::MaxLanes(hn::ScalableTag<T>());
template <class T>
constexpr size_t tile_columns = tile_vectors* lanes<T>;

// Bytes of a that are read as they lie, however often, and from one k of a transposed a to the next. High tiles read
// few lines of a for what they compute: their rows may come from afar. Measured for low ones: f32 gains, f64 does not.
inline constexpr size_t a_in_l1 = 16384, near = 512;
template <class T>
constexpr size_t rows_of_a = tile_rows == 12  ? ~size_t{0}
                             : sizeof(T) == 8 ? a_in_l1
                                              : 1 << 20;

// One operand as a tile sees it: element (i, p) is at[i * across + p * along]; for b, across is 1.
template <class T>
struct Strip {
  const T* at;
  size_t across;
  size_t along;
  const T* end;  // of the whole array: whole vectors may be read up to here
};

template <class T>
struct Sums {
  T* at;  // row i is at[i * step + ...]
  size_t step;
};

// What a tile is asked for. Fresh chains start from zero, others go on from c. The strip may be narrower than the tile:
// of two vectors the second then ends with it, so that both compute what they share, to the same bits; of one the spare
// lanes are masked. Where k is cut each cut begins a chain, whose sum waits in a tile of this one's shape; the last
// one's, which all have joined, is c.
template <class T, class Unit = T>
struct TileArgs {
  size_t depth;
  Strip<Unit> a, b;
  size_t columns;
  bool fresh;
  Sums<T> c;
  const Cut* cut = nullptr;
  const Cut* last_cut = nullptr;
  T* waiting = nullptr;
};

// Two vectors that will be read soon.
template <class T>
HWY_INLINE void ask_for(const T* at) {
  hwy::Prefetch(at);
  if (sizeof(T) * lanes<T> == 64) hwy::Prefetch(at + lanes<T>);
}

// `vectors` wide rows of sums, to and from memory. The second vector lies `apart` from the first; one alone is masked.
template <class T, size_t rows, size_t vectors>
struct Rows {
  using D = hn::ScalableTag<T>;
  size_t apart;
  hn::Mask<D> wanted;

  HWY_INLINE hn::Vec<D> load(const T* from) const {
    if constexpr (vectors == 1 && masked_memory) return hn::MaskedLoad(wanted, D(), from);
    else return hn::LoadU(D(), from);
  }
  HWY_INLINE void begin(bool fresh, const T* from, size_t step, hn::Vec<D> (&sum)[rows][vectors]) const {
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i) {
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) sum[i][v] = hn::Zero(D());
    }
    if (fresh) return;
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i, from += step) {
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) sum[i][v] = load(from + v * apart);
    }
  }
  HWY_INLINE void store(const hn::Vec<D> (&sum)[rows][vectors], T* to, size_t step) const {
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i, to += step) {
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) {
        if constexpr (vectors == 1 && masked_memory) hn::BlendedStore(sum[i][v], wanted, D(), to);
        else hn::StoreU(sum[i][v], D(), to + v * apart);
      }
    }
  }
  HWY_INLINE void add(const T* from, size_t step, hn::Vec<D> (&sum)[rows][vectors]) const {
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i, from += step) {
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) sum[i][v] = hn::Add(load(from + v * apart), sum[i][v]);
    }
  }
};

template <class T, size_t rows, size_t vectors>
void tile(const TileArgs<T>& args) {
  const hn::ScalableTag<T> d;
  constexpr bool whole = rows == tile_rows && vectors == tile_vectors;
  constexpr size_t half = (rows + 1) / 2, width = vectors * lanes<T>;
  const Strip<T> a = args.a;
  const size_t step = args.c.step, along = args.b.along;
  const Rows<T, rows, vectors> memory{vectors == 2 ? args.columns - lanes<T> : lanes<T>,
                                      hn::FirstN(d, std::min(args.columns, lanes<T>))};
  hn::Vec<decltype(d)> sum[rows][vectors];
  // a's rows by two pointers: fewer multiples of `across` to keep
  const T *upper = a.at, *lower = upper + half * a.across, *b = args.b.at;
  const auto go_on = [&](size_t across) HWY_ATTR {
    if (whole) ask_for(b + 8 * along);
    hn::Vec<decltype(d)> columns[vectors];
    HWY_UNROLL(8)
    for (size_t v = 0; v < vectors; ++v) columns[v] = memory.load(b + v * memory.apart);
    HWY_UNROLL(12)
    for (size_t i = 0; i < rows; ++i) {
      const auto row = hn::Set(d, i < half ? upper[i * across] : lower[(i - half) * across]);
      HWY_UNROLL(8)
      for (size_t v = 0; v < vectors; ++v) sum[i][v] = hn::MulAdd(row, columns[v], sum[i][v]);
    }
    b += along;
  };
  if (whole)
    for (size_t i = 0; i < rows; ++i) ask_for(args.c.at + (rows + i) * step);  // the tile below is next
  size_t p = args.cut ? args.cut->depth : args.depth;
  for (const Cut* cut = args.cut;; p = (++cut)->depth) {
    memory.begin(args.fresh, args.c.at, step, sum);
    // packed rows lie side by side: constant strides leave nothing to compute but the product
    if (whole && a.across == 1 && a.along == rows)
      for (; p >= 4; p -= 4) {
        HWY_UNROLL(4)
        for (size_t s = 0; s < 4; ++s, upper += rows, lower += rows) go_on(1);
      }
    for (; p > 0; --p, upper += a.along, lower += a.along) go_on(a.across);
    if (!cut) break;
    T* const at = args.waiting + cut->slot * rows * width;
    for (size_t join = cut->joins; join > 0; --join) memory.add(at + (join - 1) * rows * width, width, sum);
    if (cut == args.last_cut) break;
    memory.store(sum, at, width);
  }
  memory.store(sum, args.c.at, step);
}

// Edges are tiles of their own height, one instantiation each: the same formula, and no row is computed in vain.
template <class T>
using Tile = void (*)(const TileArgs<T>&);

template <class T, size_t vectors, size_t... row>
Tile<T> tile_of_height(size_t rows, std::index_sequence<row...>) {
  static constexpr Tile<T> heights[] = {tile<T, row + 1, vectors>...};
  return heights[rows - 1];
}

template <class T>
Tile<T> tile_for(size_t rows, size_t vectors) {
  if (vectors == row_vectors) return tile<T, 1, row_vectors>;
  return vectors == 1 ? tile_of_height<T, 1>(rows, std::make_index_sequence<narrow_rows>())
                      : tile_of_height<T, tile_vectors>(rows, std::make_index_sequence<tile_rows>());
}

#if HWY_TARGET != HWY_SCALAR
// Blocks of 16 bytes, `apart` from each other.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_blocks(D d, hn::Vec<D> x, T* HWY_RESTRICT to, size_t apart) {
  if constexpr (hn::MaxLanes(d) * sizeof(T) <= 16) {
    hn::StoreU(x, d, to);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, x), to, apart);
    store_blocks(half, hn::UpperHalf(half, x), to + hn::MaxLanes(half) * sizeof(T) / 16 * apart, apart);
  }
}
#endif

// Squares of 16-byte rows, side by side in four vectors of f32, two of f64, turned into columns `step` apart.
template <class D, class T = hn::TFromD<D>>
void store_turned(D d, const hn::Vec<D> (&x)[16 / sizeof(T)], T* HWY_RESTRICT to, size_t step) {
#if HWY_TARGET == HWY_SCALAR
  (void)step;
  hn::StoreU(x[0], d, to);  // one lane: a square of one
#else
  const size_t apart = 16 / sizeof(T) * step;
  if constexpr (sizeof(T) == 8) {
    store_blocks(d, hn::InterleaveLower(d, x[0], x[1]), to, apart);
    store_blocks(d, hn::InterleaveUpper(d, x[0], x[1]), to + step, apart);
  } else {
    const auto even_low = hn::InterleaveLower(d, x[0], x[2]), odd_low = hn::InterleaveLower(d, x[1], x[3]);
    const auto even_high = hn::InterleaveUpper(d, x[0], x[2]), odd_high = hn::InterleaveUpper(d, x[1], x[3]);
    store_blocks(d, hn::InterleaveLower(d, even_low, odd_low), to, apart);
    store_blocks(d, hn::InterleaveUpper(d, even_low, odd_low), to + step, apart);
    store_blocks(d, hn::InterleaveLower(d, even_high, odd_high), to + 2 * step, apart);
    store_blocks(d, hn::InterleaveUpper(d, even_high, odd_high), to + 3 * step, apart);
  }
#endif
}

// Rows of whole vectors: what a vector writes too much falls on the next row, which is written afterwards. The strip
// beside this one is copied next.
template <class T>
void copy_rows(Strip<T> from, size_t width, size_t padded, size_t depth, T* HWY_RESTRICT to) {
  const hn::ScalableTag<T> d;
  const size_t whole = (width + lanes<T> - 1) / lanes<T> * lanes<T>;
  for (size_t p = 0; p < depth; ++p, to += padded, from.at += from.along) {
    hwy::Prefetch(from.at + padded);
    if (whole <= static_cast<size_t>(from.end - from.at)) {
      for (size_t i = 0; i < whole; i += lanes<T>) hn::StoreU(hn::LoadU(d, from.at + i), d, to + i);
    } else {
      std::copy_n(from.at, width, to);
      std::fill(to + width, to + padded, T(0));
    }
  }
}

// From k = `p` on, as many whole vectors as lie before `deep`; the first k that is left.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE size_t turn_rows(D d, const T* const* row, size_t p, size_t deep, T* HWY_RESTRICT to, size_t padded) {
  for (; p + hn::MaxLanes(d) <= deep; p += hn::MaxLanes(d)) {
    hn::Vec<D> rows[16 / sizeof(T)];
    for (size_t r = 0; r < std::min(16 / sizeof(T), hn::MaxLanes(d)); ++r) rows[r] = hn::LoadU(d, row[r] + p);
    store_turned(d, rows, to + p * padded, padded);
  }
  return p;
}

// Where there are no more rows the last square reads the last one again, and what it writes too much falls on the next
// k's first: so the last squares are written first, and `to` has room for a vector more.
template <class T>
void transpose_rows(Strip<T> from, size_t width, size_t padded, size_t depth, T* HWY_RESTRICT to) {
  const hn::CappedTag<T, 16 / sizeof(T)> square;
  constexpr size_t n = hn::MaxLanes(square);
  const size_t deep = from.along == 1 ? depth - depth % n : 0, last = (width - 1) / n * n;
  for (size_t left = last + n; left > 0 && deep > 0; left -= n) {
    const T* row[16 / sizeof(T)];
    for (size_t r = 0; r < n; ++r) row[r] = from.at + std::min(left - n + r, width - 1) * from.across;
    // of rows shorter than a square the order of k counts too
    const size_t p = padded < n ? 0 : turn_rows(hn::ScalableTag<T>(), row, 0, deep, to + left - n, padded);
    turn_rows(square, row, p, deep, to + left - n, padded);
  }
  for (size_t p = deep; p < depth; ++p)
    for (size_t i = 0; i < width; ++i) to[p * padded + i] = from.at[i * from.across + p * from.along];
  for (size_t p = 0; p < depth && width < padded; ++p) std::fill(to + p * padded + width, to + (p + 1) * padded, T(0));
}

// to is [depth, padded], with room for a vector more. What lies beyond `width` is computed with and thrown away.
template <class T>
void pack_b(Strip<T> from, size_t width, size_t padded, size_t depth, T* HWY_RESTRICT to) {
  if (from.across == 1) copy_rows(from, width, padded, depth, to);
  else transpose_rows(from, width, padded, depth, to);
}

// to is [depth, rows], with room for a vector more.
template <class T>
void pack_a(Strip<T> from, size_t rows, size_t depth, T* HWY_RESTRICT to) {
  if (from.across == 1) copy_rows(from, rows, rows, depth, to);
  else transpose_rows(from, rows, rows, depth, to);
}

// How a product's operands reach the tile. Element: as they are stored; Unit: as the tile reads them; Sum: of the
// chains. Here all three are T. matmul_bf16-inl.h has two more such types.
template <class T>
struct AsStored {
  using Element = T;
  using Unit = T;
  using Sum = T;
  // Whether a tile may read a strip of a, or of b, as it lies.
  static bool reads_a(const Strip<T>&, size_t) { return true; }
  static constexpr bool reads_b = true;
  static constexpr bool masks = masked_memory;  // whether a strip narrower than a vector needs no padded copy
  static Strip<T> as_it_lies(const Strip<T>& strip) { return strip; }
  static void copy_a(Strip<T> from, size_t rows, size_t depth, T* to) { pack_a(from, rows, depth, to); }
  // a's strip as copy_a left it there, and b's.
  static Strip<T> packed_a(const Strip<T>&, size_t rows, size_t, const T* at) { return {at, 1, rows, nullptr}; }
  static void copy_b(Strip<T> from, size_t width, size_t padded, size_t depth, T* to) {
    pack_b(from, width, padded, depth, to);
  }
  static Strip<T> packed_b(const T* at, size_t padded) { return {at, 1, padded, nullptr}; }
  static void multiply(size_t rows, size_t vectors, const TileArgs<T>& args) { tile_for<T>(rows, vectors)(args); }
};

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
