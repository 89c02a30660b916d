// The scalar twins of every kernel: same argument structs, one plain loop each, written to be obviously right.
// Inputs are read in their dtype, everything is computed in Scalar, and the result is rounded once into its dtype.
// Each family's scalar functions are templates of their own (template <class S> S gelu(S x)), so that they also serve
// complex-step checks: those of the elementwise, transcendental, reduce, softmax and cross_entropy families take complex numbers.
#pragma once
#include <complex>
#include <cstdint>

#include "logitape/backends/kernels.h"
#include "logitape/core/dtype.h"

namespace logitape::oracle {

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
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>) return static_cast<S>(static_cast<float>(static_cast<const T*>(array)[i]));
    else return static_cast<S>(static_cast<const T*>(array)[i]);
  });
}

// Floating dtypes only.
template <class S>
void store(DType dtype, void* array, std::int64_t i, S value) {
  if (dtype == DType::f64) static_cast<double*>(array)[i] = static_cast<double>(value);
  else if (dtype == DType::f32) static_cast<float*>(array)[i] = static_cast<float>(value);
  else if (dtype == DType::f16) static_cast<f16*>(array)[i] = f16(static_cast<double>(value));
  else static_cast<bf16*>(array)[i] = bf16(static_cast<double>(value));
}

// An operand of a product; rounded to bf16 first where the kernel's arguments say so.
template <class S>
S load_operand(DType dtype, bool bf16, const void* array, std::int64_t i) {
  const S x = load<S>(dtype, array, i);
  return bf16 ? static_cast<S>(static_cast<float>(logitape::bf16(static_cast<double>(x)))) : x;
}

inline std::int64_t index_at(DType dtype, const void* array, std::int64_t i) { return load<std::int64_t>(dtype, array, i); }

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

// The whole table. Scalar is double (for f32 results) or long double (for f64 results).
template <class S>
const backends::Kernels& kernels();
extern template const backends::Kernels& kernels<double>();
extern template const backends::Kernels& kernels<long double>();

}  // namespace logitape::oracle
