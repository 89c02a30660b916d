// Softmax cross entropy and its gradient, for rows of logits x[classes] and labels t of any mass S = sum(t):
//   loss = S*lse(x) - sum(t*x),  gradient = scale*(S*p - t), or scale*(p - t) with unit_mass;  p = e^x / sum(e^x)
// Here is where memory is walked: long rows one by one (cross_entropy_rows-inl.h), short ones and those whose classes
// are not the last axis in tiles (cross_entropy_columns-inl.h). f16 and bf16 are converted at these edges and computed
// in f32. The formulas, and where the words used here are defined: cross_entropy-inl.h. Bits of a row depend on nothing
// but that row. NaN: a row with a NaN or +inf logit, or -inf alone (loss, gradient, probabilities); a NaN label (loss,
// and all gradients of the row; with unit_mass only its own).
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/cross_entropy.cpp"
#include "hwy/foreach_target.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/cross_entropy_columns-inl.h"
#include "logitape/backends/cpu/cross_entropy_rows-inl.h"
#include "logitape/backends/cpu/cross_entropy_tiles-inl.h"
#include "logitape/core/memory.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::CrossEntropyArgs;

// What numbers of memory are computed in.
template <class M>
using Arithmetic = std::conditional_t<is_half<M>, float, M>;

// Calls f(first, last) for ranges that cover [0, count), made of blocks of about 16k elements.
template <class F>
void for_each_range(std::int64_t count, std::int64_t size, F f) {
  const std::int64_t block = std::max<std::int64_t>(1, 16384 / size);
  parallel_for((count + block - 1) / block, count * size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    f(first * block, std::min(count, last * block));
  });
}

std::int64_t index_of(const CrossEntropyArgs& a, std::int64_t row) {
  return visit_index(a.index_dtype, [&]<class I>() -> std::int64_t { return static_cast<const I*>(a.indices)[row]; });
}

template <class M, class T>
void put(void* array, std::int64_t i, T value) {
  if (!array) return;
  if constexpr (is_half<M>) static_cast<M*>(array)[i] = M(static_cast<double>(value));
  else static_cast<M*>(array)[i] = value;
}

// One row's loss.
template <class M, class T>
void put_loss(const CrossEntropyArgs& a, std::int64_t row, T loss) {
  put<M>(a.loss, row, loss);
  if constexpr (is_half<M>)
    if (a.wide_loss) a.wide_loss[row] = loss;
}

// A row of memory as T: itself, or converted into `copy`.
template <class M, class T>
const T* as_input(const void* array, std::int64_t at, std::int64_t n, T* copy) {
  if constexpr (is_half<M>) {
    widen_row(n, static_cast<const M*>(array) + at, copy);
    return copy;
  } else {
    return static_cast<const T*>(array) + at;
  }
}

// Above this logits and gradient have left the caches before anybody reads them again: the gradient is written past
// them, which spares reading what it replaces.
constexpr std::int64_t cached_bytes = 24 << 20;

// labels_of(r, copy): the labels of row r; halves are converted into `copy`.
template <class M, class T, class LabelsOf>
void by_rows(const CrossEntropyArgs& a, LabelsOf labels_of) {
  const std::int64_t n = a.classes;
  const M* const logits = static_cast<const M*>(a.logits);
  const bool past_cache = 2 * a.outer * n * static_cast<std::int64_t>(sizeof(M)) > cached_bytes;
  for_each_range(a.outer, n, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    const std::int64_t room = n + virtual_lanes<T>;  // spare lanes of the last vector
    const Scratch<T> exponentials(room), label_copy(is_half<M> && a.labels ? n : 0);
    RowSurvey<M, T> surveys[2];
    const auto survey = [&](std::int64_t r) HWY_ATTR {
      if (r < last) surveys[r % 2].take(logits + r * n, n);
    };
    survey(first);
    for (std::int64_t r = first; r < last; ++r) {
      const auto output = [&](void* array) { return array ? static_cast<M*>(array) + r * n : nullptr; };
      T loss, lse;
      const RowResults<M, T> results{&loss, &lse, output(a.gradient), output(a.probabilities),
                                     output(a.label_gradient)};
      if (a.keep && a.keep[r] == 0) {
        survey(r + 1);
        fill_row(results, n, T{0}, T{0});
      } else {
        const AskAhead<M> ask{logits + (r + 1) * n, past_cache ? nullptr : results.gradient, group<T>};
        cross_entropy_row(a, labels_of(r, label_copy.at), surveys[r % 2], exponentials.at, ask, past_cache, results,
                          [&] HWY_ATTR { survey(r + 1); });
      }
      put_loss<M>(a, r, loss);
      put<M>(a.lse, r, lse);
    }
    if (past_cache) hwy::FlushStream();
  });
}

