// uniform, normal and dropout_mask: y[i] from the 64 bits of element first + i of a stream (core/random.h has the
// layout). The bits are made in vectors, integers being exact on every target; what is made of them is scalar f64, so
// that the numbers are the same on every machine.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/random.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/core/random.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t block_size = 1024;

// The bits of `count` elements from `first` on; a block of them at most.
struct Bits {
  HWY_ALIGN std::uint64_t word[block_size + 2 * hn::MaxLanes(hn::ScalableTag<std::uint64_t>())];
  const std::uint64_t* begin;

  Bits(std::uint64_t key, std::uint64_t first, std::int64_t count);
};

#if HWY_TARGET == HWY_SCALAR  // one 32-bit lane: nothing to multiply in pairs

Bits::Bits(std::uint64_t key, std::uint64_t first, std::int64_t count) : begin(word) {
  random::bits(key, first, {word, static_cast<std::size_t>(count)});
}

#else

// Philox (core/random.cpp) with one counter per lane. Each 32-bit word lives in the lower half of a 64-bit lane, which
// is all that MulEven reads; the upper half is left to hold anything. A counter gives two elements, the first of an
// even position.
Bits::Bits(std::uint64_t key, std::uint64_t first, std::int64_t count) : begin(word + (first & 1)) {
  const hn::ScalableTag<std::uint64_t> d;
  const hn::Repartition<std::uint32_t, decltype(d)> d32;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto multiplier0 = hn::Set(d32, 0xD2511F53u);
  const auto multiplier1 = hn::Set(d32, 0xCD9E8D57u);
  for (std::int64_t at = 0; at < count + 1; at += 2 * lanes) {
    const std::uint64_t counter = (first / 2) + static_cast<std::uint64_t>(at / 2);
    // positions go up to 2^64 and then start again, so counters do at 2^63
    auto c0 = hn::And(hn::Add(hn::Set(d, counter), hn::Iota(d, 0)), hn::Set(d, ~0ull >> 1));
    auto c1 = hn::ShiftRight<32>(c0);
    auto c2 = hn::Zero(d);
    auto c3 = hn::Zero(d);
    auto key0 = static_cast<std::uint32_t>(key);
    auto key1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
      const auto x = hn::MulEven(hn::BitCast(d32, c0), multiplier0);
      const auto y = hn::MulEven(hn::BitCast(d32, c2), multiplier1);
      c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(y), c1), hn::Set(d, std::uint64_t{key0}));
      c1 = y;
      c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(x), c3), hn::Set(d, std::uint64_t{key1}));
      c3 = x;
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    const auto lower = hn::Set(d, 0xffffffffull);
    const auto even = hn::Or(hn::And(c0, lower), hn::ShiftLeft<32>(c1));
    const auto odd = hn::Or(hn::And(c2, lower), hn::ShiftLeft<32>(c3));
    hn::StoreInterleaved2(even, odd, d, word + at);
  }
}

#endif

// y[i] = f(bits of element first + i)
template <class T, class F>
void from_bits(std::uint64_t key, std::uint64_t first, std::int64_t size, void* y, F f) {
  parallel_for((size + block_size - 1) / block_size, size, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin * block_size; at < std::min(size, end * block_size); at += block_size) {
      const std::int64_t count = std::min(block_size, size - at);
      const Bits bits(key, first + static_cast<std::uint64_t>(at), count);
      for (std::int64_t i = 0; i < count; ++i) static_cast<T*>(y)[at + i] = f(bits.begin[i]);
    }
  });
}

void uniform(const backends::RandomArgs& a) {
  if (a.dtype == DType::f64) from_bits<double>(a.key, a.first, a.size, a.y, random::uniform);
  else from_bits<float>(a.key, a.first, a.size, a.y, random::uniform_f32);
}

void normal(const backends::RandomArgs& a) {
  visit_floating(a.dtype, [&]<class T>() {
    from_bits<T>(a.key, a.first, a.size, a.y, [](std::uint64_t bits) { return static_cast<T>(random::normal(bits)); });
  });
}

// Dropped where the upper 32 bits are below rate * 2^32: for rate 0 nothing is, for rate 1 everything.
void dropout_mask(const backends::DropoutMaskArgs& a) {
  const auto threshold = static_cast<std::uint64_t>(std::llround(a.rate * 0x1p32));
  visit_floating(a.dtype, [&]<class T>() {
    // looked up, because half of all branches would be mispredicted
    const std::array<T, 2> mask = {T(0), threshold >> 32 ? T(0) : static_cast<T>(1 / (1 - a.rate))};
    from_bits<T>(a.key, a.first, a.size, a.y, [=](std::uint64_t bits) { return mask[bits >> 32 >= threshold]; });
  });
}

}  // namespace

void FillRandom(backends::Kernels& k) {
  k.uniform = uniform;
  k.normal = normal;
  k.dropout_mask = dropout_mask;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_random, FillRandom)
#endif
