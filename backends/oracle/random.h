// Scalar twins of uniform, normal and dropout_mask, with a generator of their own: Philox4x32-10 as the paper has it,
// and the normal number as the root of its distribution function.
#pragma once
#include <cmath>

#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

// The 64 bits of element i: words 2*(i mod 2) and 2*(i mod 2) + 1 of the block of counter i/2.
inline std::uint64_t element_bits(std::uint64_t key, std::uint64_t i) {
  constexpr std::uint64_t m32 = 0xffffffff;
  std::uint64_t r0 = (i / 2) & m32, l0 = (i / 2) >> 32, r1 = 0, l1 = 0;
  std::uint64_t k0 = key & m32, k1 = key >> 32;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53 * r0;
    const std::uint64_t p1 = 0xCD9E8D57 * r1;
    r0 = (p1 >> 32) ^ l0 ^ k0;
    l0 = p1 & m32;
    r1 = (p0 >> 32) ^ l1 ^ k1;
    l1 = p0 & m32;
    k0 = (k0 + 0x9E3779B9) & m32;
    k1 = (k1 + 0xBB67AE85) & m32;
  }
  return i % 2 == 0 ? r0 | l0 << 32 : r1 | l1 << 32;
}

// z with P(Z < z) = p, by bisection of erfc in the lower half, where it loses no digits; the upper half is its mirror
// image.
inline long double normal_quantile(long double p) {
  if (p > 0.5L) return -normal_quantile(1 - p);
  long double low = -10, high = 0;
  for (int step = 0; step < 80; ++step) {
    const long double z = (low + high) / 2;
    (std::erfc(-z / std::sqrt(2.0L)) / 2 < p ? low : high) = z;
  }
  return (low + high) / 2;
}

// f32 has 24 bits of uniform, f64 has 53.
template <class S>
void uniform(const backends::RandomArgs& a) {
  const int digits = a.dtype == DType::f32 ? 24 : 53;
  for (std::int64_t i = 0; i < a.size; ++i) {
    const std::uint64_t bits = element_bits(a.key, a.first + static_cast<std::uint64_t>(i)) >> (64 - digits);
    store<S>(a.dtype, a.y, i, std::ldexp(static_cast<S>(bits), -digits));
  }
}

template <class S>
void normal(const backends::RandomArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i) {
    const std::uint64_t bits = element_bits(a.key, a.first + static_cast<std::uint64_t>(i)) >> 12;
    store<S>(a.dtype, a.y, i, static_cast<S>(normal_quantile((static_cast<long double>(bits) + 0.5L) * 0x1p-52L)));
  }
}

template <class S>
void dropout_mask(const backends::DropoutMaskArgs& a) {
  for (std::int64_t i = 0; i < a.size; ++i) {
    const std::uint64_t bits = element_bits(a.key, a.first + static_cast<std::uint64_t>(i)) >> 32;
    const bool dropped = static_cast<double>(bits) < std::floor(a.rate * 0x1p32 + 0.5);
    store<S>(a.dtype, a.y, i, dropped ? S(0) : S(1) / (S(1) - static_cast<S>(a.rate)));
  }
}

template <class S>
void fill_random(backends::Kernels& k) {
  k.uniform = uniform<S>;
  k.normal = normal<S>;
  k.dropout_mask = dropout_mask<S>;
}

}  // namespace logitape::inline v0::oracle
