// Every rearrangement is one strided copy; reshape copies nothing. Each rule is another rearrangement.
#include "logitape/ops/rearrange.h"

#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using ops::copy_box, ops::dense_steps;

std::int64_t offset(const Ints& at, const Ints& steps) {
  std::int64_t sum = 0;
  for (int r = 0; r < at.count(); ++r) sum += at[r] * steps[r];
  return sum;
}

}  // namespace

Tensor reshape(const Tensor& x, const Ints& shape) {
  ops::check_present("reshape", {{"x", x}});
  Ints extents = shape;
  std::int64_t known = 1;
  int inferred = -1;
  for (int r = 0; r < extents.count(); ++r) {
    if (extents[r] == -1) {
      require(inferred < 0, "reshape", "{} leaves more than one extent open", shape);
      inferred = r;
    } else {
      require(extents[r] >= 0 && !__builtin_mul_overflow(known, extents[r], &known), "reshape", "{} is no shape",
              shape);
    }
  }
  if (inferred >= 0) {
    require(known > 0 && x.size() % known == 0, "reshape", "{} has {} elements: the -1 of {} cannot be worked out",
            x.shape(), x.size(), shape);
    extents[inferred] = x.size() / known;
  } else {
    require(known == x.size(), "reshape", "{} has {} elements, {} has {}", x.shape(), x.size(), shape, known);
  }
  const Shape target(extents);
  if (target == x.shape()) return x;
  return record("reshape", {x}, {x.with_shape(target)}, keep::nothing,
                [](const Node& n, const Cotangents& g) { return Tensors{reshape(g[0], n.input_slot(0).shape())}; });
}

Tensor flatten(const Tensor& x, Axis first) {
  ops::check_present("flatten", {{"x", x}});
  if (x.rank() == 0) return reshape(x, 1);
  Ints extents;
  const int kept = ops::checked_axis("flatten", first.value, x.rank());
  for (int r = 0; r < kept; ++r) extents.push(x.shape()[r]);
  extents.push(ops::split(x.shape(), kept, x.rank()).axis);
  return reshape(x, extents);
}

namespace {

// Bit r of `chosen`: axis r goes.
Tensor without_axes(const Tensor& x, unsigned chosen) {
  Ints extents;
  for (int r = 0; r < x.rank(); ++r)
    if (!(chosen >> r & 1)) extents.push(x.shape()[r]);
  return reshape(x, extents);
}

}  // namespace

Tensor squeeze(const Tensor& x) {
  ops::check_present("squeeze", {{"x", x}});
  unsigned ones = 0;
  for (int r = 0; r < x.rank(); ++r) ones |= static_cast<unsigned>(x.shape()[r] == 1) << r;
  return without_axes(x, ones);
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  ops::check_present("squeeze", {{"x", x}});
  const unsigned chosen = ops::checked_axes("squeeze", axes.values, x.rank());
  for (int r = 0; r < x.rank(); ++r)
    require(!(chosen >> r & 1) || x.shape()[r] == 1, "squeeze",
            "axis {} of {} has extent {}; only one of extent 1 can go", r, x.shape(), x.shape()[r]);
  return without_axes(x, chosen);
}

Tensor unsqueeze(const Tensor& x, Axis axis) {
  ops::check_present("unsqueeze", {{"x", x}});
  require(x.rank() < max_rank, "unsqueeze", "a new axis beside {} would be the ninth; at most {} are possible",
          x.shape(), max_rank);
  const int a = ops::checked_axis("unsqueeze", axis.value, x.rank() + 1);
  Ints extents;
  for (int r = 0; r <= x.rank(); ++r) extents.push(r == a ? 1 : x.shape()[r < a ? r : r - 1]);
  return reshape(x, extents);
}

