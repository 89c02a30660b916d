// Free lists by size class. Up to 1 KB classes are 64 bytes apart and carved from slabs; above, there are four classes
// per doubling. The state is constant-initialised and never destroyed: tensors of static lifetime may outlive
// everything else.
#include "logitape/core/memory.h"

#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "logitape/core/detail/say.h"
#include "logitape/core/error.h"

#include <pthread.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif

namespace logitape::inline v0::memory {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized =
    __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

// Checkers see each block only when it comes from malloc.
bool watched() {
#ifdef RUNNING_ON_VALGRIND
  static const bool valgrind = RUNNING_ON_VALGRIND != 0;
  return sanitized || valgrind;
#else
  return sanitized;
#endif
}

constexpr std::size_t line = 64, slab_bytes = std::size_t{1} << 16, huge_page = std::size_t{1} << 21,
                      huge_from = std::size_t{1} << 20;
constexpr int fine_classes = 16;                    // 64, 128, ... 1024
constexpr int class_count = fine_classes + 4 * 38;  // then 1280, 1536, 1792, 2048, ... up to 2^48

int class_of(std::size_t bytes) {
  if (bytes <= fine_classes * line) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / line);
  const int log = static_cast<int>(std::bit_width(bytes - 1)) - 1;  // 2^log < bytes <= 2^(log+1)
  const auto quarter = ((bytes - 1) >> (log - 2)) & 3;
  return fine_classes + (log - 10) * 4 + static_cast<int>(quarter);
}

std::size_t class_bytes(int c) {
  if (c < fine_classes) return (static_cast<std::size_t>(c) + 1) * line;
  const int log = 10 + (c - fine_classes) / 4;
  const auto quarter = static_cast<std::size_t>((c - fine_classes) % 4);
  return (std::size_t{1} << log) + ((quarter + 1) << (log - 2));
}

struct Free {
  Free* next;
};

class FreeList {
 public:
  void lock() {  // for a few instructions; yields in case the holder was preempted
    while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() { busy_.clear(std::memory_order_release); }

  void* pop() {
    const std::lock_guard guard(*this);
    Free* block = head_;
    if (block) head_ = block->next;
    return block;
  }
  void push(void* block) {
    const std::lock_guard guard(*this);
    head_ = new (block) Free{head_};
  }
  Free* take_all() {
    const std::lock_guard guard(*this);
    return std::exchange(head_, nullptr);
  }

 private:
  std::atomic_flag busy_;
  Free* head_ = nullptr;
};

constinit FreeList lists[class_count];

// A thread that holds a list while another forks would hold it for ever in the child: fork waits until none is held.
void lock_all() {
  for (FreeList& list : lists) list.lock();
}
void unlock_all() {
  for (FreeList& list : lists) list.unlock();
}
[[maybe_unused]] const int fork_handlers = pthread_atfork(lock_all, unlock_all, unlock_all);

constinit std::atomic<std::int64_t> live_bytes{0}, live_blocks{0}, peak_bytes{0}, requests{0}, system_requests{0},
    failing{0};

void* system_allocate(std::size_t bytes, std::size_t alignment) {
  system_requests.fetch_add(1, std::memory_order_relaxed);
  void* block = nullptr;
  if (posix_memalign(&block, alignment, bytes) != 0) return nullptr;
  return block;
}

// Cuts a slab into blocks of one class, keeps all but the first.
void* refill(int c) {
  const std::size_t bytes = class_bytes(c);
  auto* slab = static_cast<std::byte*>(system_allocate(slab_bytes, line));
  if (!slab) return nullptr;
  for (std::size_t at = bytes; at + bytes <= slab_bytes; at += bytes) lists[c].push(slab + at);
  return slab;
}

void* fresh(int c) {
  if (c < fine_classes) return refill(c);
  const std::size_t bytes = class_bytes(c);
  if (bytes < huge_from) return system_allocate(bytes, line);
  void* block = system_allocate(bytes, huge_page);
#if defined(__linux__)
  if (block) madvise(block, bytes, MADV_HUGEPAGE);  // advice only: small pages serve as well
#endif
  return block;
}

void* grow(int c) {
  void* block = fresh(c);
  if (block)
    logging::say(logging::Level::debug, "memory: {} bytes from the system for blocks of {}, beside {} in use",
                 c < fine_classes ? slab_bytes : class_bytes(c), class_bytes(c), live_bytes.load());
  return block;
}

[[noreturn]] void exhausted(std::size_t bytes) {
  throw Error(
      ErrorCode::out_of_memory, "allocate",
      "no memory for " + std::to_string(bytes) + " bytes beside the " + std::to_string(live_bytes.load()) + " in use");
}

bool told_to_fail() {
  for (std::int64_t left = failing.load(std::memory_order_relaxed); left > 0;)
    if (failing.compare_exchange_weak(left, left - 1)) return left == 1;
  return false;
}

void account(std::size_t bytes) {
  const auto now = live_bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed) +
                   static_cast<std::int64_t>(bytes);
  live_blocks.fetch_add(1, std::memory_order_relaxed);
  for (auto peak = peak_bytes.load(std::memory_order_relaxed); now > peak;)
    if (peak_bytes.compare_exchange_weak(peak, now, std::memory_order_relaxed)) break;
}

}  // namespace

void* allocate(std::size_t bytes) {
  requests.fetch_add(1, std::memory_order_relaxed);
  if (told_to_fail() || bytes > (std::size_t{1} << 47)) exhausted(bytes);
  void* block = nullptr;
  if (watched()) {
    block = system_allocate(bytes == 0 ? 1 : bytes, line);
  } else {
    const int c = class_of(bytes);
    block = lists[c].pop();
    if (!block) block = grow(c);
    if (!block) {
      trim();
      block = grow(c);
    }
  }
  if (!block) exhausted(bytes);
  account(bytes);
  return block;
}

void release(void* block, std::size_t bytes) noexcept {
  if (!block) return;
  live_bytes.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  live_blocks.fetch_sub(1, std::memory_order_relaxed);
  if (watched()) std::free(block);
  else lists[class_of(bytes)].push(block);
}

void trim() noexcept {
  std::size_t bytes = 0;
  for (int c = fine_classes; c < class_count; ++c)  // finer blocks are pieces of slabs
    for (Free* block = lists[c].take_all(); block; bytes += class_bytes(c))
      std::free(std::exchange(block, block->next));
  logging::say(logging::Level::debug, "memory: {} bytes given back to the system", bytes);
}

Counts counts() noexcept {
  return {live_bytes.load(), live_blocks.load(), peak_bytes.load(), requests.load(), system_requests.load()};
}
void reset_peak() noexcept { peak_bytes.store(live_bytes.load()); }
void request_elsewhere(std::size_t bytes) {
  requests.fetch_add(1, std::memory_order_relaxed);
  if (told_to_fail()) exhausted(bytes);
}

void fail_request(std::int64_t n) noexcept { failing.store(n < 0 ? 0 : n); }

}  // namespace logitape::inline v0::memory
