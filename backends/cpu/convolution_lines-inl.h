// What both ways of a convolution share (convolution_patches-inl.h, convolution_windows-inl.h): how outputs are cut
// into blocks and lines. Blocks decide the sums of the weight's gradient, and follow from the shape alone.
#include <algorithm>
#include <cstdint>

#if defined(LOGITAPE_BACKENDS_CPU_CONVOLUTION_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CONVOLUTION_LINES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CONVOLUTION_LINES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CONVOLUTION_LINES_INL_H_
#endif

#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {

namespace {

using backends::ConvolutionArgs;
using backends::Window;

struct Extents {
  std::int64_t depth, area, pixels;  // elements of a patch; patches of an image, and of all
  std::int64_t block;  // patches at a time: 128 KiB of f32, but enough of them that packing the weight pays

  explicit Extents(const Window& w)
      : depth(w.size[0] * w.size[1] * w.channels), area(w.out[0] * w.out[1]), pixels(w.images * area),
        block(std::max<std::int64_t>(192, 32768 / std::max<std::int64_t>(1, depth))) {}
};

// Calls f(image, i, first, last) for the lines of outputs that the patches [begin, end) are made of, in order.
template <class F>
void for_each_line(const Window& w, std::int64_t begin, std::int64_t end, F f) {
  while (begin < end) {
    const std::int64_t j = begin % w.out[1], count = std::min(w.out[1] - j, end - begin);
    f(begin / w.out[1] / w.out[0], begin / w.out[1] % w.out[0], j, j + count);
    begin += count;
  }
}

template <class T>
void add_row(std::int64_t size, const T* x, T* sum) {
  map_row(size, sum, 1, x, 1, sum, [](auto, auto a, auto b) HWY_ATTR { return hn::Add(a, b); });
}

// The weight's gradient, from what Block(a, x, y)(first, count, adds, sum) makes of every block of outputs.
template <class Block, class E, class T>
void sum_of_blocks(const ConvolutionArgs& a, const E* x, const E* y, T* weight) {
  const Extents e(a.window);
  const std::int64_t size = e.depth * a.features, blocks = (e.pixels + e.block - 1) / e.block;
  if (size == 0) return;
  if (blocks == 0) return void(std::fill_n(weight, size, T(0)));
  // for a small weight as many sums as threads can share; for a large one a single sum, whose products threads share
  const std::int64_t parts = std::min(blocks, std::clamp<std::int64_t>((1 << 18) / size, 1, 16));
  const Scratch<T> sums((parts - 1) * size);
  const auto sum_of = [&](std::int64_t part) { return part == 0 ? weight : sums + (part - 1) * size; };
  parallel_for(parts, e.pixels * (e.depth + a.features), [&](std::int64_t begin, std::int64_t end) {
    const Block block{a, x, y};
    for (std::int64_t part = begin; part < end; ++part) {
      const std::int64_t from = part * blocks / parts, to = (part + 1) * blocks / parts;
      for (std::int64_t b = from; b < to; ++b)
        block(b * e.block, std::min(e.block, e.pixels - b * e.block), b != from, sum_of(part));
    }
  });
  for (std::int64_t part = 1; part < parts; ++part) add_row(size, sum_of(part), weight);
}

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
