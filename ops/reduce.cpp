// y[o, i] = reduction over a of x[o, a, i]. Axes that are not neighbours are brought together first by a permute; its
// own rule takes the gradient back. norm, variance and standard_deviation are in spread.cpp.
#include "logitape/ops/reduce.h"

#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/softmax.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

// A reduction as kernels know it: over the axes [first, last) of x.
struct ReducePlan {
  Tensor x;
  int first = 0, last = 0;
  Shape kept;    // x's shape with extent 1 on the reduced axes
  Shape result;  // what the caller asked for
  std::int64_t count = 1;
  bool over_rows = false;  // whether `first` was x's own first axis
};

ReducePlan plan(const char* op, const Tensor& x, const Ints& axes, bool keep_dims) {
  ops::check_present(op, {{"x", x}});
  const unsigned reduced = axes.count() == 0 ? (1u << x.rank()) - 1 : ops::checked_axes(op, axes, x.rank());
  Ints result, order;
  for (int r = 0; r < x.rank(); ++r) {
    if (!(reduced >> r & 1)) order.push(r);
    if (keep_dims || !(reduced >> r & 1)) result.push(reduced >> r & 1 ? 1 : x.shape()[r]);
  }
  const int kept_axes = order.count();
  int first = 0;
  while (first < x.rank() && !(reduced >> first & 1)) ++first;
  int last = first;
  while (last < x.rank() && (reduced >> last & 1)) ++last;
  ReducePlan p{x, first, last, {}, Shape(result), 1, (reduced & 1) && !ops::is_variable(x)};
  if (last - first != x.rank() - kept_axes) {  // not neighbours
    for (int r = 0; r < x.rank(); ++r)
      if (reduced >> r & 1) order.push(r);
    p.x = permute(x, order);
    p.first = kept_axes;
    p.last = x.rank();
  }
  Ints kept(p.x.shape());
  for (int r = p.first; r < p.last; ++r) {
    p.count *= kept[r];
    kept[r] = 1;
  }
  p.kept = Shape(kept);
  return p;
}

Tensor reduced(const char* op, backends::Kernel<backends::ReduceArgs> Kernels::*slot, const ReducePlan& p, DType dtype,
               double scale = 1) {
  Tensor y = Tensor::uninitialised(p.result, dtype, p.x.device());
  const ops::Split s = ops::split(p.x.shape(), p.first, p.last);
  backends::run(op, p.x.device(), slot,
                backends::ReduceArgs{p.x.dtype(), s.outer, s.axis, s.inner, scale, p.x.data(), y.writable()});
  return y;
}

void check_some(const char* op, const ReducePlan& p) {
  require(p.count > 0, op, "the reduced axes of {} have no elements", p.x.shape());
}

// max and min share a rule: the gradient goes to the elements that equal the extreme, in equal parts.
Tensor extreme(const char* op, backends::Kernel<backends::ReduceArgs> Kernels::*slot, const Tensor& x,
               const ReduceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(extreme(op, slot, cast(x, DType::f32), options), x.dtype());
  const ReducePlan p = plan(op, x, options.axes, options.keep_dims);
  check_some(op, p);
  return record(op, {p.x}, {reduced(op, slot, p, p.x.dtype())}, keep::input(0) | keep::output(0),
                [kept = p.kept, first = p.first, last = p.last](const Node& n, const Cotangents& g) {
                  const Tensor& in = n.input(0);
                  const Tensor hit = equal(in, reshape(n.output(0), kept)).to(in.dtype());
                  Ints axes;
                  for (int r = first; r < last; ++r) axes.push(r);
                  if (axes.count() == 0) return Tensors{reshape(g[0], in.shape())};
                  const Tensor hits = sum(hit, {.axes = axes, .keep_dims = true});
                  return Tensors{reshape(g[0], kept) / hits * hit};
                });
}

// The same where `first` counts the rows of a batch.
Tensor sum_of_rows(const char* op, const ReducePlan& p, const ops::RowCuts& cuts, double scale) {
  const NoGrad guard;
  return ops::sum_of_blocks(op, cuts, [&](std::int64_t row, std::int64_t rows) {
    if (p.first == 0) {
      const ops::Split s = ops::split(p.x.shape(), 0, p.last);
      const std::int64_t extent = p.x.shape()[0], of_a_row = s.axis / extent;
      Tensor y = Tensor::uninitialised(p.result, p.x.dtype(), p.x.device());
      backends::run(
          op, y.device(), &Kernels::sum,
          backends::ReduceArgs{y.dtype(), 1, rows * of_a_row, s.inner, scale,
                               ops::from_element(p.x.data(), row * of_a_row * s.inner, y.dtype()), y.writable()});
      return y;
    }
    ReducePlan block = p;
    Ints begin(p.x.shape()), size(p.x.shape());
    for (int r = 0; r < p.x.rank(); ++r) begin[r] = r == p.first ? row : 0;
    size[p.first] = rows;
    block.x = slice(p.x, begin, size);
    return reduced(op, &Kernels::sum, block, p.x.dtype(), scale);
  });
}

Tensor scaled_sum(const char* op, const ReducePlan& p, double scale) {
  const ops::RowCuts cuts(p.over_rows ? p.x.shape()[p.first] : 0);
  const Tensor y = cuts ? sum_of_rows(op, p, cuts, scale) : reduced(op, &Kernels::sum, p, p.x.dtype(), scale);
  return record(op, {p.x}, {y}, keep::nothing, [kept = p.kept, scale](const Node& n, const Cotangents& g) {
    const Tensor each = reshape(scale == 1 ? g[0] : g[0] * scale, kept);
    return Tensors{broadcast_to(each, n.input_slot(0).shape())};
  });
}

}  // namespace

