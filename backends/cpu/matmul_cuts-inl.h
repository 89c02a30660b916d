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

// args.c: tree_height tiles, one behind the other; the first becomes the sum.
template <class P, class T = typename P::Sum>
void multiply_cuts(const TileArgs<T, typename P::Unit>& whole, const Cuts& cuts, size_t rows, size_t vectors) {
  const hn::ScalableTag<T> d;
  const size_t size = rows * whole.c.step;
  size_t count = 0, cuts_in[tree_height];
  const auto join = [&]() HWY_ATTR {
    T* const left = whole.c.at + (count - 2) * size;
    for (size_t i = 0; i < size; i += lanes<T>)
      hn::StoreU(hn::Add(hn::LoadU(d, left + i), hn::LoadU(d, left + size + i)), d, left + i);
    cuts_in[count - 2] += cuts_in[count - 1];
    --count;
  };
  for (size_t i = 0; i < cuts.count; ++i) {
    const auto first = static_cast<size_t>(cuts.at[i]);
    auto args = whole;
    args.depth = static_cast<size_t>(cuts.at[i + 1]) - first;
    args.a.at += first * args.a.along;
    args.b.at += first * args.b.along;
    args.c.at += count * size;
    P::multiply(rows, vectors, args);
    cuts_in[count++] = 1;
    while (count > 1 && cuts_in[count - 1] == cuts_in[count - 2]) join();
  }
  while (count > 1) join();
}

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
