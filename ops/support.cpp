#include "logitape/ops/support.h"

#include <cmath>

#include "logitape/core/convert.h"

namespace logitape::ops {

void check_present(const char* op, std::initializer_list<Input> inputs) {
  const Input& first = *inputs.begin();
  for (const Input& in : inputs) {
    require(in.tensor.defined(), op, "{} is an empty tensor", in.name);
    require(in.tensor.device() == first.tensor.device(), ErrorCode::device, op, "{} is on {}, {} on {}: move one", first.name,
            first.tensor.device(), in.name, in.tensor.device());
  }
}

void check_same(const char* op, std::initializer_list<Input> inputs) {
  check_present(op, inputs);
  const Input& first = *inputs.begin();
  for (const Input& in : inputs)
    require(in.tensor.dtype() == first.tensor.dtype(), op, "{} is {}, {} is {}: cast one", first.name, first.tensor, in.name,
            in.tensor);
}

void check_arithmetic(const char* op, std::initializer_list<Input> inputs) {
  check_present(op, inputs);
  for (const Input& in : inputs)
    require(in.tensor.dtype() == DType::f32 || in.tensor.dtype() == DType::f64, ErrorCode::unsupported, op,
            "{} is {}; arithmetic takes f32 or f64: cast it", in.name, in.tensor);
  check_same(op, inputs);
}

void check_indices(const char* op, const Input& indices) {
  check_present(op, {indices});
  require(is_index(indices.tensor.dtype()), op, "{} is {}; indices are i8, u8, i16, i32 or i64", indices.name, indices.tensor);
}

int checked_axis(const char* op, std::int64_t axis, int rank) {
  require(axis >= -rank && axis < rank, ErrorCode::out_of_range, op, "axis {} is outside [{}, {})", axis, -rank, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  const int lead = to.rank() - from.rank();
  if (lead < 0) return false;
  for (int r = 0; r < from.rank(); ++r)
    if (from[r] != 1 && from[r] != to[lead + r]) return false;
  return true;
}

Shape broadcast_shape(const char* op, const Tensor& a, const Tensor& b) {
  if (a.shape() == b.shape()) return a.shape();
  const Shape& longer = a.rank() >= b.rank() ? a.shape() : b.shape();
  const Shape& shorter = a.rank() >= b.rank() ? b.shape() : a.shape();
  Ints extents(longer);
  const int lead = longer.rank() - shorter.rank();
  for (int r = 0; r < shorter.rank(); ++r) {
    require(shorter[r] == extents[lead + r] || shorter[r] == 1 || extents[lead + r] == 1, op, "shapes {} and {} do not broadcast", a.shape(),
            b.shape());
    if (extents[lead + r] == 1) extents[lead + r] = shorter[r];
  }
  return Shape(extents);
}

Tensor filled(const char* op, const Shape& shape, double value, DType dtype, Device device) {
  Tensor y = Tensor::uninitialised(shape, dtype, device);
  backends::run(op, device, &Kernels::fill, backends::FillArgs{dtype, y.size(), value, y.writable()});
  return y;
}

void check_holds(const char* op, double value, DType dtype) {
  if (is_floating(dtype)) return;
  const bool holds = dtype == DType::boolean
                         ? value == 0 || value == 1
                         : visit_index(dtype, [&]<class T>() { return static_cast<double>(convert_element<T>(value)) == value; });
  require(holds, op, "{} cannot hold the number {}", dtype, value);
}

Tensor number_like(const char* op, double value, const Tensor& like) {
  require(like.defined(), op, "the tensor beside the number {} is empty", value);
  check_holds(op, value, like.dtype());
  return filled(op, {}, value, like.dtype(), like.device());
}

Split split(const Shape& shape, int first, int last) {
  Split s;
  for (int r = 0; r < shape.rank(); ++r) (r < first ? s.outer : r < last ? s.axis : s.inner) *= shape[r];
  return s;
}

}  // namespace logitape::ops
