// Comparisons and choices. Results of comparisons are boolean and carry no gradient.
#include "logitape/ops/create.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using backends::CompareArgs;
using ops::Kernels;

Tensor run_compare(const char* op, backends::Kernel<CompareArgs> Kernels::*slot, const Tensor& like,
                   const ops::Operand& a, const ops::Operand& b) {
  Tensor y = Tensor::uninitialised(ops::broadcast_shape(op, "a", a.shape, "b", b.shape), DType::boolean, like.device());
  backends::run(op, like.device(), slot,
                CompareArgs{like.dtype(), ops::loop_over<2>(y.shape(), {&a.shape, &b.shape}), a.data, b.data,
                            static_cast<std::uint8_t*>(y.writable())});
  return y;
}

// a > b is b < a: `mirrored` swaps the operands below the checks.
Tensor compare(const char* op, backends::Kernel<CompareArgs> Kernels::*slot, const Tensor& a, const Tensor& b,
               bool mirrored = false) {
  if (const auto wide = ops::common_integer(a, b)) {
    const Tensor other = b.to(*wide);
    return compare(op, slot, a.to(*wide), other, mirrored);
  }
  ops::check_same(op, {{"a", a}, {"b", b}});
  return mirrored ? run_compare(op, slot, a, b, a) : run_compare(op, slot, a, a, b);
}

void check_boolean(const char* op, const ops::Input& in) {
  ops::check_present(op, {in});
  require(in.tensor.dtype() == DType::boolean, op, "{} is {}; it has to be boolean", in.name, in.tensor);
}

}  // namespace

namespace {

Tensor run_where(const Tensor& condition, const Tensor& like, const ops::Operand& a, const ops::Operand& b) {
  const Shape chosen = ops::broadcast_shape("where", "a", a.shape, "b", b.shape);
  Tensor y = Tensor::uninitialised(ops::broadcast_shape("where", "condition", condition.shape(), "a and b", chosen),
                                   like.dtype(), like.device());
  backends::run(
      "where", like.device(), &Kernels::where,
      backends::WhereArgs{like.dtype(), ops::loop_over<3>(y.shape(), {&condition.shape(), &a.shape, &b.shape}),
                          static_cast<const std::uint8_t*>(condition.data()), a.data, b.data, y.writable()});
  return y;
}

void check_choice(const Tensor& condition, const char* name, const Tensor& x) {
  check_boolean("where", {"condition", condition});
  ops::check_present("where", {{"condition", condition}, {name, x}});
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_choice(condition, "a", a);
  if (const auto wide = ops::common_integer(a, b)) {
    const Tensor other = b.to(*wide);
    return where(condition, a.to(*wide), other);
  }
  ops::check_same("where", {{"a", a}, {"b", b}});
  return record("where", {condition, a, b}, {run_where(condition, a, a, b)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  return Tensors{Tensor(),
                                 n.needs(1) ? sum_to(where(n.input(0), g[0], 0), n.input_slot(1).shape()) : Tensor(),
                                 n.needs(2) ? sum_to(where(n.input(0), 0, g[0]), n.input_slot(2).shape()) : Tensor()};
                });
}

Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  const ops::Number number("where", b, a);
  check_choice(condition, "a", a);
  return record("where", {condition, a}, {run_where(condition, a, a, number)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  return Tensors{Tensor(), sum_to(where(n.input(0), g[0], 0), n.input_slot(1).shape())};
                });
}
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  const ops::Number number("where", a, b);
  check_choice(condition, "b", b);
  return record("where", {condition, b}, {run_where(condition, b, number, b)}, keep::input(0),
                [](const Node& n, const Cotangents& g) {
                  return Tensors{Tensor(), sum_to(where(n.input(0), 0, g[0]), n.input_slot(1).shape())};
                });
}

Tensor where_positive(const Tensor& a, const Tensor& b) {
  ops::check_arithmetic("where_positive", {{"a", a}, {"b", b}});
  Tensor y = Tensor::uninitialised(ops::broadcast_shape("where_positive", "a", a.shape(), "b", b.shape()), a.dtype(),
                                   a.device());
  backends::run("where_positive", a.device(), &Kernels::where_positive,
                backends::BinaryArgs{a.dtype(), ops::loop_over<2>(y.shape(), {&a.shape(), &b.shape()}), a.data(),
                                     b.data(), y.writable()});
  return record("where_positive", {stop_gradient(a), b}, {y}, keep::input(0), [](const Node& n, const Cotangents& g) {
    return Tensors{Tensor(), sum_to(where_positive(n.input(0), g[0]), n.input_slot(1).shape())};
  });
}

Tensor equal(const Tensor& a, const Tensor& b) { return compare("equal", &Kernels::equal, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return compare("not_equal", &Kernels::not_equal, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return compare("less", &Kernels::less, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare("less_equal", &Kernels::less_equal, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare("greater", &Kernels::less, a, b, true); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return compare("greater_equal", &Kernels::less_equal, a, b, true);
}

namespace {

// Beside a boolean no number is meant: it stands there where 0 < x < 1 is written.
ops::Number number_to_order(const char* op, const Scalar& b, const Tensor& a) {
  require(!a.defined() || a.dtype() != DType::boolean, op,
          "a is {} and b the number {}: booleans have no order; for 0 < x < 1 write (0 < x) & (x < 1)", a, b.real);
  return {op, b, a};
}

}  // namespace

Tensor equal(const Tensor& a, const Scalar& b) {
  return run_compare("equal", &Kernels::equal, a, a, ops::Number("equal", b, a));
}
Tensor not_equal(const Tensor& a, const Scalar& b) {
  return run_compare("not_equal", &Kernels::not_equal, a, a, ops::Number("not_equal", b, a));
}
Tensor less(const Tensor& a, const Scalar& b) {
  return run_compare("less", &Kernels::less, a, a, number_to_order("less", b, a));
}
Tensor less_equal(const Tensor& a, const Scalar& b) {
  return run_compare("less_equal", &Kernels::less_equal, a, a, number_to_order("less_equal", b, a));
}
Tensor greater(const Tensor& a, const Scalar& b) {
  return run_compare("greater", &Kernels::less, a, number_to_order("greater", b, a), a);
}
Tensor greater_equal(const Tensor& a, const Scalar& b) {
  return run_compare("greater_equal", &Kernels::less_equal, a, number_to_order("greater_equal", b, a), a);
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  check_boolean("logical_and", {"a", a});
  check_boolean("logical_and", {"b", b});
  return where(a, b, 0);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  check_boolean("logical_or", {"a", a});
  check_boolean("logical_or", {"b", b});
  return where(a, 1, b);
}
Tensor logical_not(const Tensor& a) {
  check_boolean("logical_not", {"a", a});
  return equal(a, 0);
}

}  // namespace logitape::inline v0
