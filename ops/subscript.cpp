// x[...]: one strided copy out of x, whose derivative is one strided copy into zeros, each the other's rule.
#include <algorithm>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

// Where the part lies in x: `size` elements along every axis, `step` elements of memory apart, from element `first`.
struct Box {
  std::int64_t first = 0;
  Ints size, step;
  Shape shape;  // the sizes without the axes that a position drops
};

std::string text(const Range& r) {
  const auto end = [](const Place& p) { return p.value ? fmt::format("{}", *p.value) : std::string("none"); };
  return fmt::format("range({}, {}{})", end(r.begin), end(r.end), r.step == 1 ? "" : fmt::format(", {}", r.step));
}

// An end of a range, counted from the first element. Falling ranges end before that, at -1.
std::int64_t end_of(const char* op, const Place& p, std::int64_t otherwise, const Range& r, int axis, const Shape& x) {
  if (!p.value) return otherwise;
  const std::int64_t extent = x[axis], highest = extent - (r.step < 0 && &p == &r.begin);
  require(*p.value >= -extent && *p.value <= highest, ErrorCode::out_of_range, op,
          "{} reaches beyond axis {} of x {}: {} is outside [{}, {}]; none stands for the end", text(r), axis, x,
          *p.value, -extent, highest);
  return *p.value < 0 ? *p.value + extent : *p.value;
}

// How many elements a range has, and the first; begin and end are within the axis, so that nothing overflows.
std::pair<std::int64_t, std::int64_t> count_and_first(const char* op, const Range& r, int axis, const Shape& x) {
  require(r.step != 0, op, "{} of axis {} of x {} has step 0: it would never end", text(r), axis, x);
  const bool up = r.step > 0;
  const std::int64_t begin = end_of(op, r.begin, up ? 0 : x[axis] - 1, r, axis, x),
                     end = end_of(op, r.end, up ? x[axis] : -1, r, axis, x);
  if (up) return {end > begin ? (end - begin - 1) / r.step + 1 : 0, begin};
  return {begin > end ? (end - begin + 1) / r.step + 1 : 0, begin};
}

Box box_of(const char* op, const Shape& x, std::span<const Subscript> at) {
  const bool list = x.rank() == 1 && std::ranges::all_of(at, &Subscript::drops);
  require(at.size() <= static_cast<std::size_t>(x.rank()), op, "{} {} given for x {}, which has rank {}{}", at.size(),
          at.size() == 1 ? "subscript is" : "subscripts are", x, x.rank(),
          list ? ": several positions along one axis are x[tensor({0, 2})]" : "");
  Box box{0, Ints(x), ops::dense_steps(x), {}};
  Ints kept;
  for (int r = 0; r < x.rank(); ++r) {
    const bool named = static_cast<std::size_t>(r) < at.size();
    if (named && at[static_cast<std::size_t>(r)].drops) {
      const std::int64_t position = *at[static_cast<std::size_t>(r)].range.begin.value;
      require(position >= -x[r] && position < x[r], ErrorCode::out_of_range, op,
              "{} is outside [{}, {}), axis {} of x {}", position, -x[r], x[r], r, x);
      box.first += (position < 0 ? position + x[r] : position) * box.step[r];
      box.size[r] = 1;
      continue;
    }
    if (named) {
      const Range& range = at[static_cast<std::size_t>(r)].range;
      const auto [count, first] = count_and_first(op, range, r, x);
      box.first += count > 0 ? first * box.step[r] : 0;
      box.size[r] = count;
      box.step[r] *= count > 1 ? range.step : 1;
    }
    kept.push(box.size[r]);
  }
  box.shape = Shape(kept);
  return box;
}

Tensor put(const Tensor& part, const Box& box, const Shape& shape);

Tensor take(const char* op, const Tensor& x, const Box& box) {
  Tensor y = Tensor::uninitialised(box.shape, x.dtype(), x.device());
  ops::copy_box(op, box.size, x, box.first, box.step, y, 0, ops::dense_steps(Shape(box.size)));
  return record(op, {x}, {y}, keep::nothing,
                [box](const Node& n, const Cotangents& g) { return Tensors{put(g[0], box, n.input_slot(0).shape())}; });
}

// Zeros of the shape, with the part in the box.
Tensor put(const Tensor& part, const Box& box, const Shape& shape) {
  Tensor y = ops::filled("put", shape, 0, part.dtype(), part.device());
  ops::copy_box("put", box.size, part, 0, ops::dense_steps(Shape(box.size)), y, box.first, box.step);
  return record("put", {part}, {y}, keep::nothing,
                [box](const Node&, const Cotangents& g) { return Tensors{take("index", g[0], box)}; });
}

Tensor part_of(const char* op, const Tensor& x, std::span<const Subscript> at) {
  ops::check_present(op, {{"x", x}});
  const Box box = box_of(op, x.shape(), at);
  if (box.shape == x.shape() && box.step == ops::dense_steps(x.shape())) return x;
  return take(op, x, box);
}

}  // namespace

Tensor index(const Tensor& x, std::span<const Subscript> at) { return part_of("index", x, at); }
Tensor index(const Tensor& x, std::initializer_list<Subscript> at) {
  return part_of("index", x, {at.begin(), at.size()});
}

Tensor rows(const Tensor& x, Place begin, Place end) {
  const Subscript at[] = {range(begin, end)};
  return part_of("rows", x, at);
}

Tensor columns(const Tensor& x, Place begin, Place end) {
  const Subscript at[] = {all(), range(begin, end)};
  return part_of("columns", x, at);
}

Tensor boolean_mask(const Tensor& x, const Tensor& mask) {
  ops::check_present("boolean_mask", {{"x", x}, {"mask", mask}});
  require(mask.dtype() == DType::boolean, "boolean_mask", "mask is {}; it has to be boolean, as x > 0 is", mask);
  bool fits = mask.rank() <= x.rank();
  Ints slices{mask.size()};
  for (int r = 0; fits && r < x.rank(); ++r)
    if (r >= mask.rank()) slices.push(x.shape()[r]);
    else fits = mask.shape()[r] == x.shape()[r];
  require(fits, "boolean_mask", "mask {} does not have the first axes of x {}", mask.shape(), x.shape());
  std::vector<std::int64_t> chosen;
  const auto flags = mask.to_vector<std::uint8_t>();
  for (std::size_t i = 0; i < flags.size(); ++i)
    if (flags[i]) chosen.push_back(static_cast<std::int64_t>(i));
  const Tensor at = from_span(chosen, {static_cast<std::int64_t>(chosen.size())}).to(x.device());
  return gather(reshape(x, slices), at);
}

// NOLINTBEGIN(readability-const-return-type)
const Tensor Tensor::operator[](const Subscript& at) const { return part_of("index", *this, {&at, 1}); }
const Tensor Tensor::operator[](std::initializer_list<Subscript> at) const { return index(*this, at); }
const Tensor Tensor::operator[](const Tensor& at) const {
  return at.defined() && at.dtype() == DType::boolean ? boolean_mask(*this, at) : gather(*this, at);
}
// NOLINTEND(readability-const-return-type)

}  // namespace logitape::inline v0
