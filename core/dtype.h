// The element types. Arithmetic runs in f32 and f64; f16 and bf16 are storage; integers count and index, and wrap
// where they overflow; booleans are masks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <type_traits>

namespace logitape::inline v0 {

// In this order: floating dtypes come first, integers before boolean.
enum class DType : std::uint8_t { f16, bf16, f32, f64, i8, u8, i16, i32, i64, boolean };
inline constexpr int dtype_count = 10;

// "f32", "boolean".
std::string_view name(DType dtype);
std::ostream& operator<<(std::ostream& out, DType dtype);

// Of one element.
constexpr std::size_t byte_size(DType dtype) {
  constexpr std::size_t sizes[dtype_count] = {2, 2, 4, 8, 1, 1, 2, 4, 8, 1};
  return sizes[static_cast<int>(dtype)];
}
// f16, bf16, f32, f64; the dtypes that ops compute in; the dtypes of indices.
constexpr bool is_floating(DType d) { return d <= DType::f64; }
constexpr bool is_arithmetic(DType d) { return d == DType::f32 || d == DType::f64; }
constexpr bool is_index(DType d) { return d >= DType::i8 && d <= DType::i64; }

// IEEE binary16: 1 sign, 5 exponent, 10 mantissa bits. Conversion rounds once, to nearest even.
struct f16 {
  std::uint16_t bits = 0;
  f16() = default;
  explicit f16(double value);
  operator float() const;
};

// The upper half of an f32: 1 sign, 8 exponent, 7 mantissa bits. Conversion rounds once, to nearest even.
struct bf16 {
  std::uint16_t bits = 0;
  bf16() = default;
  explicit bf16(double value);
  operator float() const;
};

// The C++ type of each DType; boolean is one byte, 0 or 1, reached as bool.
template <class T>
constexpr DType dtype_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, f16>) return DType::f16;
  else if constexpr (std::is_same_v<U, bf16>) return DType::bf16;
  else if constexpr (std::is_same_v<U, float>) return DType::f32;
  else if constexpr (std::is_same_v<U, double>) return DType::f64;
  else if constexpr (std::is_same_v<U, bool>) return DType::boolean;
  else if constexpr (std::is_integral_v<U> && sizeof(U) == 1) return std::is_signed_v<U> ? DType::i8 : DType::u8;
  else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 2) return DType::i16;
  else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 4) return DType::i32;
  else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 8) return DType::i64;
  else
    static_assert(!sizeof(U),
                  "logitape has no dtype for this C++ type: f16 bf16 float double, signed integers, uint8_t, bool");
}

// Calls f.operator()<T>() with the C++ type of the dtype. The caller has checked that the dtype is of the family:
// f32 or f64 for visit_floating, an integer for visit_index.
template <class F>
decltype(auto) visit_floating(DType dtype, F&& f) {
  return dtype == DType::f64 ? f.template operator()<double>() : f.template operator()<float>();
}

// See visit_floating.
template <class F>
decltype(auto) visit_index(DType dtype, F&& f) {
  switch (dtype) {
    case DType::i8: return f.template operator()<std::int8_t>();
    case DType::u8: return f.template operator()<std::uint8_t>();
    case DType::i16: return f.template operator()<std::int16_t>();
    case DType::i32: return f.template operator()<std::int32_t>();
    default: return f.template operator()<std::int64_t>();
  }
}

// The same for a dtype of any family.
template <class F>
decltype(auto) visit_any(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f16: return f.template operator()<f16>();
    case DType::bf16: return f.template operator()<bf16>();
    case DType::f32: return f.template operator()<float>();
    case DType::f64: return f.template operator()<double>();
    case DType::boolean: return f.template operator()<bool>();
    default: return visit_index(dtype, f);
  }
}

}  // namespace logitape::inline v0