Tensor permute(const Tensor& x, const Ints& order) {
  ops::check_present("permute", {{"x", x}});
  require(order.count() == x.rank(), "permute", "{} names {} axes of a tensor of shape {}", order, order.count(),
          x.shape());
  Ints extents(x.shape()), from(x.shape()), inverse(x.shape());
  const Ints steps = dense_steps(x.shape());
  ops::checked_axes("permute", order, x.rank());
  bool same = true;
  for (int r = 0; r < order.count(); ++r) {
    const int axis = ops::checked_axis("permute", order[r], x.rank());
    extents[r] = x.shape()[axis];
    from[r] = steps[axis];
    inverse[axis] = r;
    same = same && axis == r;
  }
  if (same) return x;
  Tensor y = Tensor::uninitialised(Shape(extents), x.dtype(), x.device());
  copy_box("permute", extents, x, 0, from, y, 0, dense_steps(y.shape()));
  return record("permute", {x}, {y}, keep::nothing,
                [inverse](const Node&, const Cotangents& g) { return Tensors{permute(g[0], inverse)}; });
}

Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1) {
  ops::check_present("transpose", {{"x", x}});
  const int a = ops::checked_axis("transpose", axis0, x.rank()), b = ops::checked_axis("transpose", axis1, x.rank());
  Ints order(x.shape());
  for (int r = 0; r < x.rank(); ++r) order[r] = r == a ? b : r == b ? a : r;
  return permute(x, order);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  ops::check_present("broadcast_to", {{"x", x}});
  require(ops::broadcasts_to(x.shape(), shape), "broadcast_to", "{} does not broadcast to {}", x.shape(), shape);
  if (x.shape() == shape) return x;
  Tensor y = Tensor::uninitialised(shape, x.dtype(), x.device());
  const Ints steps = dense_steps(x.shape());
  Ints from(shape);
  const int lead = shape.rank() - x.rank();
  for (int r = 0; r < shape.rank(); ++r) from[r] = r < lead || x.shape()[r - lead] == 1 ? 0 : steps[r - lead];
  copy_box("broadcast_to", Ints(shape), x, 0, from, y, 0, dense_steps(shape));
  return record("broadcast_to", {x}, {y}, keep::nothing,
                [](const Node& n, const Cotangents& g) { return Tensors{sum_to(g[0], n.input_slot(0).shape())}; });
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  ops::check_present("sum_to", {{"x", x}});
  if (x.shape() == shape) return x;
  if (ops::is_half(x.dtype())) return sum_to(ops::widened(x), shape).to(x.dtype());
  ops::check_arithmetic("sum_to", {{"x", x}});
  require(ops::broadcasts_to(shape, x.shape()), "sum_to", "{} is not a broadcast of {}", x.shape(), shape);
  Ints axes;
  const int lead = x.rank() - shape.rank();
  for (int r = 0; r < x.rank(); ++r)
    if (r < lead || (shape[r - lead] == 1 && x.shape()[r] != 1)) axes.push(r);
  return reshape(sum(x, {.axes = axes, .keep_dims = true}), shape);
}

Tensor slice(const Tensor& x, const Ints& begin, const Ints& size) {
  ops::check_present("slice", {{"x", x}});
  require(begin.count() == x.rank() && size.count() == x.rank(), "slice",
          "begin {} and size {} do not name every axis of {}", begin, size, x.shape());
  Ints extents = size, after = size;
  for (int r = 0; r < x.rank(); ++r) {
    require(begin[r] >= 0, ErrorCode::out_of_range, "slice",
            "begin {} of {} is negative: slice counts from the first element; x[...] with range({}, none) counts from "
            "the end",
            begin, x.shape(), begin[r]);
    require(begin[r] <= x.shape()[r], ErrorCode::out_of_range, "slice", "begin {} and size {} reach beyond {}", begin,
            size, x.shape());
    if (extents[r] == -1) extents[r] = x.shape()[r] - begin[r];
    require(extents[r] >= 0 && extents[r] <= x.shape()[r] - begin[r], ErrorCode::out_of_range, "slice",
            "begin {} and size {} reach beyond {}", begin, size, x.shape());
    after[r] = x.shape()[r] - begin[r] - extents[r];
  }
  Tensor y = Tensor::uninitialised(Shape(extents), x.dtype(), x.device());
  const Ints steps = dense_steps(x.shape());
  copy_box("slice", extents, x, offset(begin, steps), steps, y, 0, dense_steps(y.shape()));
  return record("slice", {x}, {y}, keep::nothing,
                [begin, after](const Node&, const Cotangents& g) { return Tensors{pad(g[0], begin, after)}; });
}

