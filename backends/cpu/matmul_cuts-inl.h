// A tile's sum of products between cuts of k, along the binary tree of autograd/row_blocks.h. As in a binary counter,
// two sums of as many cuts each become one.
#include <cstddef>
#include <cstdint>

#if defined(LOGITAPE_BACKENDS_CPU_MATMUL_CUTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_MATMUL_CUTS_INL_H_
#undef LOGITAPE_BACKENDS_CPU_MATMUL_CUTS_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_MATMUL_CUTS_INL_H_
#endif

#include "logitape/backends/cpu/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

constexpr size_t tree_height = 10;  // of 256 cuts, and the sum that is being made

struct Cuts {
  const std::int64_t* at;
  size_t count;
};

// The sum of all goes to `whole`. waiting: room for tree_height tiles, one behind the other; the sums that still miss
// their right half. A cut's own sum joins them while it is in registers. The arguments are changed in place: to copy
// what was just written, in other pieces than it was written in, would wait for the tile before.
template <class T>
void multiply_cuts(TileArgs<T>& args, const Cuts& cuts, size_t rows, size_t vectors, Sums<T> whole, T* waiting) {
  const auto multiply = tile_for<T>(rows, vectors);
  const size_t step = vectors * lanes<T>, size = rows * step;
  const T* const b = args.b.at;
  size_t count = 0, cuts_in[tree_height];
  for (size_t i = 0; i < cuts.count; ++i, ++count) {
    const bool last = i + 1 == cuts.count;
    cuts_in[count] = 1;
    args.left = count > 0 ? waiting + (count - 1) * size : nullptr;
    for (args.joins = 0; count > 0 && (last || cuts_in[count] == cuts_in[count - 1]); ++args.joins) {
      cuts_in[count - 1] += cuts_in[count];
      --count;
    }
    args.depth = static_cast<size_t>(cuts.at[i + 1] - cuts.at[i]);
    args.c.at = last ? whole.at : waiting + count * size;
    args.c.step = last ? whole.step : step;
    multiply(args);
    args.a.at += args.depth * args.a.along;
    args.b.at += args.depth * args.b.along;
  }
  args.b.at = b;
}

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
