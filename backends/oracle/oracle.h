// The scalar twins of every kernel: same argument structs, one plain loop each, written to be obviously right.
// Inputs are read in their dtype, everything is computed in Scalar, and the result is rounded once into its dtype.
// Each family's scalar functions are templates of their own (template <class S> S gelu(S x)), so that they also serve
// complex-step checks: those of the elementwise, transcendental, reduce, softmax and cross_entropy families take
// complex numbers.
#pragma once
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>

#include "logitape/backends/kernels.h"
#include "logitape/core/dtype.h"

namespace logitape::inline v0::oracle {

// Called without std::, so that a Scalar which is no C++ type brings its own.
using std::fabs;
using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

// What is compared: a complex step moves the imaginary part only, so order, equality and NaN are the real part's.
template <class S>
S real_of(S x) {
  return x;
}
template <class T>
T real_of(std::complex<T> x) {
  return x.real();
}

template <class S>
S load(DType dtype, const void* array, std::int64_t i) {
  return visit_any(dtype, [&]<class T>() {
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>)
      return static_cast<S>(static_cast<float>(static_cast<const T*>(array)[i]));
    else return static_cast<S>(static_cast<const T*>(array)[i]);
  });
}

// The double next to x toward zero, or next to that: of the two the one with an odd significand. Rounding it to a
// shorter format gives what rounding x itself would.
inline double odd_double(long double x) {
  const double nearest = static_cast<double>(x);
  if (static_cast<long double>(nearest) == x || std::isnan(x) || std::isinf(nearest)) return nearest;
  const double other = std::nextafter(nearest, static_cast<long double>(nearest) < x ? HUGE_VAL : -HUGE_VAL);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &nearest, sizeof bits);
  return bits & 1 ? nearest : other;
}

// Floating dtypes only.
template <class S>
void store(DType dtype, void* array, std::int64_t i, S value) {
  if (dtype == DType::f64) static_cast<double*>(array)[i] = static_cast<double>(value);
  else if (dtype == DType::f32) static_cast<float*>(array)[i] = static_cast<float>(value);
  else if (dtype == DType::f16) static_cast<f16*>(array)[i] = f16(odd_double(value));
  else static_cast<bf16*>(array)[i] = bf16(odd_double(value));
}

// Element j of y becomes element i of x, whatever the bytes are.
template <class S>
void move_element(std::int64_t bytes, const void* x, std::int64_t i, void* y, std::int64_t j) {
  std::memcpy(static_cast<char*>(y) + j * bytes, static_cast<const char*>(x) + i * bytes,
              static_cast<std::size_t>(bytes));
}

// An operand of a product; rounded to bf16 first where the kernel's arguments say so.
template <class S>
S load_operand(DType dtype, bool bf16, const void* array, std::int64_t i) {
  const S x = load<S>(dtype, array, i);
  return bf16 ? static_cast<S>(static_cast<float>(logitape::bf16(static_cast<double>(x)))) : x;
}

// What a sum is multiplied by. A Scalar of more digits may take the nearest double to 1/n, a mean's, for 1/n.
template <class S>
S scale_of(double scale) {
  return static_cast<S>(scale);
}

inline std::int64_t index_at(DType dtype, const void* array, std::int64_t i) {
  return load<std::int64_t>(dtype, array, i);
}

// Walks a Loop in row-major order: f(result position, {input positions}).
template <int inputs, class F>
void walk(const backends::Loop<inputs>& loop, F f) {
  std::int64_t total = 1;
  for (int r = 0; r < loop.rank; ++r) total *= loop.size[r];
  for (std::int64_t flat = 0; flat < total; ++flat) {
    std::int64_t at[inputs] = {};
    std::int64_t rest = flat;
    for (int r = loop.rank - 1; r >= 0; --r) {
      for (int i = 0; i < inputs; ++i) at[i] += rest % loop.size[r] * loop.step[i][r];
      rest /= loop.size[r];
    }
    f(flat, at);
  }
}

}  // namespace logitape::inline v0::oracle
