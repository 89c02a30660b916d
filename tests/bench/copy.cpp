// copy.h: the second half is the second thread's. Between calls it spins for a while, as the library's pool does.
#include "tests/bench/copy.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace bench {
namespace {

using std::byte;

void by_memcpy(byte* to, const byte* from, std::size_t bytes) { std::memcpy(to, from, bytes); }

#ifdef __x86_64__
// Arrays begin at 64 bytes; what is no whole line at the end is memcpy's.
[[gnu::target("avx2")]] void plain_avx2(byte* to, const byte* from, std::size_t bytes) {
  std::size_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    const __m256i a = _mm256_load_si256(reinterpret_cast<const __m256i*>(from + i));
    const __m256i b = _mm256_load_si256(reinterpret_cast<const __m256i*>(from + i + 32));
    _mm256_store_si256(reinterpret_cast<__m256i*>(to + i), a);
    _mm256_store_si256(reinterpret_cast<__m256i*>(to + i + 32), b);
  }
  std::memcpy(to + i, from + i, bytes - i);
}

[[gnu::target("avx512f")]] void plain_avx512(byte* to, const byte* from, std::size_t bytes) {
  std::size_t i = 0;
  for (; i + 64 <= bytes; i += 64) _mm512_store_si512(to + i, _mm512_load_si512(from + i));
  std::memcpy(to + i, from + i, bytes - i);
}

[[gnu::target("avx2")]] void past_the_cache(byte* to, const byte* from, std::size_t bytes) {
  std::size_t i = 0;
  for (; i + 64 <= bytes; i += 64) {
    const __m256i a = _mm256_load_si256(reinterpret_cast<const __m256i*>(from + i));
    const __m256i b = _mm256_load_si256(reinterpret_cast<const __m256i*>(from + i + 32));
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i), a);
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to + i + 32), b);
  }
  _mm_sfence();
  std::memcpy(to + i, from + i, bytes - i);
}
#endif

void pause() {
#ifdef __x86_64__
  _mm_pause();
#endif
}

std::size_t half(std::size_t bytes) { return bytes / 2 / 64 * 64; }

}  // namespace

BestCopy::BestCopy(std::size_t bytes, int threads, bool wide)
    : bytes_(bytes), from_(logitape::full({static_cast<std::int64_t>(bytes)}, 1, logitape::DType::u8)),
      to_(logitape::full({static_cast<std::int64_t>(bytes)}, 0, logitape::DType::u8)),
      source_(static_cast<byte*>(from_.writable())), destination_(static_cast<byte*>(to_.writable())) {
  if (threads > 1) second_ = std::thread([this] { work(); });
  choose(wide);
}

BestCopy::~BestCopy() {
  if (!second_.joinable()) return;
  ends_ = true;
  ++asked_;
  asked_.notify_one();
  second_.join();
}

void BestCopy::operator()() {
  if (!second_.joinable()) return copy_(destination_, source_, bytes_);
  const unsigned job = ++asked_;
  asked_.notify_one();
  copy_(destination_, source_, half(bytes_));
  while (done_.load(std::memory_order_acquire) != job) pause();
}

void BestCopy::work() {
  for (unsigned seen = 0;;) {
    for (int spins = 0; asked_ == seen && spins < 1000; ++spins) pause();
    asked_.wait(seen);
    seen = asked_;
    if (ends_) return;
    copy_(destination_ + half(bytes_), source_ + half(bytes_), bytes_ - half(bytes_));
    done_.store(seen, std::memory_order_release);
  }
}

void BestCopy::choose([[maybe_unused]] bool wide) {
  struct Way {
    const char* name;
    Copy copy;
    double best = std::numeric_limits<double>::infinity();
  };
  Way ways[] = {{"copy: memcpy", by_memcpy},
#ifdef __x86_64__
                {"copy: plain", wide ? plain_avx512 : plain_avx2},
                {"copy: past the cache", past_the_cache}
#endif
  };
  using Clock = std::chrono::steady_clock;
  const std::size_t calls = 1 + (std::size_t{1} << 24) / (bytes_ + 1);
  for (int round = 0; round < 5; ++round)
    for (Way& way : ways) {
      copy_ = way.copy;
      const auto begin = Clock::now();
      for (std::size_t i = 0; i < calls; ++i) (*this)();
      way.best = std::min(way.best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
  const Way& best = *std::ranges::min_element(ways, {}, &Way::best);
  copy_ = best.copy;
  name_ = best.name;
}

}  // namespace bench
