// copy.h: both threads claim parts, so that one that is not given a core holds nobody up. Between calls the second
// spins for a while, as the library's pool does.
#include "tests/bench/copy.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <vector>
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

constexpr std::size_t line = 64, most_parts = 16, least_part = 32 << 10;

std::size_t part_of(std::size_t bytes) { return std::max(least_part, (bytes / most_parts + line - 1) / line * line); }

}  // namespace

BestCopy::BestCopy(std::size_t bytes, int threads, bool wide)
    : bytes_(bytes), part_(part_of(bytes)), parts_((bytes + part_ - 1) / part_),
      from_(logitape::full({static_cast<std::int64_t>(bytes)}, 1, logitape::DType::u8)),
      to_(logitape::full({static_cast<std::int64_t>(bytes)}, 0, logitape::DType::u8)),
      source_(static_cast<const byte*>(from_.data())), destination_(static_cast<byte*>(to_.writable())) {
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
  if (!shared_) return copy_(destination_, source_, bytes_);
  done_ = 0;
  next_ = 0;
  ++asked_;
  asked_.notify_one();
  claim_parts();
  while (done_ < parts_) pause();
}

void BestCopy::claim_parts() {
  for (std::size_t i; (i = next_++) < parts_; ++done_) {
    const std::size_t begin = i * part_;
    copy_(destination_ + begin, source_ + begin, std::min(part_, bytes_ - begin));
  }
}

void BestCopy::work() {
  for (unsigned seen = 0;;) {
    for (int spins = 0; asked_ == seen && spins < 1000; ++spins) pause();
    asked_.wait(seen);
    seen = asked_;
    if (ends_) return;
    claim_parts();
  }
}

void BestCopy::choose([[maybe_unused]] bool wide) {
  struct Way {
    std::string name;
    Copy copy;
    bool shared = false;
    double best = std::numeric_limits<double>::infinity();
  };
  std::vector<Way> ways{{"copy: memcpy", by_memcpy},
#ifdef __x86_64__
                        {"copy: plain", wide ? plain_avx512 : plain_avx2},
                        {"copy: past the cache", past_the_cache}
#endif
  };
  if (second_.joinable())
    for (std::size_t i = 0, count = ways.size(); i < count; ++i)
      ways.push_back({ways[i].name + ", two threads", ways[i].copy, true});
  using Clock = std::chrono::steady_clock;
  const std::size_t calls = 1 + (std::size_t{1} << 24) / (bytes_ + 1);
  for (int round = 0; round < 5; ++round)
    for (Way& way : ways) {
      copy_ = way.copy, shared_ = way.shared;
      const auto begin = Clock::now();
      for (std::size_t i = 0; i < calls; ++i) (*this)();
      way.best = std::min(way.best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
  const Way& best = *std::ranges::min_element(ways, {}, &Way::best);
  copy_ = best.copy, shared_ = best.shared;
  name_ = best.name;
}

}  // namespace bench
