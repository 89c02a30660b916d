// What every op does before it computes: check dtype, device, shape and axis, then say which loop it is. Not installed.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>

#include "logitape/autograd/record.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/scalar.h"

namespace logitape::inline v0::ops {

using backends::Kernels;
using backends::Loop;

// An input and the name that errors give it.
struct Input {
  const char* name;
  const Tensor& tensor;
};

// All defined and on one device.
void check_present(const char* op, std::initializer_list<Input> inputs);
// Present, f32 or f64, all of one dtype.
void check_arithmetic(const char* op, std::initializer_list<Input> inputs);
// What errors advise where two dtypes are mixed: "cast one"; for f32 and f64 also how to write their numbers.
const char* to_join(DType a, DType b);
// Present, all of one dtype, whichever.
void check_same(const char* op, std::initializer_list<Input> inputs);
// For integers of two widths, and for integers and booleans: the dtype that holds both, as in NumPy. The wider one; i16
// for i8 and u8. Nothing for all other pairs.
std::optional<DType> common_integer(const Tensor& a, const Tensor& b);
// Present and of an integer dtype.
void check_indices(const char* op, const Input& indices);

// Whether a product of this dtype is one of bf16, or may be one of tf32, in this thread now.
inline bool in_bf16(DType dtype) { return dtype == DType::f32 && products() == Products::bf16; }
inline bool in_tf32(DType dtype) { return dtype == DType::f32 && products() == Products::tf32; }

// axis in [-rank, rank) made non-negative.
int checked_axis(const char* op, std::int64_t axis, int rank);
// The same of several, as bits: 1 << axis. Error: one is named twice, as {0, -2} of rank 2.
unsigned checked_axes(const char* op, const Ints& axes, int rank);
// NumPy's broadcasting: aligned at the last axis, extents equal or 1. Error names both: "a [2] and b [3] do not
// broadcast".
Shape broadcast_shape(const char* op, const char* a_name, const Shape& a, const char* b_name, const Shape& b);
bool broadcast_together(const Shape& a, const Shape& b);
bool broadcasts_to(const Shape& from, const Shape& to);

// The loop over `result` with inputs of shapes that broadcast to it, axes merged where they step alike.
template <int inputs>
Loop<inputs> loop_over(const Shape& result, const Shape* const (&shapes)[inputs]) {
  Loop<inputs> loop;
  std::int64_t step[inputs];  // along the current axis, if it were not broadcast
  for (std::int64_t& s : step) s = 1;
  for (int r = result.rank() - 1; r >= 0; --r) {
    std::int64_t along[inputs];
    for (int i = 0; i < inputs; ++i) {
      const int axis = r - (result.rank() - shapes[i]->rank());
      const std::int64_t extent = axis < 0 ? 1 : (*shapes[i])[axis];
      along[i] = extent == 1 ? 0 : step[i];
      step[i] *= extent;
    }
    if (result[r] == 1) continue;
    bool merge = loop.rank > 0;
    for (int i = 0; i < inputs && merge; ++i) merge = along[i] == loop.step[i][0] * loop.size[0];
    if (merge) {
      loop.size[0] *= result[r];
      continue;
    }
    for (int q = loop.rank; q > 0; --q) {
      loop.size[q] = loop.size[q - 1];
      for (int i = 0; i < inputs; ++i) loop.step[i][q] = loop.step[i][q - 1];
    }
    ++loop.rank;
    loop.size[0] = result[r];
    for (int i = 0; i < inputs; ++i) loop.step[i][0] = along[i];
  }
  return loop;
}

// The same where nothing is broadcast: `size` elements of each.
template <int inputs>
Loop<inputs> flat_loop(std::int64_t size) {
  Loop<inputs> loop{.rank = 1, .size = {size}};
  for (auto& step : loop.step) step[0] = 1;
  return loop;
}

// A rank-0 tensor that holds a C++ number in the dtype and on the device of `like`. Error: the dtype cannot hold it.
Tensor number_like(const char* op, const Scalar& value, const Tensor& like);

// What a kernel reads of one operand.
struct Operand {
  Shape shape;
  const void* data;
  Operand(const Tensor& x) : shape(x.shape()), data(x.data()) {}
  Operand(const class Number& number);
};

// The same number as an operand alone: on the CPU its bytes lie here, and there is no tensor.
class Number {
 public:
  Number(const char* op, const Scalar& value, const Tensor& like);
  Number(const Number&) = delete;
  const void* data() const { return there_.defined() ? there_.data() : bytes_; }

 private:
  alignas(8) std::byte bytes_[8];
  Tensor there_;
};
inline Operand::Operand(const Number& number) : data(number.data()) {}

// Error: an integer or boolean dtype that cannot hold the value exactly, or an integer beyond 2^53: the double that
// arrived may not be the number that was written.
void check_holds(const char* op, double value, DType dtype);
// The same of an integer, with all its digits. Floating dtypes round it.
void check_holds(const char* op, std::int64_t value, DType dtype);

// f16 and bf16, which are stored and not computed in.
constexpr bool is_half(DType dtype) { return is_floating(dtype) && !is_arithmetic(dtype); }
// f16 and bf16 as f32, in which they compute; all others, and an undefined tensor, as they are.
Tensor widened(const Tensor& x);

// `device`, once it is open. Error device: it cannot be used.
Device usable(Device device);

// Where a kernel that draws y's numbers reads its place in the stream, since y's device records; null: from `first`.
const std::uint64_t* first_there(const Tensor& y, std::uint64_t key, std::uint64_t first);

// Any dtype, fresh, every element `value`.
Tensor filled(const char* op, const Shape& shape, double value, DType dtype, Device device);

// x is [outer, axis, inner] around the axes [first, last).
struct Split {
  std::int64_t outer = 1, axis = 1, inner = 1;
};
Split split(const Shape& shape, int first, int last);

// How many elements apart neighbours along each axis are.
Ints dense_steps(const Shape& shape);
// Copies the box `size` from x, starting at element x_first, into y from y_first. Steps may be negative.
void copy_box(const char* op, const Ints& size, const Tensor& x, std::int64_t x_first, const Ints& x_step, Tensor& y,
              std::int64_t y_first, const Ints& y_step);

}  // namespace logitape::inline v0::ops
