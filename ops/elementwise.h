// Elementwise functions. Two tensors broadcast as in NumPy, aligned at the last axis; gradients are summed back to each
// input's shape. Arithmetic takes f32 and f64, never mixed; a C++ number takes the tensor's dtype.
// Integers: add, sub, mul, neg, abs, square, maximum, minimum, comparisons and where. They wrap where they overflow, as
// in NumPy (i8: 127 + 1 is -128), and have no gradient. Two widths meet in the wider one, i8 and u8 in i16. A number
// beside them has to be an integer that their dtype holds: x + 2, not x + 2.0. Nothing divides them: cast first,
// x.to(DType::f32).
// Errors of all: an empty tensor, another dtype, two dtypes or devices, shapes that do not broadcast.
#pragma once
#include "logitape/core/tensor.h"
#include "logitape/ops/scalar.h"

namespace logitape::inline v0 {

// y = a op b. Gradients into both.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
// y = a^b, with C's special cases. Gradients: b*a^(b-1) and y*log(a); x^0 = 1 with derivative 0 at x = 0, and the
// gradient into b is 0 where a = 0.
Tensor pow(const Tensor& a, const Tensor& b);
// NaN where either is. Gradient into the larger (smaller); one half each where they are equal.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);

// The same with a number.
Tensor add(const Tensor& a, const Scalar& b);
Tensor sub(const Tensor& a, const Scalar& b);
Tensor sub(const Scalar& a, const Tensor& b);
Tensor mul(const Tensor& a, const Scalar& b);
Tensor div(const Tensor& a, const Scalar& b);
Tensor div(const Scalar& a, const Tensor& b);
Tensor pow(const Tensor& a, const Scalar& b);
Tensor pow(const Scalar& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Scalar& b);
Tensor minimum(const Tensor& a, const Scalar& b);

Tensor neg(const Tensor& x);      // -x
Tensor abs(const Tensor& x);      // gradient sign(x): 0 at 0; the least integer stays itself
Tensor sign(const Tensor& x);     // -1, 0 or 1; NaN for NaN; gradient 0
Tensor square(const Tensor& x);   // x * x, of integers too
Tensor exp(const Tensor& x);      // at most 1 ULP
Tensor log(const Tensor& x);      // at most 1 ULP; -inf at 0, NaN below
Tensor log1p(const Tensor& x);    // log(1 + x)
Tensor expm1(const Tensor& x);    // exp(x) - 1
Tensor sqrt(const Tensor& x);     // rounded once; NaN below 0
Tensor sin(const Tensor& x);      // at most 1 ULP for every x; NaN at +-inf
Tensor cos(const Tensor& x);      // the same
Tensor tanh(const Tensor& x);     // (e^x - e^-x) / (e^x + e^-x)
Tensor sigmoid(const Tensor& x);  // 1 / (1 + exp(-x))
Tensor erf(const Tensor& x);      // 2/sqrt(pi) * integral of exp(-t^2) from 0 to x
Tensor erfc(const Tensor& x);     // 1 - erf(x), with its digits where erf(x) is near 1
Tensor relu(const Tensor& x);     // max(x, 0); gradient 0 at 0; NaN stays NaN
Tensor gelu(const Tensor& x);     // x * Phi(x), Phi the normal distribution function (exact, not the tanh form)
Tensor silu(const Tensor& x);     // x * sigmoid(x)
// min(max(x, low), high). The gradient passes where low <= x <= high, bounds included. Error: low > high or a NaN
// bound.
Tensor clamp(const Tensor& x, double low, double high);

// condition ? a : b, all three broadcast; condition is boolean, a and b of one dtype, whichever, or integers. Gradients
// into a and b.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b);
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b);
// clang-format off
Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b) = delete;  // write where(c, tensor(1.f), 0)
// clang-format on
// a > 0 ? b : 0; the gradient of relu. Gradient into b only.
Tensor where_positive(const Tensor& a, const Tensor& b);