Tensor sum(const Tensor& x, const ReduceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(sum(cast(x, DType::f32), options), x.dtype());
  const ReducePlan p = plan("sum", x, options.axes, options.keep_dims);
  return is_floating(x.dtype()) ? scaled_sum("sum", p, 1) : reduced("sum", &Kernels::sum, p, DType::i64);
}

Tensor mean(const Tensor& x, const ReduceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(mean(cast(x, DType::f32), options), x.dtype());
  const ReducePlan p = plan("mean", x, options.axes, options.keep_dims);
  check_some("mean", p);
  if (!is_floating(x.dtype())) return cast(mean(cast(x, DType::f64), options), DType::f32);
  return scaled_sum("mean", p, 1 / static_cast<double>(p.count));
}

namespace {

ReducePlan plan_of_booleans(const char* op, const Tensor& x, const ReduceOptions& options) {
  ReducePlan p = plan(op, x, options.axes, options.keep_dims);
  require(x.dtype() == DType::boolean, op, "x is {}; it has to be boolean: write {}(not_equal(x, 0))", x, op);
  return p;
}

}  // namespace

Tensor count(const Tensor& x, const ReduceOptions& options) {
  return reduced("count", &Kernels::sum, plan_of_booleans("count", x, options), DType::i64);
}
Tensor any(const Tensor& x, const ReduceOptions& options) {
  return greater(reduced("any", &Kernels::sum, plan_of_booleans("any", x, options), DType::i64), 0);
}
Tensor all(const Tensor& x, const ReduceOptions& options) {
  const ReducePlan p = plan_of_booleans("all", x, options);
  return equal(reduced("all", &Kernels::sum, p, DType::i64), p.count);
}

Tensor max(const Tensor& x, const ReduceOptions& options) { return extreme("max", &Kernels::max, x, options); }
Tensor min(const Tensor& x, const ReduceOptions& options) { return extreme("min", &Kernels::min, x, options); }

Tensor logsumexp(const Tensor& x, const ReduceOptions& options) {
  if (ops::is_half(x.dtype())) return cast(logsumexp(cast(x, DType::f32), options), x.dtype());
  ops::check_arithmetic("logsumexp", {{"x", x}});
  const ReducePlan p = plan("logsumexp", x, options.axes, options.keep_dims);
  check_some("logsumexp", p);
  return record("logsumexp", {p.x}, {reduced("logsumexp", &Kernels::logsumexp, p, p.x.dtype())}, keep::input(0),
                [kept = p.kept, first = p.first, last = p.last](const Node& n, const Cotangents& g) {
                  const Tensor& in = n.input(0);
                  const ops::Split s = ops::split(in.shape(), first, last);
                  const Tensor each = softmax(reshape(in, {s.outer, s.axis, s.inner}), {.axis = 1});
                  const Tensor shares = reshape(each, in.shape());
                  return Tensors{reshape(g[0], kept) * shares};
                });
}

namespace {

// The kernel looks for the largest of f32 or f64 numbers: f16 and bf16 are widened, integers and booleans become 1
// where they equal their extreme and 0 elsewhere.
Tensor first_extreme(const char* op, const Tensor& x, const ArgmaxOptions& options, bool smallest) {
  ops::check_present(op, {{"x", x}});
  const ReduceOptions along{.axes = ops::checked_axis(op, options.axis, x.rank()), .keep_dims = true};
  ReducePlan p = plan(op, x, along.axes, options.keep_dims);
  check_some(op, p);
  const NoGrad guard;
  if (is_floating(x.dtype())) p.x = smallest ? -ops::widened(x) : ops::widened(x);
  else p.x = cast(equal(x, smallest ? min(x, along) : max(x, along)), DType::f32);
  return reduced(op, &Kernels::argmax, p, DType::i64);
}

}  // namespace

Tensor argmax(const Tensor& x, const ArgmaxOptions& options) { return first_extreme("argmax", x, options, false); }
Tensor argmin(const Tensor& x, const ArgmaxOptions& options) { return first_extreme("argmin", x, options, true); }

Tensor sum(const Tensor& x, const Axes& axes) { return sum(x, {.axes = axes.values}); }
Tensor mean(const Tensor& x, const Axes& axes) { return mean(x, {.axes = axes.values}); }
Tensor count(const Tensor& x, const Axes& axes) { return count(x, {.axes = axes.values}); }
Tensor any(const Tensor& x, const Axes& axes) { return any(x, {.axes = axes.values}); }
Tensor all(const Tensor& x, const Axes& axes) { return all(x, {.axes = axes.values}); }
Tensor max(const Tensor& x, const Axes& axes) { return max(x, {.axes = axes.values}); }
Tensor min(const Tensor& x, const Axes& axes) { return min(x, {.axes = axes.values}); }
Tensor logsumexp(const Tensor& x, const Axes& axes) { return logsumexp(x, {.axes = axes.values}); }
Tensor argmax(const Tensor& x, Axis axis) { return argmax(x, {.axis = axis.value}); }
Tensor argmin(const Tensor& x, Axis axis) { return argmin(x, {.axis = axis.value}); }

}  // namespace logitape::inline v0
