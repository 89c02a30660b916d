// conv2d and its two transposes as products of matrices: row [n, i, j] of the patches [images * out, size * channels]
// is what the window sees there, so that y = patches * weight, patches = y * weight^T, weight = patches^T * y. The
// patches are never whole: blocks of them are made, used and forgotten while they lie in the cache. For what is not
// read as it lies (convolution_windows-inl.h), with the same bits: bf16, sums longer than a k-block, 1x1 windows.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#if defined(LOGITAPE_BACKENDS_CPU_CONVOLUTION_PATCHES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CONVOLUTION_PATCHES_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CONVOLUTION_PATCHES_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CONVOLUTION_PATCHES_INL_H_
#endif

#include "logitape/backends/cpu/convolution_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {

void matmul(const backends::MatmulArgs& args);  // of this target: matmul.cpp
void matmul_of_bf16(const backends::MatmulArgs& args);

namespace {

// The operands are of E: of T itself, or bits of bf16 where T is f32.
template <class E, class T>
void multiply(const backends::MatmulArgs& args) {
  if constexpr (std::is_same_v<E, T>) matmul(args);
  else matmul_of_bf16(args);
}

// Calls inside(at, from, count) for the stretches of patches [image, i, first..last) that lie in the image: elements
// [at, at + count) of the patches, of which the first begins at 0, are [from, from + count) of x; and outside(at,
// count) for those in the padding. In the order of the patches' elements.
template <class Inside, class Outside>
HWY_INLINE void for_each_stretch(const Window& w, std::int64_t image, std::int64_t i, std::int64_t first,
                                 std::int64_t last, Inside inside, Outside outside) {
  // neighbours in the window are neighbours in the image, unless it is dilated
  const std::int64_t c = w.channels, pieces = w.dilation[1] == 1 ? 1 : w.size[1],
                     width = w.dilation[1] == 1 ? w.size[1] : 1;
  const std::int64_t top = i * w.stride[0] - w.padding[0], left = w.padding[1], across = w.stride[1];
  const std::int64_t down = w.dilation[0], apart = w.dilation[1], size = w.size[0], rows = w.height, columns = w.width;
  std::int64_t at = 0;
  for (std::int64_t j = first; j < last; ++j)
    for (std::int64_t a = 0; a < size; ++a) {
      const std::int64_t row = top + a * down, line = (image * rows + row) * columns;
      const bool in = row >= 0 && row < rows;
      for (std::int64_t b = 0; b < pieces; ++b, at += width * c) {
        const std::int64_t column = j * across - left + b * apart;
        if (in && column >= 0 && column + width <= columns) {
          inside(at, (line + column) * c, width * c);
          continue;
        }
        const std::int64_t begin = in ? std::clamp<std::int64_t>(-column, 0, width) : width;
        const std::int64_t end = in ? std::clamp<std::int64_t>(columns - column, begin, width) : width;
        if (begin > 0) outside(at, begin * c);
        if (end > begin) inside(at + begin * c, (line + column + begin) * c, (end - begin) * c);
        if (end < width) outside(at + end * c, (width - end) * c);
      }
    }
}

// Short vectors: longer ones cross cache lines at every step of a stretch that is shorter.
template <class T>
using ShortTag = hn::CappedTag<T, 32 / sizeof(T)>;
// How much patches() may write behind the last of them.
template <class T>
constexpr std::int64_t spill = static_cast<std::int64_t>(hn::MaxLanes(ShortTag<T>()));

// Of the patches [begin, end) of a line of outputs, the first that sees no padding beside the image, and the first
// behind it that does; none of a dilated window, whose rows are no stretches.
struct Whole {
  std::int64_t begin, end;
  Whole(const Window& w, std::int64_t first, std::int64_t last)
      : begin(std::clamp((w.padding[1] + w.stride[1] - 1) / w.stride[1], first, last)), end(begin) {
    const std::int64_t space = w.width + w.padding[1] - w.size[1];
    if (w.dilation[1] == 1 && space >= 0) end = std::clamp(space / w.stride[1] + 1, begin, last);
  }
};

// The patches [first, last), written to `to`; x itself where they lie there already. Most stretches are shorter than a
// vector: they are copied in whole vectors, and the next stretch overwrites what these write too much. Patches within
// the image are copied a row of the window at a time, exactly where the next patch has begun.
template <class T>
const T* patches(const Window& w, const T* x, std::int64_t first, std::int64_t last, T* to) {
  if (w.size[0] * w.size[1] * w.stride[0] * w.stride[1] == 1 && w.padding[0] + w.padding[1] == 0)
    return x + first * w.channels;
  const ShortTag<T> d;
  const std::int64_t size = w.images * w.height * w.width * w.channels;
  const std::int64_t across = w.size[1] * w.channels, depth = w.size[0] * across, step = w.stride[1] * w.channels;
  T* const start = to;
  for_each_line(w, first, last, [&](std::int64_t image, std::int64_t i, std::int64_t begin, std::int64_t end) HWY_ATTR {
    const auto one_by_one = [&](std::int64_t from, std::int64_t until) HWY_ATTR {
      for_each_stretch(
          w, image, i, from, until,
          [=](std::int64_t at, std::int64_t place, std::int64_t count) HWY_ATTR {
            if (size < place + count + spill<T>) std::copy_n(x + place, count, to + at);
            else
              for (std::int64_t k = 0; k < count; k += spill<T>)
                hn::StoreU(hn::LoadU(d, x + place + k), d, to + at + k);
          },
          [=](std::int64_t at, std::int64_t count) { std::fill_n(to + at, count, T(0)); });
      to += (until - from) * depth;
    };
    const Whole whole(w, begin, end);
    one_by_one(begin, whole.begin);
    for (std::int64_t a = 0; a < w.size[0] && whole.begin < whole.end; ++a) {
      const std::int64_t row = i * w.stride[0] - w.padding[0] + a * w.dilation[0], count = whole.end - whole.begin;
      const std::int64_t place = ((image * w.height + row) * w.width - w.padding[1]) * w.channels + whole.begin * step;
      T* at = to + a * across;
      if (row < 0 || row >= w.height) {
        for (std::int64_t j = 0; j < count; ++j, at += depth) std::fill_n(at, across, T(0));
      } else if (depth - (a + 1) * across < spill<T> || size < place + (count - 1) * step + across + spill<T>) {
        for (std::int64_t j = 0; j < count; ++j, at += depth) std::copy_n(x + place + j * step, across, at);
      } else {
        for (std::int64_t j = 0; j < count; ++j, at += depth)
          for (std::int64_t k = 0; k < across; k += spill<T>)
            hn::StoreU(hn::LoadU(d, x + place + j * step + k), d, at + k);
      }
    }
    to += (whole.end - whole.begin) * depth;
    one_by_one(whole.end, end);
  });
  return start;
}

// Adds the patches [first, last) to the elements of x that they were taken from.
template <class T>
void add_patches(const Window& w, const T* patch, std::int64_t first, std::int64_t last, T* x) {
  const ShortTag<T> d;
  for_each_line(w, first, last, [&](std::int64_t image, std::int64_t i, std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_each_stretch(
        w, image, i, begin, end,
        [=](std::int64_t at, std::int64_t to, std::int64_t count) HWY_ATTR {
          const T* from = patch + at;
          T* sum = x + to;
          std::int64_t k = 0;
          for (; k + spill<T> <= count; k += spill<T>)
            hn::StoreU(hn::Add(hn::LoadU(d, sum + k), hn::LoadU(d, from + k)), d, sum + k);
          for (; k < count; ++k) sum[k] += from[k];
        },
        [](std::int64_t, std::int64_t) {});
    patch += (end - begin) * w.size[0] * w.size[1] * w.channels;
  });
}

template <class E, class T>
void forward_by_patches(const ConvolutionArgs& a, const E* x, const E* weight) {
  const Extents e(a.window);
  if (e.pixels == 0) return;
  parallel_for((e.pixels + e.block - 1) / e.block, e.pixels * (e.depth + a.features),
               [&](std::int64_t begin, std::int64_t end) {
                 const Scratch<E> room(std::min(e.block, e.pixels) * e.depth + spill<E>);
                 for (std::int64_t b = begin; b < end; ++b) {
                   const std::int64_t first = b * e.block, count = std::min(e.block, e.pixels - first);
                   multiply<E, T>({.dtype = a.dtype,
                                   .batch = {},
                                   .m = count,
                                   .n = a.features,
                                   .k = e.depth,
                                   .transpose_a = false,
                                   .transpose_b = false,
                                   .relu = a.relu,
                                   .bf16 = false,
                                   .a = patches(a.window, x, first, first + count, room.at),
                                   .b = weight,
                                   .bias = a.bias,
                                   .y = static_cast<T*>(a.result) + first * a.features});
                 }
               });
}

template <class E, class T>
void into_input_by_patches(const ConvolutionArgs& a, const E* y, const E* weight) {
  const Window& w = a.window;
  const Extents e(w);
  const std::int64_t image = w.height * w.width * w.channels;
  // whole images at a time, because their patches overlap; small ones together
  const std::int64_t together = std::max<std::int64_t>(1, e.block / std::max<std::int64_t>(1, e.area));
  parallel_for((w.images + together - 1) / together, e.pixels * (e.depth + a.features),
               [&](std::int64_t begin, std::int64_t end) {
                 const Scratch<T> room(std::min(e.block, e.pixels) * e.depth + spill<T>);
                 T* x = static_cast<T*>(a.result);
                 const std::int64_t from = begin * together, to = std::min(w.images, end * together);
                 std::fill(x + from * image, x + to * image, T(0));
                 for (std::int64_t first = from * e.area; first < to * e.area; first += e.block) {
                   const std::int64_t count = std::min(e.block, to * e.area - first);
                   multiply<E, T>({.dtype = a.dtype,
                                   .batch = {},
                                   .m = count,
                                   .n = e.depth,
                                   .k = a.features,
                                   .transpose_a = false,
                                   .transpose_b = true,
                                   .relu = false,
                                   .bf16 = false,
                                   .a = y + first * a.features,
                                   .b = weight,
                                   .bias = nullptr,
                                   .y = room.at});
                   add_patches(w, room.at, first, first + count, x);
                 }
               });
}

// A block's part of the weight's gradient, for sum_of_blocks.
template <class E, class T>
struct WeightByPatches {
  const ConvolutionArgs& a;
  const E *x, *y;
  const Extents e{a.window};
  const Scratch<E> room{std::min(e.block, e.pixels) * e.depth + spill<E>};
  const Scratch<T> product{e.depth * a.features};

  void operator()(std::int64_t first, std::int64_t count, bool adds, T* sum) const {
    multiply<E, T>({.dtype = a.dtype,
                    .batch = {},
                    .m = e.depth,
                    .n = a.features,
                    .k = count,
                    .transpose_a = true,
                    .transpose_b = false,
                    .relu = false,
                    .bf16 = false,
                    .a = patches(a.window, x, first, first + count, room.at),
                    .b = y + first * a.features,
                    .bias = nullptr,
                    .y = adds ? product.at : sum});
    if (adds) add_row(e.depth * a.features, product.at, sum);
  }
};

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
