// Elementwise arithmetic, comparison and selection: y[i] = f(x[i]) and y[i] = f(a[i], b[i]) over a broadcasting loop
// nest. Arithmetic is f32 and f64, add, sub, mul, maximum and minimum of integers too; fill, cast (cast-inl.h),
// comparison and where take every dtype.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/elementwise.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "logitape/backends/cpu/cast-inl.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/visit_bytes.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::BinaryArgs;
using backends::ClampArgs;
using backends::CompareArgs;
using backends::FillArgs;
using backends::UnaryArgs;
using backends::WhereArgs;

template <class F>
void unary(const UnaryArgs& a, F f) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { unary_loop<T>(a, f); });
}

// Halves compare by value, as f32.
template <class T>
auto value_of(T x) {
  if constexpr (is_half<T>) return static_cast<float>(x);
  else return x;
}

// Rows of bytes and integers are made in pieces of this length; an input that repeats one element is read from a piece
// full of it. So inner loops have step 1, and the compiler turns them into vectors.
constexpr std::int64_t piece = 64;

template <class T>
const T* at_step_1(std::int64_t count, const T* x, std::int64_t step, T (&copies)[piece]) {
  if (step == 1) return x;
  std::fill_n(copies, std::min(piece, count), *x);
  return copies;
}

// y[i] = F(a[i], b[i]), a and b of T, y of Y.
template <class T, class Y, class F>
void pair_row(std::int64_t count, const void* given_a, std::int64_t step_a, const void* given_b, std::int64_t step_b,
              void* given_y) {
  T copies_a[piece], copies_b[piece];
  const T* a = at_step_1(count, static_cast<const T*>(given_a), step_a, copies_a);
  const T* b = at_step_1(count, static_cast<const T*>(given_b), step_b, copies_b);
  Y* y = static_cast<Y*>(given_y);
  for (std::int64_t p = 0; p < count; p += piece)
    for (std::int64_t i = 0; i < std::min(piece, count - p); ++i)
      y[p + i] = static_cast<Y>(F{}(value_of(a[p * step_a + i]), value_of(b[p * step_b + i])));
}
using PairRow = void (*)(std::int64_t, const void*, std::int64_t, const void*, std::int64_t, void*);

// Of CompareArgs or BinaryArgs.
template <class Args>
void run_pairs(const Args& a, std::size_t y_bytes, PairRow row) {
  const auto bytes = static_cast<std::int64_t>(byte_size(a.dtype));
  for_each_run(a.loop, [&](std::int64_t begin, const std::int64_t* at, std::int64_t count) {
    const std::byte* x = static_cast<const std::byte*>(a.a) + at[0] * bytes;
    const std::byte* y = static_cast<const std::byte*>(a.b) + at[1] * bytes;
    row(count, x, inner_step(a.loop, 0), y, inner_step(a.loop, 1),
        static_cast<std::byte*>(static_cast<void*>(a.y)) + begin * static_cast<std::int64_t>(y_bytes));
  });
}

template <class F>
void binary(const BinaryArgs& a, F f) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { binary_loop<T>(a, f); });
}

// The same of integers by `whole` of two of them.
template <class F, class Whole>
void binary(const BinaryArgs& a, F f, Whole) {
  if (!is_index(a.dtype)) return binary(a, f);
  run_pairs(a, byte_size(a.dtype), visit_index(a.dtype, []<class T>() -> PairRow { return pair_row<T, T, Whole>; }));
}

// An unsigned number, which wraps, of 32 bits or more: two of 16 would be multiplied as int, which does not.
template <class T>
constexpr auto wrapping(T x) {
  return static_cast<std::make_unsigned_t<T>>(x) + 0u;
}

// NaN if either is; of two equal numbers (+0 and -0) the second. hn::Max and hn::Min answer these by target.
constexpr auto larger = [](auto, auto x, auto y)
                            HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Gt(x, y), hn::IsNaN(x)), x, y); };
constexpr auto smaller = [](auto, auto x, auto y)
                             HWY_ATTR { return hn::IfThenElse(hn::Or(hn::Lt(x, y), hn::IsNaN(x)), x, y); };

void add(const BinaryArgs& a) {
  binary(
      a, [](auto, auto x, auto y) HWY_ATTR { return hn::Add(x, y); },
      [](auto x, auto y) { return wrapping(x) + wrapping(y); });
}
void sub(const BinaryArgs& a) {
  binary(
      a, [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, y); },
      [](auto x, auto y) { return wrapping(x) - wrapping(y); });
}
void mul(const BinaryArgs& a) {
  binary(
      a, [](auto, auto x, auto y) HWY_ATTR { return hn::Mul(x, y); },
      [](auto x, auto y) { return wrapping(x) * wrapping(y); });
}
void div(const BinaryArgs& a) {
  binary(a, [](auto, auto x, auto y) HWY_ATTR { return hn::Div(x, y); });
}
void maximum(const BinaryArgs& a) {
  binary(a, larger, [](auto x, auto y) { return x > y ? x : y; });
}
void minimum(const BinaryArgs& a) {
  binary(a, smaller, [](auto x, auto y) { return x < y ? x : y; });
}
void where_positive(const BinaryArgs& a) {
  binary(a, [](auto d, auto x, auto y) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(x, hn::Zero(d)), y); });
}