// Comparisons of any one dtype, of integers of two, and of integers with booleans, which count as 0 and 1; broadcast.
// The result is boolean and carries no gradient. NaN equals nothing.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
// 2.0 counts as 2 beside integers. Errors: the dtype cannot hold the number; booleans less or greater than a number:
// 0 < x < 1 would compare the booleans of 0 < x with 1, and is written (0 < x) & (x < 1).
Tensor equal(const Tensor& a, const Scalar& b);
Tensor not_equal(const Tensor& a, const Scalar& b);
Tensor less(const Tensor& a, const Scalar& b);
Tensor less_equal(const Tensor& a, const Scalar& b);
Tensor greater(const Tensor& a, const Scalar& b);
Tensor greater_equal(const Tensor& a, const Scalar& b);
// Of booleans, broadcast.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& a);

// add, sub, mul, div and neg, with their broadcasting and their errors.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }
// Elementwise, a tensor of booleans: if (a < b) does not compile.
inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }

// logical_and, logical_or and logical_not, of booleans: (a > 0) & (b < 1).
inline Tensor operator&(const Tensor& a, const Tensor& b) { return logical_and(a, b); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return logical_or(a, b); }
inline Tensor operator~(const Tensor& a) { return logical_not(a); }
inline Tensor operator!(const Tensor& a) { return logical_not(a); }

// The same with a number.
inline Tensor operator+(const Tensor& a, const Scalar& b) { return add(a, b); }
inline Tensor operator+(const Scalar& a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Scalar& b) { return sub(a, b); }
inline Tensor operator-(const Scalar& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Scalar& b) { return mul(a, b); }
inline Tensor operator*(const Scalar& a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Tensor& a, const Scalar& b) { return div(a, b); }
inline Tensor operator/(const Scalar& a, const Tensor& b) { return div(a, b); }
inline Tensor operator<(const Tensor& a, const Scalar& b) { return less(a, b); }
inline Tensor operator<(const Scalar& a, const Tensor& b) { return greater(b, a); }
inline Tensor operator<=(const Tensor& a, const Scalar& b) { return less_equal(a, b); }
inline Tensor operator<=(const Scalar& a, const Tensor& b) { return greater_equal(b, a); }
inline Tensor operator>(const Tensor& a, const Scalar& b) { return greater(a, b); }
inline Tensor operator>(const Scalar& a, const Tensor& b) { return less(b, a); }
inline Tensor operator>=(const Tensor& a, const Scalar& b) { return greater_equal(a, b); }
inline Tensor operator>=(const Scalar& a, const Tensor& b) { return less_equal(b, a); }

// clang-format off
// In some libraries == gives a tensor of booleans, in others one bool for all elements, as generic code and std's
// containers expect. So it has no meaning here: equal(a, b) compares elementwise.
Tensor operator==(const Tensor& a, const Tensor& b) = delete;  // write equal(a, b)
Tensor operator!=(const Tensor& a, const Tensor& b) = delete;  // write not_equal(a, b)
template <Number N>
Tensor operator==(const Tensor& a, N b) = delete;  // write equal(a, b)
template <Number N>
Tensor operator!=(const Tensor& a, N b) = delete;  // write not_equal(a, b)

// && would not stop at its left side, as readers of C++ expect.
Tensor operator&&(const Tensor& a, const Tensor& b) = delete;  // write a & b, of booleans
Tensor operator||(const Tensor& a, const Tensor& b) = delete;  // write a | b, of booleans
template <class T>
Tensor operator^(const Tensor& a, const T& b) = delete;  // write pow(a, 2); of booleans not_equal(a, b)
template <class T>
Tensor operator%(const Tensor& a, const T& b) = delete;  // no such op: make it of x.to_vector<int>()
// Values never change; the name of a tensor may stand for another one.
template <class T>
Tensor operator+=(const Tensor& a, const T& b) = delete;  // write a = a + b
template <class T>
Tensor operator-=(const Tensor& a, const T& b) = delete;  // write a = a - b
template <class T>
Tensor operator*=(const Tensor& a, const T& b) = delete;  // write a = a * b
template <class T>
Tensor operator/=(const Tensor& a, const T& b) = delete;  // write a = a / b
template <Number N>
N& operator+=(N& a, const Tensor& b) = delete;  // write a += b.item()
// clang-format on

}  // namespace logitape::inline v0
