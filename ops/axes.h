// Axes that stand alone in a call, as NumPy's and PyTorch's users write them: sum(x, {0, 1}), softmax(x, 1). A bool is
// no axis: keep_dims has its name.
#pragma once
#include <concepts>
#include <cstdint>

#include "logitape/core/shape.h"

namespace logitape::inline v0 {

// clang-format off
// One axis, counted from the end where negative.
struct Axis {
  template <Extent I>
  Axis(I axis) : value(static_cast<std::int64_t>(axis)) {}
  template <class... I> requires(std::same_as<I, bool> || ...)
  Axis(I...) = delete;  // an axis is an integer; where keep_dims is meant, write {.axis = 1, .keep_dims = true}

  std::int64_t value;
};

// One or several: an integer, integers in braces, or a range of int64.
struct Axes {
  template <class... I> requires(sizeof...(I) > 0 && std::constructible_from<Ints, I...>)
  Axes(const I&... axes) : values(axes...) {}
  template <class... I> requires(std::same_as<I, bool> || ...)
  Axes(I...) = delete;  // write {.axes = {0, 1}, .keep_dims = true}

  Ints values;
};
// clang-format on

}  // namespace logitape::inline v0
