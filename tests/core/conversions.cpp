// Every pair of dtypes against one rule, written here in long double, which holds every element exactly: both
// converters, that of tensors read by the host and that of cast, on every SIMD target.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/core/detail/convert.h"
#include "logitape/ops/create.h"

using namespace logitape;

namespace {

constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};

template <class T>
constexpr bool is_half = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

// The magnitude that a half's 15 lower bits mean, by the format's definition. Infinity's bits mean the number that
// would follow the largest.
template <class Half>
long double magnitude_of(int pattern) {
  constexpr int mantissa = std::is_same_v<Half, f16> ? 10 : 7, bias = std::is_same_v<Half, f16> ? 15 : 127;
  const int exponent = pattern >> mantissa, rest = pattern & ((1 << mantissa) - 1);
  return std::ldexp(static_cast<long double>(exponent == 0 ? rest : rest + (1 << mantissa)),
                    std::max(exponent, 1) - bias - mantissa);
}

// The nearest half, ties to the even pattern, by search.
template <class Half>
Half nearest(long double v) {
  int low = 0, high = std::is_same_v<Half, f16> ? 0x7c00 : 0x7f80;
  const long double size = std::fabs(v);
  if (std::isnan(v)) low = 0x7fff;
  else if (size >= magnitude_of<Half>(high)) low = high;
  else
    while (high - low > 1) (magnitude_of<Half>((low + high) / 2) <= size ? low : high) = (low + high) / 2;
  if (high == low + 1) {
    const long double middle = (magnitude_of<Half>(low) + magnitude_of<Half>(high)) / 2;  // 12 bits: exact
    if (size > middle || (size == middle && low % 2 == 1)) low = high;
  }
  Half h;
  h.bits = static_cast<std::uint16_t>(low | (std::signbit(v) ? 0x8000 : 0));
  return h;
}

// The rule.
template <class To>
To ruled(long double v) {
  using Limits = std::numeric_limits<To>;
  if constexpr (std::is_same_v<To, bool>) return v != 0;
  else if constexpr (is_half<To>) return nearest<To>(v);
  else if constexpr (std::is_floating_point_v<To>) return static_cast<To>(v);
  else if (std::isnan(v)) return 0;
  else if (v <= static_cast<long double>(Limits::min())) return Limits::min();
  else if (v >= static_cast<long double>(Limits::max())) return Limits::max();
  else return static_cast<To>(std::trunc(v));
}

template <class T>
long double exactly(T x) {
  if constexpr (is_half<T>) {
    const int pattern = x.bits & 0x7fff, infinity = std::is_same_v<T, f16> ? 0x7c00 : 0x7f80;
    const long double size = pattern > infinity ? NAN : pattern == infinity ? HUGE_VALL : magnitude_of<T>(pattern);
    return x.bits >= 0x8000 ? -size : size;
  } else {
    return static_cast<long double>(x);
  }
}

template <class T>
bool same(T a, T b) {
  const long double x = exactly(a), y = exactly(b);
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}

// Every element of a dtype of up to 16 bits. Of wider ones, the elements around the limits of every dtype, every power
// of two and every tie of a half.
template <class T>
Tensor elements() {
  if constexpr (sizeof(T) <= 2) {
    const int count = std::is_same_v<T, bool> ? 2 : sizeof(T) == 1 ? 256 : 65536;
    Tensor all = Tensor::uninitialised({count}, dtype_of<T>());
    for (int i = 0; i < count; ++i) {
      const auto bits = static_cast<std::uint16_t>(i);
      std::memcpy(static_cast<std::byte*>(all.writable()) + static_cast<std::size_t>(i) * sizeof(T), &bits, sizeof(T));
    }
    return all;
  } else {
    std::vector<T> all;
    std::vector<long double> places = {0,       NAN,   HUGE_VALL, 65504, 65519, 65520, 65536, 3.4028235677973366e38L,
                                       5e-324L, 1e-45L};
    for (int k = -160; k <= 130; ++k)
      for (const long double part :
           {0.0L, 0x1p-8L, 0x3p-8L, 0x1p-11L, 0x3p-11L, 0x1p-24L, 0x3p-24L, 0x1p-53L, 0x3p-53L})
        places.push_back(std::ldexp(1 + part, k));
    for (const long double place : places)
      for (const long double near : {-2.0L, -1.0L, -0.5L, 0.0L, 0.5L, 1.0L, 2.0L})
        for (const long double v : {place + near, -(place + near)}) {
          const T x = ruled<T>(v);
          all.push_back(x);
          if constexpr (std::is_floating_point_v<T>)
            for (const T beyond : {std::nextafter(x, T(0)), std::nextafter(x, T(HUGE_VAL))}) all.push_back(beyond);
        }
    return from_span(all, {static_cast<std::int64_t>(all.size())});
  }
}

template <class From, class To>
std::string fault(std::int64_t n, const From* x, const To* got) {
  for (std::int64_t i = 0; i < n; ++i)
    if (!same(got[i], ruled<To>(exactly(x[i]))))
      return std::to_string(exactly(x[i])) + " became " + std::to_string(exactly(got[i])) + ", not " +
             std::to_string(exactly(ruled<To>(exactly(x[i]))));
  return "";
}

}  // namespace

TEST_CASE("any dtype becomes any other by one rule: truncated and saturated, rounded once, not 0; NaN is 0 or true") {
  std::int64_t checks = 0;
  for (const DType from : all_dtypes)
    visit_any(from, [&]<class From>() {
      const Tensor given = elements<From>();
      const From* x = static_cast<const From*>(given.data());
      const std::int64_t n = given.size();
      for (const DType to : all_dtypes)
        visit_any(to, [&]<class To>() {
          INFO(name(from), " to ", name(to));
          Tensor y = Tensor::uninitialised({n}, to);
          To* const got = static_cast<To*>(y.writable());
          convert(from, x, to, got, n);
          CHECK(fault(n, x, got) == "");
          for (const cpu::Target& target : cpu::targets()) {
            INFO(target.name);
            std::memset(static_cast<void*>(got), 0, static_cast<std::size_t>(n) * sizeof(To));
            target.kernels.cast({from, to, n, x, got});
            CHECK(fault(n, x, got) == "");
          }
          checks += n;
        });
    });
  MESSAGE("conversions: ", checks, " elements of 100 pairs of dtypes");
}

TEST_CASE("integers saturate as floats do, in casts and where a tensor is read") {
  const Tensor x = tensor({std::int32_t{300}, std::int32_t{-1}});
  CHECK(cast(x, DType::u8).to_vector<int>() == std::vector<int>{255, 0});
  CHECK(x.to_vector<std::int8_t>() == std::vector<std::int8_t>{127, -1});
  CHECK(tensor(std::int64_t{1} << 40).item<int>() == std::numeric_limits<int>::max());
}
