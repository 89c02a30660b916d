// conv2d and its two transposes on windows as they lie in the image: a window's row is a run of the image's line, and
// the next output's begins `across` elements behind it. Only images with padding are copied, into lines that have it.
//   y:       tiles of outputs in a line by features; runs are the window's rows
//   x:       tiles of outputs in a line by channels, one sum over the features, added to where the window lies
//   weight:  tiles of the window's elements by features; runs are the lines of outputs in a block
#include <algorithm>
#include <cstdint>

#if defined(LOGITAPE_BACKENDS_CPU_CONVOLUTION_WINDOWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_CONVOLUTION_WINDOWS_INL_H_
#undef LOGITAPE_BACKENDS_CPU_CONVOLUTION_WINDOWS_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_CONVOLUTION_WINDOWS_INL_H_
#endif

#include "logitape/backends/cpu/convolution_lines-inl.h"
#include "logitape/backends/cpu/convolution_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {

namespace {

// How windows lie in lines with their padding. A window's row is one run, unless it is dilated: then each place is one.
struct Lines {
  const Window& w;
  const std::int64_t line = (w.width + 2 * w.padding[1]) * w.channels;              // from a line to the next
  const std::int64_t down = w.stride[0] * line, across = w.stride[1] * w.channels;  // from an output to the next
  const std::int64_t places = w.dilation[1] == 1 ? 1 : w.size[1],
                     run = (w.dilation[1] == 1 ? w.size[1] : 1) * w.channels;
  const bool padded = w.padding[0] + w.padding[1] > 0;