// clang-format off
void neg(const UnaryArgs& a) { unary(a, [](auto, auto x) HWY_ATTR { return hn::Neg(x); }); }
void abs(const UnaryArgs& a) { unary(a, [](auto, auto x) HWY_ATTR { return hn::Abs(x); }); }
void sqrt(const UnaryArgs& a) { unary(a, [](auto, auto x) HWY_ATTR { return hn::Sqrt(x); }); }
void relu(const UnaryArgs& a) { unary(a, [](auto d, auto x) HWY_ATTR { return larger(d, x, hn::Zero(d)); }); }
// clang-format on
void sign(const UnaryArgs& a) {
  unary(a, [](auto d, auto x) HWY_ATTR {
    const auto zero = hn::Zero(d);
    const auto one = hn::Set(d, 1);
    const auto positive = hn::IfThenElseZero(hn::Gt(x, zero), one);
    const auto negative = hn::IfThenElseZero(hn::Lt(x, zero), one);
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Sub(positive, negative));
  });
}

void clamp(const ClampArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    const T low = static_cast<T>(a.low);
    const T high = static_cast<T>(a.high);
    unary_loop<T>({.dtype = a.dtype, .size = a.size, .x = a.x, .y = a.y},
                  [=](auto d, auto x) HWY_ATTR { return smaller(d, larger(d, x, hn::Set(d, low)), hn::Set(d, high)); });
  });
}

template <class U>
void fill_row(std::int64_t count, U value, U* y) {
  const hn::ScalableTag<U> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::Set(d, value), d, y + i);
  for (; i < count; ++i) y[i] = value;
}

void fill(const FillArgs& a) {
  std::byte element[8] = {};
  cast({.from = DType::f64, .to = a.dtype, .size = 1, .x = &a.value, .y = element});
  visit_bytes(byte_size(a.dtype), [&]<class U>() HWY_ATTR {
    U value;
    std::memcpy(&value, element, sizeof value);
    U* y = static_cast<U*>(a.y);
    for_each_block(a.size, [=](std::int64_t begin, std::int64_t count) HWY_ATTR { fill_row(count, value, y + begin); });
  });
}

template <class F>
void compare(const CompareArgs& a, F) {
  run_pairs(a, 1, visit_any(a.dtype, []<class T>() -> PairRow { return pair_row<T, std::uint8_t, F>; }));
}

// clang-format off
void equal(const CompareArgs& a) { compare(a, [](auto x, auto y) { return x == y; }); }
void not_equal(const CompareArgs& a) { compare(a, [](auto x, auto y) { return x != y; }); }
void less(const CompareArgs& a) { compare(a, [](auto x, auto y) { return x < y; }); }
void less_equal(const CompareArgs& a) { compare(a, [](auto x, auto y) { return x <= y; }); }
// clang-format on

template <class U>
void where_row(std::int64_t count, const std::uint8_t* condition, std::int64_t step_condition, const U* a,
               std::int64_t step_a, const U* b, std::int64_t step_b, U* y) {
  std::uint8_t conditions[piece];
  U copies_a[piece], copies_b[piece];
  condition = at_step_1(count, condition, step_condition, conditions);
  a = at_step_1(count, a, step_a, copies_a);
  b = at_step_1(count, b, step_b, copies_b);
  for (std::int64_t p = 0; p < count; p += piece)
    for (std::int64_t i = 0; i < std::min(piece, count - p); ++i) {
      const U x = a[p * step_a + i], other = b[p * step_b + i];  // both are read: no branch
      y[p + i] = condition[p * step_condition + i] ? x : other;
    }
}

void where(const WhereArgs& a) {
  visit_bytes(byte_size(a.dtype), [&]<class U>() HWY_ATTR {
    for_each_run(a.loop, [&](std::int64_t begin, const std::int64_t* at, std::int64_t count) HWY_ATTR {
      where_row(count, a.condition + at[0], inner_step(a.loop, 0), static_cast<const U*>(a.a) + at[1],
                inner_step(a.loop, 1), static_cast<const U*>(a.b) + at[2], inner_step(a.loop, 2),
                static_cast<U*>(a.y) + begin);
    });
  });
}

}  // namespace

void FillElementwise(backends::Kernels& k) {
  k.fill = fill, k.cast = cast;
  k.add = add, k.sub = sub, k.mul = mul, k.div = div;
  k.maximum = maximum, k.minimum = minimum, k.where_positive = where_positive;
  k.equal = equal, k.not_equal = not_equal, k.less = less, k.less_equal = less_equal, k.where = where;
  k.neg = neg, k.abs = abs, k.sign = sign, k.sqrt = sqrt, k.relu = relu, k.clamp = clamp;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_elementwise, FillElementwise)
#endif
