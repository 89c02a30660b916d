// The inner loop of a convolution whose windows are read as they lie in the image, for the Highway target in force:
//   c[i, j] = sum over runs, over p in the run, of a[i, p] * b[p, j]      or, if it adds, c[i, j] + that sum
// Each sum is one chain of fused multiply-adds in the order of the runs: a window's rows, or lines of outputs. So
// these are matmul's tiles (matmul-inl.h) with a list of places in k, and the bits are those of the product.
#include <algorithm>
#include <cstddef>
#include <utility>

#if defined(LOGITAPE_BACKENDS_CPU_CONVOLUTION_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CONVOLUTION_TILE_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CONVOLUTION_TILE_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CONVOLUTION_TILE_INL_H_
#endif

#include "logitape/backends/cpu/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

// 16 registers hold tiles of 6 x 2 and 12 x 1, 32 those of half a line of 28. Lower and wider ones, 3 x 4, read b twice
// as often, and once it has left L1 wait for it.
inline constexpr size_t strip_vectors = 2;
template <size_t vectors>
inline constexpr size_t rows_of_runs = tile_rows == 12 ? 14 : 12 / vectors;
template <class T>
inline constexpr size_t strip_columns = strip_vectors* lanes<T>;

// Steps of k that lie evenly in both operands, so many elements from their corners; and if it has a sum of its own,
// where that is added, from c's corner.
struct Run {
  size_t a, b, c, depth;
};

// What becomes of c: the sum of all runs, stored; or added; or every run's sum is added, to its own place.
enum class Ending { store, add, add_each };

// The lower half of a's rows begins `lower` elements behind the upper half, which has a row more if the number is odd.
template <class T>
struct RunsArgs {
  Strip<T> a, b;
  size_t lower;
  const Run* runs;
  size_t count;
  size_t columns;
  Ending ending;
  Sums<T> c;
};

// Stores sums, or adds them to what is there, and begins new ones.
template <class T, size_t rows, size_t vectors, class D = hn::ScalableTag<T>>
HWY_INLINE void end_runs(hn::Vec<D> (&sum)[rows][vectors], T* to, size_t step, size_t apart, bool adds, bool whole,
                         hn::Mask<D> wanted) {
  const D d;
  HWY_UNROLL(14)
  for (size_t i = 0; i < rows; ++i, to += step) {
    if (adds) {  // both are read before one is written: they may share lanes, and rows may share elements
      HWY_UNROLL(2)
      for (size_t v = 0; v < vectors; ++v)
        sum[i][v] = hn::Add(whole ? hn::LoadU(d, to + v * apart) : hn::MaskedLoad(wanted, d, to), sum[i][v]);
    }
    HWY_UNROLL(2)
    for (size_t v = 0; v < vectors; ++v) {
      if (whole) hn::StoreU(sum[i][v], d, to + v * apart);
      else hn::BlendedStore(sum[i][v], wanted, d, to);
      sum[i][v] = hn::Zero(d);
    }
  }
}

template <class T, size_t rows, size_t vectors>
void tile_of_runs(const RunsArgs<T>& args) {
  const hn::ScalableTag<T> d;
  const Strip<T> a = args.a, b = args.b;
  const Sums<T> c = args.c;
  // of two vectors the second ends with the strip; of one the spare lanes are masked, and only they: what a masked
  // store has written is read late
  const size_t apart = vectors == 2 ? args.columns - lanes<T> : lanes<T>;
  const bool whole = vectors > 1 || !masked_memory || args.columns == lanes<T>;
  const auto wanted = hn::FirstN(d, std::min(args.columns, lanes<T>));
  const bool each = args.ending == Ending::add_each, adds = each || args.ending == Ending::add;
  constexpr size_t half = (rows + 1) / 2;
  const Run *run = args.runs, *const last = run + args.count - 1;
  hn::Vec<decltype(d)> sum[rows][vectors];
  HWY_UNROLL(14)
  for (size_t i = 0; i < rows; ++i) {
    HWY_UNROLL(2)
    for (size_t v = 0; v < vectors; ++v) sum[i][v] = hn::Zero(d);
  }
  for (; run <= last; ++run) {
    const T *upper = a.at + run->a, *lower = upper + args.lower, *from = b.at + run->b;
    for (size_t p = run->depth; p > 0; --p, upper += a.along, lower += a.along, from += b.along) {
      hn::Vec<decltype(d)> columns[vectors];
      HWY_UNROLL(2)
      for (size_t v = 0; v < vectors; ++v)
        columns[v] = vectors == 1 && masked_memory ? hn::MaskedLoad(wanted, d, from) : hn::LoadU(d, from + v * apart);
      HWY_UNROLL(14)
      for (size_t i = 0; i < rows; ++i) {
        const auto row = hn::Set(d, i < half ? upper[i * a.across] : lower[(i - half) * a.across]);
        HWY_UNROLL(2)
        for (size_t v = 0; v < vectors; ++v) sum[i][v] = hn::MulAdd(row, columns[v], sum[i][v]);
      }
    }
    if (!each && run != last) continue;
    end_runs<T, rows, vectors>(sum, c.at + run->c, c.step, apart, adds, whole, wanted);
  }
}

template <class T>
using TileOfRuns = void (*)(const RunsArgs<T>&);

template <class T, size_t vectors, size_t... row>
TileOfRuns<T> of_height(size_t rows, std::index_sequence<row...>) {
  static constexpr TileOfRuns<T> heights[] = {tile_of_runs<T, row + 1, vectors>...};
  return heights[rows - 1];
}

// In tiles of even height: in a low one few chains wait for each other.
template <class T, size_t vectors>
void multiply_runs_of(size_t rows, RunsArgs<T> args) {
  const size_t tiles = (rows + rows_of_runs<vectors> - 1) / rows_of_runs<vectors>;
  const T* const a = args.a.at;
  T* const c = args.c.at;
  for (size_t t = 0; t < tiles; ++t) {
    const size_t begin = t * rows / tiles, high = (t + 1) * rows / tiles - begin;
    args.a.at = a + begin * args.a.across;
    args.c.at = c + begin * args.c.step;
    if (tiles > 1 || args.lower == 0) args.lower = (high + 1) / 2 * args.a.across;
    of_height<T, vectors>(high, std::make_index_sequence<rows_of_runs<vectors>>())(args);
  }
}

// How high a tile of so many columns may be.
template <class T>
size_t height_of_runs(size_t columns) {
  return columns <= lanes<T> ? rows_of_runs<1> : rows_of_runs<strip_vectors>;
}

// Tile by tile, from the first row on.
template <class T>
void multiply_runs(size_t rows, const RunsArgs<T>& args) {
  if (args.columns <= lanes<T>) multiply_runs_of<T, 1>(rows, args);
  else multiply_runs_of<T, strip_vectors>(rows, args);
}

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