  std::int64_t runs() const { return w.size[0] * places; }
  std::int64_t place(std::int64_t a, std::int64_t b) const {
    return a * w.dilation[0] * line + b * w.dilation[1] * w.channels;
  }
  std::int64_t of_run(std::int64_t r) const { return place(r / places, r % places); }
  // What so many lines of outputs see.
  std::int64_t seen_by(std::int64_t outputs) const {
    return (outputs - 1) * w.stride[0] + (w.size[0] - 1) * w.dilation[0] + 1;
  }
};

template <class T>
constexpr std::int64_t in_l1 = 24576 / sizeof(T);  // elements of a strip of weights that are read again and again

// Whether sums are one chain, and tiles can read and write what they want and no more.
template <class T>
bool lies_well(const ConvolutionArgs& a) {
  const Window& w = a.window;
  const std::int64_t depth = w.size[0] * w.size[1] * w.channels, n = lanes_of<hn::ScalableTag<T>>;
  if (depth == 0 || a.features == 0 || w.images == 0 || std::max(depth, a.features) > 4096) return false;
  if (w.size[0] * w.size[1] * w.stride[0] * w.stride[1] == 1) return false;  // its patches are the image
  return masked_memory || (a.features % n == 0 && w.channels % n == 0);
}

// The lines [first, first + count) of an image with its padding: where they lie in x, or copied to `room`.
template <class T>
const T* padded_lines(const Lines& l, const T* x, std::int64_t image, std::int64_t first, std::int64_t count, T* room) {
  const Window& w = l.w;
  const std::int64_t width = w.width * w.channels, beside = w.padding[1] * w.channels;
  if (!l.padded) return x + (image * w.height + first) * width;
  T* to = room;
  for (std::int64_t r = first - w.padding[0]; r < first - w.padding[0] + count; ++r) {
    const bool in = r >= 0 && r < w.height;
    to = std::fill_n(to, in ? beside : l.line, T(0));
    if (!in) continue;
    to = std::copy_n(x + (image * w.height + r) * width, width, to);
    to = std::fill_n(to, beside, T(0));
  }
  return room;
}

// How wide the next strip of columns is, with so many left.
template <class T>
std::int64_t next_strip(std::int64_t left) {
  return std::min<std::int64_t>(left, strip_columns<T>);
}
// As many columns as whole vectors.
template <class T>
std::int64_t in_vectors(std::int64_t columns) {
  constexpr std::int64_t n = lanes<T>;
  return (columns + n - 1) / n * n;
}
// Calls f(j, columns, padded) for all strips.
template <class T, class F>
void for_each_strip(std::int64_t size, F f) {
  for (std::int64_t j = 0, columns = 0; j < size; j += columns) {
    columns = next_strip<T>(size - j);
    f(j, columns, in_vectors<T>(columns));
  }
}

// Bias and ReLU of outputs that lie side by side.
template <class T>
void finish_outputs(const ConvolutionArgs& a, std::int64_t outputs, T* y) {
  const hn::ScalableTag<T> d;
  const T* const bias = static_cast<const T*>(a.bias);
  for (std::int64_t r = 0; r < outputs; ++r, y += a.features)
    for (std::int64_t f = 0; f < a.features; f += lanes_of<decltype(d)>) {
      const std::int64_t left = a.features - f;
      auto sum = load_filled(d, y + f, left, T(0));
      if (bias) sum = hn::Add(sum, load_filled(d, bias + f, left, T(0)));
      if (a.relu) sum = hn::IfThenZeroElse(hn::Le(sum, hn::Zero(d)), sum);  // NaN stays, -0 becomes +0
      store_first(d, sum, y + f, left);
    }
}

template <class T>
void forward_by_windows(const ConvolutionArgs& a, const T* x, const T* weight) {
  const Window& w = a.window;
  const Extents e(w);
  const Lines l{w};
  const Scratch<T> packed(in_vectors<T>(a.features) * e.depth + lanes<T>);
  for_each_strip<T>(a.features, [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
    pack_b<T>({weight + j, 1, size_t(a.features), weight + e.depth * a.features}, columns, padded, e.depth,
              packed + j * e.depth);
  });
  // lines at a time: an image's, but no more than L2 holds, and enough blocks for threads
  const std::int64_t fits = std::max<std::int64_t>(192 / w.out[1], (1 << 16) / (w.stride[0] * l.line));
  const std::int64_t lines = std::clamp<std::int64_t>(std::min(fits, w.out[0] * w.images / 16), 1, w.out[0]);
  const std::int64_t blocks = (w.out[0] + lines - 1) / lines;
  parallel_for(w.images * blocks, e.pixels * (e.depth + a.features), [&](std::int64_t begin, std::int64_t end) {
    const Scratch<T> room(l.padded ? l.seen_by(lines) * l.line : 0);
    const Scratch<Run> runs(l.runs());
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t image = block / blocks, first = block % blocks * lines;
      const std::int64_t count = std::min(lines, w.out[0] - first);
      const T* const seen = padded_lines(l, x, image, first * w.stride[0], l.seen_by(count), room.at);
      T* const y = static_cast<T*>(a.result) + (image * w.out[0] + first) * w.out[1] * a.features;
      for_each_strip<T>(a.features, [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
        for (std::int64_t r = 0; r < l.runs(); ++r)
          runs.at[r] = {size_t(l.of_run(r)), size_t(r * l.run * padded), 0, size_t(l.run)};
        for (std::int64_t i = 0; i < count; ++i)
          multiply_runs<T>(w.out[1], {.a = {seen + i * l.down, size_t(l.across), 1, nullptr},
                                      .b = {packed + j * e.depth, 1, size_t(padded), nullptr},
                                      .lower = 0,
                                      .runs = runs.at,
                                      .count = size_t(l.runs()),
                                      .columns = size_t(columns),
                                      .ending = Ending::store,
                                      .c = {y + i * w.out[1] * a.features + j, size_t(a.features)}});
      });
      if (a.bias || a.relu) finish_outputs(a, count * w.out[1], y);
    }
  });
}

