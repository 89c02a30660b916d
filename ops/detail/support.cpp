// The checks behind support.h, each a sentence that names the op and both values.
#include "logitape/ops/detail/support.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <mutex>

#include "logitape/backends/recording.h"
#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/watch.h"
#include "logitape/ops/create.h"

namespace logitape::inline v0::ops {

void check_present(const char* op, std::initializer_list<Input> inputs) {
  const Input& first = *inputs.begin();
  for (const Input& in : inputs) {
    require(in.tensor.defined(), op, "an empty tensor is given for {}", in.name);
    require(in.tensor.device() == first.tensor.device(), ErrorCode::device, op,
            "{} ({}) and {} ({}) are not on one device: move one", first.name, first.tensor.device(), in.name,
            in.tensor.device());
  }
}

const char* to_join(DType a, DType b) {
  return is_arithmetic(a) && is_arithmetic(b) ? "write numbers as 1.f for f32 and 1.0 for f64, or cast one"
                                              : "cast one";
}

void check_same(const char* op, std::initializer_list<Input> inputs) {
  check_present(op, inputs);
  const Input& first = *inputs.begin();
  for (const Input& in : inputs) {
    const DType a = first.tensor.dtype(), b = in.tensor.dtype();
    if (a == b) [[likely]]
      continue;
    const bool turned = is_floating(b) && !is_floating(a);  // a fraction is lost the other way
    fail(ErrorCode::invalid_argument, op, "{} ({}) and {} ({}) are not of one dtype: {}, as in {}.to(DType::{})",
         first.name, first.tensor, in.name, in.tensor, to_join(a, b), turned ? first.name : in.name, turned ? b : a);
  }
}

std::optional<DType> common_integer(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined() || a.dtype() == b.dtype()) return {};
  const DType low = std::min(a.dtype(), b.dtype()), high = std::max(a.dtype(), b.dtype());
  if (!is_index(low)) return {};
  return high == DType::boolean ? low : high == DType::u8 ? DType::i16 : high;
}

void check_arithmetic(const char* op, std::initializer_list<Input> inputs) {
  check_present(op, inputs);
  for (const Input& in : inputs) {
    const DType dtype = in.tensor.dtype();
    require(is_arithmetic(dtype), ErrorCode::unsupported, op,
            "arithmetic takes f32 or f64, not {} ({}): {}{}.to(DType::f32)", in.name, in.tensor,
            is_index(dtype) ? "write its numbers as 1.f or 1.0, or cast it, " : "cast it, ", in.name);
  }
  check_same(op, inputs);
}

void check_indices(const char* op, const Input& indices) {
  check_present(op, {indices});
  require(is_index(indices.tensor.dtype()), op,
          "indices have to be i8, u8, i16, i32 or i64, not {} ({}): cast them, {}.to(DType::i32)", indices.name,
          indices.tensor, indices.name);
}

