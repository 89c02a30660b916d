// Tensors from nothing. Errors of all that take a shape: more bytes than there are; a device that cannot be used.
#pragma once
#include <type_traits>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/elementwise.h"

namespace logitape::inline v0::detail {

void check_count(double n);
Tensor arange_of_integers(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype);
// rounding: how far the written numbers may lie from those that arrived, as a part of each.
Tensor arange_of_reals(double start, double stop, double step, double rounding, DType dtype);

}  // namespace logitape::inline v0::detail

namespace logitape::inline v0 {

// The same number everywhere; _like: with the shape, dtype and device of x.
Tensor zeros(const Shape& shape, DType dtype = DType::f32, Device device = Device::cpu());
Tensor ones(const Shape& shape, DType dtype = DType::f32, Device device = Device::cpu());
// Error: the dtype cannot hold the value (2.5 as i32, 300 as u8); floating dtypes round it.
Tensor full(const Shape& shape, double value, DType dtype = DType::f32, Device device = Device::cpu());
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
// What arange gives where no dtype is named: integers count in i64, other numbers in f32.
template <Number... N>
inline constexpr DType counted_in = (std::is_integral_v<N> && ...) ? DType::i64 : DType::f32;
// start, start + step, ... before stop; none where step leads away from it. If the numbers are no integers, stop counts
// as reached where the three may have reached it before they were rounded: arange(1, 1.3, 0.1) is 1, 1.1, 1.2.
// Errors: step 0 or not finite; a value that the dtype cannot hold.
template <Number A, Number B, Number C = int>
Tensor arange(A start, B stop, C step = 1, DType dtype = counted_in<A, B, C>) {
  if constexpr (counted_in<A, B, C> == DType::i64) {
    const auto whole = [](auto n) {
      if constexpr (std::is_unsigned_v<decltype(n)>) detail::check_count(static_cast<double>(n));
      return static_cast<std::int64_t>(n);
    };
    return detail::arange_of_integers(whole(start), whole(stop), whole(step), dtype);
  } else {
    const auto real = [](auto n) { return static_cast<double>(n); };
    constexpr bool short_ones = std::is_same_v<A, float> || std::is_same_v<B, float> || std::is_same_v<C, float>;
    return detail::arange_of_reals(real(start), real(stop), real(step), short_ones ? 0x1p-24 : 0x1p-53, dtype);
  }
}
// 0, 1, ... before n. Error: n < 0.
template <Number N>
Tensor arange(N n, DType dtype = counted_in<N>) {
  detail::check_count(static_cast<double>(n));
  return arange(N{0}, n, N{1}, dtype);
}

// Numbers of the generator's stream, which moves on: the same on every machine, for any number of threads. f32 or f64.
// randn: normal, mean 0, variance 1; uniform: in [0, 1), the same on every device.
Tensor randn(const Shape& shape, Generator& rng, DType dtype = DType::f32, Device device = Device::cpu());
Tensor uniform(const Shape& shape, Generator& rng, DType dtype = DType::f32, Device device = Device::cpu());

// Another dtype, any to any. Into an integer, floats and integers alike are truncated toward zero and saturate: i32
// {300, -1} becomes u8 {255, 0}; NaN becomes 0. Into boolean anything but 0 is true, NaN too; out of it true is 1. Into
// a floating dtype numbers are rounded once, to nearest even. Differentiable between floating dtypes; the gradient is
// rounded to the input's dtype.
Tensor cast(const Tensor& x, DType dtype);

// x with each element zero with probability `rate`, else divided by 1 - rate. The gradient meets the same mask.
// Error: rate outside [0, 1).
Tensor dropout(const Tensor& x, double rate, Generator& rng);

}  // namespace logitape::inline v0