// Every element of x is the sum of what outputs add to it, in their order: lines from the top, in each the tiles from
// the left, and of a tile the places from the right. It is the same order to take the window's rows from below, each
// for all lines. Places of few channels lie side by side in a row of the window and are taken together. Of a single
// channel lanes run over outputs, and a tile's rows over the places below each other.
template <class T>
class InputByWindows {
 public:
  InputByWindows(const ConvolutionArgs& args, const T* weight)
      : a_(args), weight_(weight), by_outputs_(w_.channels == 1 && w_.stride[1] == 1),
        together_(w_.dilation[1] == 1 && w_.channels < std::int64_t(lanes<T>)), wide_(together_ ? l_.run : w_.channels),
        places_(e_.depth / wide_), step_(in_vectors<T>(wide_) * a_.features),
        packed_(by_outputs_ ? 0 : places_ * step_ + lanes<T>) {
    for (std::int64_t place = 0; place < places_ && !by_outputs_; ++place)
      for_each_strip<T>(wide_, [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
        pack_b<T>(
            {weight_ + (place * wide_ + j) * a_.features, size_t(a_.features), 1, weight_ + e_.depth * a_.features},
            columns, padded, a_.features, packed_ + place * step_ + j * a_.features);
      });
  }

  void operator()(const T* y) const {
    const std::int64_t image = w_.height * w_.width * w_.channels, size = e_.area * a_.features;
    const std::int64_t all = (w_.height + 2 * w_.padding[0]) * l_.line;
    parallel_for(w_.images, e_.pixels * (e_.depth + a_.features), [&](std::int64_t begin, std::int64_t end) {
      const Scratch<T> room(l_.padded ? all : 0);
      const Scratch<T> turned(by_outputs_ ? in_vectors<T>(w_.out[1]) * a_.features + lanes<T> : 0);
      const Scratch<Run> runs(std::max(places_, w_.size[1]));
      for (std::int64_t n = begin; n < end; ++n) {
        T* const x = static_cast<T*>(a_.result) + n * image;
        T* const sums = l_.padded ? room.at : x;
        std::fill_n(sums, all, T(0));
        if (by_outputs_) add_by_outputs(y + n * size, y + e_.pixels * a_.features, turned.at, runs.at, sums);
        else add(y + n * size, runs.at, sums);
        for (std::int64_t r = 0; l_.padded && r < w_.height; ++r)
          std::copy_n(sums + (r + w_.padding[0]) * l_.line + w_.padding[1] * w_.channels, w_.width * w_.channels,
                      x + r * w_.width * w_.channels);
      }
    });
  }

 private:
  void add(const T* y, Run* runs, T* sums) const {
    const std::int64_t below = places_ / w_.size[0];  // from a row of the window to the next
    for (std::int64_t r = 0, place = places_ - 1; place >= 0; ++r, --place)
      runs[r] = {0, size_t(place * step_), size_t(l_.place(place / below, place % below)), size_t(a_.features)};
    const auto strip = [&](std::int64_t j, std::int64_t columns, std::int64_t first, std::int64_t count,
                           std::int64_t i) {
      multiply_runs<T>(w_.out[1], {.a = {y + i * w_.out[1] * a_.features, size_t(a_.features), 1, nullptr},
                                   .b = {packed_ + j * a_.features, 1, size_t(in_vectors<T>(columns)), nullptr},
                                   .lower = 0,
                                   .runs = runs + first,
                                   .count = size_t(count),
                                   .columns = size_t(columns),
                                   .ending = Ending::add_each,
                                   .c = {sums + i * l_.down + j, size_t(l_.across)}});
    };
    if (together_) {  // strips share elements of x: from the right, as the places
      for (std::int64_t i = 0; i < w_.out[0]; ++i)
        for (std::int64_t end = wide_, columns = 0; end > 0; end -= columns) {
          columns = (end - 1) % std::int64_t(strip_columns<T>) + 1;
          strip(end - columns, columns, 0, places_, i);
        }
      return;
    }
    for_each_strip<T>(wide_, [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
      const std::int64_t at_once = places_ * a_.features * padded > in_l1<T> ? below : places_;
      for (std::int64_t r = 0; r < places_; r += at_once)
        for (std::int64_t i = 0; i < w_.out[0]; ++i) strip(j, columns, r, at_once, i);
    });
  }