int checked_axis(const char* op, std::int64_t axis, int rank) {
  require(rank > 0, ErrorCode::out_of_range, op, "axis {} is asked for, but a scalar has no axes", axis);
  require(axis >= -rank && axis < rank, ErrorCode::out_of_range, op, "axis {} is outside [{}, {})", axis, -rank, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

unsigned checked_axes(const char* op, const Ints& axes, int rank) {
  unsigned chosen = 0;
  for (const std::int64_t named : axes) {
    const int axis = checked_axis(op, named, rank);
    require(!(chosen >> axis & 1), op, "axes {} name axis {} twice", axes, axis);
    chosen |= 1u << axis;
  }
  return chosen;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  for (int r = 1; r <= from.rank(); ++r)
    if (from[from.rank() - r] != 1 && from[from.rank() - r] != to[to.rank() - r]) return false;
  return true;
}

bool broadcast_together(const Shape& a, const Shape& b) {
  for (int r = 1; r <= std::min(a.rank(), b.rank()); ++r) {
    const std::int64_t x = a[a.rank() - r], y = b[b.rank() - r];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

Shape broadcast_shape(const char* op, const char* a_name, const Shape& a, const char* b_name, const Shape& b) {
  if (a == b) return a;
  require(broadcast_together(a, b), op, "{} {} and {} {} do not broadcast", a_name, a, b_name, b);
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Ints extents(longer);
  for (int r = 1; r <= shorter.rank(); ++r)
    if (extents[longer.rank() - r] == 1) extents[longer.rank() - r] = shorter[shorter.rank() - r];
  return Shape(extents);
}

Device usable(Device device) {
  if (device != Device::cpu()) backends::opened(device);
  return device;
}

const std::uint64_t* first_there(const Tensor& y, std::uint64_t key, std::uint64_t first) {
  backends::Recording* const recording = backends::recording_of(y.device());
  return recording ? recording->first_there({key, first, static_cast<std::uint64_t>(y.size())}) : nullptr;
}

Tensor filled(const char* op, const Shape& shape, double value, DType dtype, Device device) {
  Tensor y = Tensor::uninitialised(shape, dtype, device);
  backends::run(op, device, &Kernels::fill, backends::FillArgs{dtype, y.size(), value, y.writable()});
  return y;
}

void check_holds(const char* op, std::int64_t value, DType dtype) {
  if (is_floating(dtype)) return;
  const bool holds = dtype == DType::boolean
                         ? value == 0 || value == 1
                         : visit_index(dtype, [&]<class T>() { return convert_element<T>(value) == value; });
  require(holds, op, "{} cannot hold the number {}", dtype, value);
}

void check_holds(const char* op, double value, DType dtype) {
  if (is_floating(dtype)) return;
  const bool holds = dtype == DType::boolean ? value == 0 || value == 1
                                             : std::fabs(value) <= 0x1p53 && visit_index(dtype, [&]<class T>() {
                                                 return static_cast<double>(convert_element<T>(value)) == value;
                                               });
  require(holds, op, "{} cannot hold the number {}", dtype, value);
}

namespace {

// The numbers that a device was last asked for: a program writes few, and each costs a launch. A graph makes its own:
// it outlives what is forgotten here.
Tensor known_number(const char* op, double value, DType dtype, Device device) {
  struct Known {
    std::uint64_t bits;
    Tensor number;
  };
  if (backends::recording_of(device)) return filled(op, {}, value, dtype, device);
  static std::mutex changing;
  static auto* const all = new std::array<Known, 64>{};
  static std::size_t next = 0;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto fits = [&](const Known& k) {
    return k.number.defined() && k.bits == bits && k.number.dtype() == dtype && k.number.device() == device;
  };
  {
    const std::lock_guard lock(changing);
    if (const auto found = std::ranges::find_if(*all, fits); found != all->end()) return found->number;
  }
  Tensor number = filled(op, {}, value, dtype, device);
  const std::lock_guard lock(changing);
  (*all)[next++ % all->size()] = {bits, number};
  return number;
}

}  // namespace

namespace {

bool is_real(const Scalar& value, DType dtype) { return is_floating(dtype) || !value.whole; }

void check_number(const char* op, const Scalar& value, const Tensor& like) {
  require(like.defined(), op, "the tensor beside the number {} is empty", value.real);
  if (is_real(value, like.dtype())) check_holds(op, value.real, like.dtype());
  else check_holds(op, *value.whole, like.dtype());
}

// Into at most 8 bytes, as `dtype` holds it.
void put_number(const Scalar& value, DType dtype, void* bytes) {
  if (is_real(value, dtype)) convert(DType::f64, &value.real, dtype, bytes, 1);
  else convert(DType::i64, &*value.whole, dtype, bytes, 1);
}

}  // namespace

Tensor number_like(const char* op, const Scalar& value, const Tensor& like) {
  check_number(op, value, like);
  const DType dtype = like.dtype();
  const Device device = like.device();
  if (device != Device::cpu() && (is_real(value, dtype) || std::fabs(value.real) < 0x1p53))
    return known_number(op, value.real, dtype, device);
  if (is_real(value, dtype)) return filled(op, {}, value.real, dtype, device);
  Tensor y = Tensor::uninitialised({}, dtype);
  put_number(value, dtype, y.writable());
  return copied_to(y, device);
}

// Where tensors are watched there is one: backends/wide keeps the low part of 1/3 beside it.
Number::Number(const char* op, const Scalar& value, const Tensor& like) {
  check_number(op, value, like);
  if (like.device() == Device::cpu() && !tensor_watcher()) put_number(value, like.dtype(), bytes_);
  else there_ = number_like(op, value, like);
}

Split split(const Shape& shape, int first, int last) {
  Split s;
  for (int r = 0; r < shape.rank(); ++r) (r < first ? s.outer : r < last ? s.axis : s.inner) *= shape[r];
  return s;
}

Ints dense_steps(const Shape& shape) {
  Ints steps(shape);
  std::int64_t step = 1;
  for (int r = shape.rank() - 1; r >= 0; --r) {
    steps[r] = step;
    step *= shape[r];
  }
  return steps;
}

// Copies the box `size` from x, starting at element x_first, into y from y_first.
void copy_box(const char* op, const Ints& size, const Tensor& x, std::int64_t x_first, const Ints& x_step, Tensor& y,
              std::int64_t y_first, const Ints& y_step) {
  const auto bytes = static_cast<std::int64_t>(byte_size(x.dtype()));
  backends::CopyArgs args{bytes,
                          size.count(),
                          {},
                          {},
                          {},
                          static_cast<const std::byte*>(x.data()) + x_first * bytes,
                          static_cast<std::byte*>(y.writable()) + y_first * bytes};
  for (int r = 0; r < size.count(); ++r) {
    if (size[r] == 0) return;
    args.size[r] = size[r];
    args.from_step[r] = x_step[r];
    args.to_step[r] = y_step[r];
  }
  backends::run(op, x.device(), &Kernels::copy, args);
}

Tensor widened(const Tensor& x) { return x.defined() && is_half(x.dtype()) ? cast(x, DType::f32) : x; }

}  // namespace logitape::inline v0::ops