template <class M, class T>
void by_rows(const CrossEntropyArgs& a, const LabelCode<T>& code) {
  if (a.labels)
    return by_rows<M, T>(a, [&](std::int64_t r, T* copy) HWY_ATTR {
      return DenseLabels<T>{as_input<M>(a.labels, r * a.classes, a.classes, copy)};
    });
  if (code.off == 0)
    return by_rows<M, T>(a, [&](std::int64_t r, T*) HWY_ATTR {
      const std::int64_t index = index_of(a, r);
      return IndexLabel<T>{index, code.weight(index) * code.on};
    });
  by_rows<M, T>(a, [&](std::int64_t r, T*) HWY_ATTR { return CodedLabels<T>{index_of(a, r), code}; });
}

// Which rows of a tile are kept, and the labels of class indices.
template <class T>
void read_labels(const CrossEntropyArgs& a, const LabelCode<T>& code, const TilePlace& place, ColumnTile<T>& tile) {
  for (std::int64_t lane = 0; lane < tile.width; ++lane)
    tile.kept[lane] = lane < place.count && !(a.keep && a.keep[place.first + lane] == 0) ? T{1} : T{0};
  if (a.labels) return;
  for (std::int64_t lane = 0; lane < tile.width; ++lane) {
    const std::int64_t index = tile.kept[lane] != 0 ? index_of(a, place.first + lane) : 0;
    tile.index[lane] = static_cast<typename ColumnTile<T>::Integer>(index);
    tile.on[lane] = code.off == 0 ? code.on * code.weight(index) : code.on;
  }
}

template <class M, class T>
void put_results(const CrossEntropyArgs& a, const TilePlace& place, const ColumnTile<T>& tile) {
  for (std::int64_t i = 0; i < place.count; ++i) put_loss<M>(a, place.first + i, tile.loss[i]);
  for (std::int64_t i = 0; i < place.count; ++i) put<M>(a.lse, place.first + i, tile.lse[i]);
}

// Few classes, along any axis.
template <class M, class T>
void by_tiles(const CrossEntropyArgs& a, const LabelCode<T>& code) {
  constexpr std::int64_t width = ColumnTile<T>::width;
  const std::int64_t rows = a.outer * a.inner, size = width * a.classes;
  for_each_range((rows + width - 1) / width, size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    const Scratch<T> arrays(size * 2), labels(a.labels ? size : 0), probabilities(a.probabilities ? size : 0);
    const Scratch<T> label_gradient(a.label_gradient ? size : 0);
    ColumnTile<T> tile;
    tile.x = arrays + 0;
    tile.e = arrays + size;
    tile.t = labels.at;
    tile.probabilities = probabilities.at;
    tile.label_gradient = label_gradient.at;
    for (std::int64_t q = first * width; q < std::min(rows, last * width); q += width) {
      const TilePlace place{q, std::min(width, rows - q), a.classes, a.inner};
      read_tile<M>(place, a.logits, tile.x, tile.e);
      if (a.labels) read_tile<M>(place, a.labels, tile.t, tile.e);
      read_labels(a, code, place, tile);
      if (a.labels) cross_entropy_tile<DenseColumns<T>>(a, code, tile, place.count);
      else cross_entropy_tile<CodedColumns<T>>(a, code, tile, place.count);
      put_results<M>(a, place, tile);
      if (a.probabilities) write_tile<M>(place, tile.probabilities, a.probabilities, tile.x);
      if (a.gradient) write_tile<M>(place, tile.e, a.gradient, tile.x);
      if (a.label_gradient) write_tile<M>(place, tile.label_gradient, a.label_gradient, tile.x);
    }
  });
}