  void add_by_outputs(const T* y, const T* end, T* turned, Run* runs, T* sums) const {
    for (std::int64_t r = 0, b = w_.size[1] - 1; b >= 0; ++r, --b)
      runs[r] = {size_t(b * a_.features), 0, size_t(b * w_.dilation[1]), size_t(a_.features)};
    for (std::int64_t i = 0; i < w_.out[0]; ++i)
      for_each_strip<T>(w_.out[1], [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
        const T* const strip = y + (i * w_.out[1] + j) * a_.features;
        pack_b<T>({strip, size_t(a_.features), 1, end}, columns, padded, a_.features, turned);
        multiply_runs<T>(w_.size[0], {.a = {weight_, size_t(w_.size[1] * a_.features), 1, nullptr},
                                      .b = {turned, 1, size_t(padded), nullptr},
                                      .lower = 0,
                                      .runs = runs,
                                      .count = size_t(w_.size[1]),
                                      .columns = size_t(columns),
                                      .ending = Ending::add_each,
                                      .c = {sums + i * l_.down + j, size_t(w_.dilation[0] * l_.line)}});
      });
  }

  const ConvolutionArgs& a_;
  const T* const weight_;
  const Window& w_{a_.window};
  const Extents e_{w_};
  const Lines l_{w_};
  const bool by_outputs_, together_;
  const std::int64_t wide_, places_, step_;
  const Scratch<T> packed_;
};

// A block's part of the weight's gradient, for sum_of_blocks.
template <class T>
struct WeightByWindows {
  const ConvolutionArgs& a;
  const T *x, *y;
  const Window& w{a.window};
  const Extents e{w};
  const Lines l{w};
  const std::int64_t block = std::min(e.block, e.pixels), images = block / e.area + 2,
                     lines = block / w.out[1] + 2 * images;
  const Scratch<T> room{l.padded ? (lines * w.stride[0] + images * l.seen_by(1)) * l.line : 0};
  const Scratch<Run> runs{lines};
  const Scratch<T> packed{a.features > next_strip<T>(a.features) ? (block + 1) * std::int64_t(strip_columns<T>) : 0};

  void operator()(std::int64_t first, std::int64_t count, bool adds, T* sum) const {
    const T* const seen = l.padded ? room.at : x;
    std::int64_t of = -1, top = 0, filled = 0, from = 0, found = 0;
    for_each_line(w, first, first + count, [&](std::int64_t n, std::int64_t i, std::int64_t begin, std::int64_t end) {
      if (n != of) {  // of its lines all those that the block sees
        const std::int64_t last = std::min(w.out[0], (first + count - n * e.area + w.out[1] - 1) / w.out[1]);
        from = padded_lines(l, x, n, i * w.stride[0], l.seen_by(last - i), room + filled) - seen;
        filled += l.seen_by(last - i) * l.line;
        of = n, top = i;
      }
      runs.at[found++] = {size_t(from + (i - top) * l.down + begin * l.across), 0, 0, size_t(end - begin)};
    });
    for_each_strip<T>(a.features, [&](std::int64_t j, std::int64_t columns, std::int64_t padded) {
      Strip<T> strip = {y + first * a.features + j, 1, size_t(a.features), y + e.pixels * a.features};
      if (columns < a.features) {  // read for every row of the window: side by side
        pack_b<T>(strip, columns, padded, count, packed.at);
        strip = {packed.at, 1, size_t(padded), nullptr};
      }
      for (std::int64_t r = 0, before = 0; r < found; before += runs.at[r++].depth) runs.at[r].b = before * strip.along;
      // window rows below each other go in pairs where one alone has few chains
      const std::int64_t pair = 2 * l.run <= std::int64_t(height_of_runs<T>(columns)) && l.places == 1 ? 2 : 1;
      parallel_for((l.runs() + pair - 1) / pair, count * e.depth * columns / 8,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t r = begin * pair; r < std::min(l.runs(), end * pair); r += pair)
                       multiply_runs<T>(std::min(pair, l.runs() - r) * l.run,
                                        {.a = {seen + l.of_run(r), 1, size_t(l.across), nullptr},
                                         .b = strip,
                                         .lower = pair == 2 && r + 1 < l.runs() ? size_t(l.of_run(1)) : 0,
                                         .runs = runs.at,
                                         .count = size_t(found),
                                         .columns = size_t(columns),
                                         .ending = adds ? Ending::add : Ending::store,
                                         .c = {sum + r * l.run * a.features + j, size_t(a.features)}});
                   });
    });
  }
};

}  // namespace
}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