Tensor pad(const Tensor& x, const Ints& before, const Ints& after, double value) {
  ops::check_present("pad", {{"x", x}});
  require(before.count() == x.rank() && after.count() == x.rank(), "pad",
          "before {} and after {} do not name every axis of {}", before, after, x.shape());
  ops::check_holds("pad", value, x.dtype());
  Ints extents(x.shape());
  for (int r = 0; r < x.rank(); ++r) {
    require(before[r] >= 0 && after[r] >= 0 && !__builtin_add_overflow(extents[r], before[r], &extents[r]) &&
                !__builtin_add_overflow(extents[r], after[r], &extents[r]),
            "pad", "before {} and after {} cannot be added to {}", before, after, x.shape());
  }
  Tensor y = ops::filled("pad", Shape(extents), value, x.dtype(), x.device());
  const Ints steps = dense_steps(y.shape());
  copy_box("pad", Ints(x.shape()), x, 0, dense_steps(x.shape()), y, offset(before, steps), steps);
  return record("pad", {x}, {y}, keep::nothing, [before](const Node& n, const Cotangents& g) {
    return Tensors{slice(g[0], before, Ints(n.input_slot(0).shape()))};
  });
}

Tensor concat(TensorList parts, Axis axis) {
  require(!parts.empty(), "concat", "no tensor is given");
  ops::check_present("concat", {{"part 0", parts[0]}});
  const int a = ops::checked_axis("concat", axis.value, parts[0].rank());
  Ints extents(parts[0].shape());
  extents[a] = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    require(parts[p].defined(), "concat", "part {} is an empty tensor", p);
    require(parts[p].dtype() == parts[0].dtype() && parts[p].device() == parts[0].device(), "concat",
            "part 0 is {}, part {} is {}: dtypes and devices have to be equal", parts[0], p, parts[p]);
    Ints other(parts[p].shape());
    const bool fits = other.count() == extents.count() && !__builtin_add_overflow(extents[a], other[a], &extents[a]) &&
                      (other[a] = extents[a], other == extents);
    require(fits, "concat", "part 0 is {}, part {} is {}: they differ off axis {}", parts[0].shape(), p,
            parts[p].shape(), a);
  }
  Tensor y = Tensor::uninitialised(Shape(extents), parts[0].dtype(), parts[0].device());
  const Ints steps = dense_steps(y.shape());
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    copy_box("concat", Ints(part.shape()), part, 0, dense_steps(part.shape()), y, at * steps[a], steps);
    at += part.shape()[a];
  }
  return record("concat", parts, {y}, keep::nothing, [a](const Node& n, const Cotangents& g) {
    Tensors into;
    Ints begin(g[0].shape());
    for (int r = 0; r < begin.count(); ++r) begin[r] = 0;
    for (int i = 0; i < n.input_count(); ++i) {
      const Shape& shape = n.input_slot(i).shape();
      into.push_back(n.needs(i) ? slice(g[0], begin, Ints(shape)) : Tensor());
      begin[a] += shape[a];
    }
    return into;
  });
}

Tensor stack(TensorList parts, Axis axis) {
  require(!parts.empty(), "stack", "no tensor is given");
  ops::check_present("stack", {{"part 0", parts[0]}});
  require(parts[0].rank() < max_rank, "stack", "a new axis beside {} would be the ninth; at most {} are possible",
          parts[0].shape(), max_rank);
  const int a = ops::checked_axis("stack", axis.value, parts[0].rank() + 1);
  Tensors unsqueezed;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    require(parts[p].defined() && parts[p].shape() == parts[0].shape() && parts[p].dtype() == parts[0].dtype(), "stack",
            "part 0 is {}, part {} is {}: shapes, dtypes and devices have to be equal", parts[0], p, parts[p]);
    unsqueezed.push_back(unsqueeze(parts[p], a));
  }
  return concat(unsqueezed, a);
}

}  // namespace logitape::inline v0