// Many classes, along an axis that is not the last. f32 and f64 that lie side by side go straight from memory to the
// tile and back. The next tile is asked for while exponentials are made.
template <class M, class T, class Labels>
void by_tall_tiles(const CrossEntropyArgs& a, const LabelCode<T>& code) {
  constexpr std::int64_t width = ColumnTile<T>::width;
  const std::int64_t rows = a.outer * a.inner, n = a.classes, size = width * n;
  const M* const logits = static_cast<const M*>(a.logits);
  const bool lines = reinterpret_cast<std::uintptr_t>(a.gradient) % 64 == 0 && a.inner % width == 0;
  const bool past_cache = !is_half<M> && lines && 2 * rows * size / width * std::int64_t{sizeof(M)} > cached_bytes;
  for_each_range((rows + width - 1) / width, size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    const Scratch<T> arrays(size), labels(a.labels ? size : 0), probabilities(a.probabilities ? size : 0);
    const Scratch<T> label_gradient(a.label_gradient ? size : 0);
    const Scratch<T> span_max(ColumnSurvey<T>::room(n));
    const Scratch<std::uint8_t> special(n);
    TallTile<Labels, T> tile;
    tile.x = tile.e = arrays.at;
    tile.t = labels.at;
    tile.probabilities = probabilities.at;
    tile.label_gradient = label_gradient.at;
    tile.special = special.at;
    const std::int64_t end = std::min(rows, last * width);
    for (std::int64_t q = first * width; q < end; q += width) {
      const TilePlace place{q, std::min(width, rows - q), n, a.inner};
      const std::int64_t at = place_in_memory(place);
      const bool straight = !is_half<M> && side_by_side(place, width);
      const auto line = [&](auto* memory, T* in_tile) {  // where the first class's is, when reading or writing
        if constexpr (!is_half<M>) return straight ? memory + at : in_tile;
        else return in_tile;
      };
      if (!straight) read_tile<M>(place, logits, tile.x, tile.x);
      tile.survey.take(line(logits, tile.x), straight ? a.inner : width, tile.x, n, span_max.at);
      if (a.labels) read_tile<M>(place, a.labels, tile.t, tile.t);
      if (a.label_gradient) read_tile<M>(place, logits, tile.label_gradient, tile.label_gradient);
      read_labels(a, code, place, tile);
      const M* const next = logits + place_in_memory({q + width, 0, n, a.inner});
      tile.compute(a, code, [&](std::int64_t c) HWY_ATTR {
        if (q + width < end)
          for (std::int64_t i = c; i < c + class_span; ++i) hwy::Prefetch(next + i * a.inner);
      });
      put_results<M>(a, place, tile);
      if (a.probabilities) write_tile<M>(place, tile.probabilities, a.probabilities, tile.probabilities);
      if (a.label_gradient) write_tile<M>(place, tile.label_gradient, a.label_gradient, tile.label_gradient);
      if (!a.gradient) continue;
      T* const to = line(static_cast<M*>(a.gradient), tile.e);
      if (past_cache && straight) tile.template write_gradient<true>(a, to, a.inner);
      else tile.template write_gradient<false>(a, to, straight ? a.inner : width);
      if (!straight) write_tile<M>(place, tile.e, a.gradient, tile.e);
    }
    if (past_cache) hwy::FlushStream();
  });
}

template <class M>
void cross_entropy_of(const CrossEntropyArgs& a) {
  using T = Arithmetic<M>;
  const Scratch<T> copy(is_half<M> && a.weights ? a.classes : 0);
  const LabelCode<T> code{as_number<T>(a.a + a.b), as_number<T>(a.b),
                          a.weights ? as_input<M>(a.weights, 0, a.classes, copy + 0) : nullptr};
  if (a.inner == 1 && a.classes > narrow_classes) by_rows<M>(a, code);
  else if (a.classes > narrow_classes && a.labels) by_tall_tiles<M, T, DenseColumns<T>>(a, code);
  else if (a.classes > narrow_classes) by_tall_tiles<M, T, CodedColumns<T>>(a, code);
  else by_tiles<M>(a, code);
}

void cross_entropy(const CrossEntropyArgs& a) {
  if (a.outer * a.inner == 0) return;
  switch (a.dtype) {
    case DType::f16: return cross_entropy_of<f16>(a);
    case DType::bf16: return cross_entropy_of<bf16>(a);
    case DType::f32: return cross_entropy_of<float>(a);
    default: return cross_entropy_of<double>(a);
  }
}

}  // namespace

void FillCrossEntropy(backends::Kernels& k) { k.cross_entropy = cross_entropy; }

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_cross_entropy, FillCrossEntropy)
#endif
