// Free lists by size class, common to all threads, and a small stock of fine blocks that each thread keeps for itself.
// Blocks of up to 1 KB are carved from slabs. The state is constant-initialised and never destroyed: tensors of static
// lifetime may outlive everything else.
#include "logitape/core/memory.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "logitape/core/detail/free_list.h"
#include "logitape/core/detail/say.h"
#include "logitape/core/detail/size_class.h"
#include "logitape/core/detail/tally.h"
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

// No request is larger: there is no such memory, and size classes end there.
constexpr auto most_bytes = static_cast<std::size_t>(std::min<std::uint64_t>(std::uint64_t{1} << 47, PTRDIFF_MAX));
constexpr std::size_t slab_bytes = std::size_t{1} << 16, huge_page = std::size_t{1} << 21,
                      huge_from = std::size_t{1} << 20;

constinit FreeList lists[class_count];

// A thread that holds a list while another forks would hold it for ever in the child: fork waits until none is held.
void lock_all() {
  for (FreeList& list : lists) list.lock();
}
void unlock_all() {
  for (FreeList& list : lists) list.unlock();
}
[[maybe_unused]] const int fork_handlers = pthread_atfork(lock_all, unlock_all, unlock_all);

constinit std::atomic<std::int64_t> system_requests{0}, failing{0};

void* system_allocate(std::size_t bytes, std::size_t alignment) {
  system_requests.fetch_add(1, std::memory_order_relaxed);
  void* block = nullptr;
  if (posix_memalign(&block, alignment, bytes) != 0) return nullptr;
  return block;
}

// A thread's own fine blocks, at most 16 KB of each size: a list that nobody shares needs no lock.
struct Stock {
  Tally* tally = nullptr;  // null before the thread's first request, and after its end: it uses the common lists then
  bool ended = false, pooled = false;
  std::array<Free*, fine_classes> head{};
  std::array<int, fine_classes> count{};

  static constexpr int most(int c) { return static_cast<int>((std::size_t{1} << 14) / class_bytes(c)); }
  void* pop(int c) {
    Free*& first = head[static_cast<std::size_t>(c)];
    if (!first) return nullptr;
    --count[static_cast<std::size_t>(c)];
    return std::exchange(first, first->next);
  }
  void push(int c, void* block) {
    if (count[static_cast<std::size_t>(c)] == most(c)) give_back(c, most(c) / 2);
    Free*& first = head[static_cast<std::size_t>(c)];
    first = new (block) Free{first};
    ++count[static_cast<std::size_t>(c)];
  }
  // A chain of blocks whose length is not known.
  void fill(int c, Free* chain) {
    head[static_cast<std::size_t>(c)] = chain;
    for (; chain; chain = chain->next) ++count[static_cast<std::size_t>(c)];
  }
  void give_back(int c, int blocks) {
    Free*& first = head[static_cast<std::size_t>(c)];
    if (blocks == 0) return;
    Free* last = first;
    for (int i = 1; i < blocks; ++i) last = last->next;
    count[static_cast<std::size_t>(c)] -= blocks;
    lists[c].push(std::exchange(first, last->next), last);
  }
  void end() {
    for (int c = 0; c < fine_classes; ++c) give_back(c, count[static_cast<std::size_t>(c)]);
    leave(std::exchange(tally, nullptr));
    ended = true;
  }
};
constinit thread_local Stock stock;

Tally* join() noexcept {
  if (stock.ended) return nullptr;
  struct AtThreadEnd {
    ~AtThreadEnd() {
      if (stock.tally) stock.end();
    }
  };
  thread_local const AtThreadEnd at_thread_end;
  stock.pooled = !watched();
  return stock.tally = new_tally();
}
Tally* tally_of_thread() noexcept { return stock.tally ? stock.tally : join(); }

void say_grown(int c, std::size_t bytes) {
  logging::say(logging::Level::debug, "memory: {} bytes from the system for blocks of {}, beside {} in use", bytes,
               class_bytes(c), counts().live_bytes);
}

// Cuts a slab into blocks of one class: a chain.
Free* slab_of(int c) {
  const std::size_t bytes = class_bytes(c);
  auto* slab = static_cast<std::byte*>(system_allocate(slab_bytes, line));
  if (!slab) return nullptr;
  Free* chain = nullptr;
  for (std::size_t at = 0; at + bytes <= slab_bytes; at += bytes) chain = new (slab + at) Free{chain};
  say_grown(c, slab_bytes);
  return chain;
}

// Fills the thread's stock from the common list or from a slab, which goes there whole.
void* restocked(int c) {
  const int some = stock.tally ? Stock::most(c) / 2 : 1;
  Free* chain = lists[c].pop(some);
  if (!chain) {
    chain = slab_of(c);
    if (!chain) return nullptr;
    Free* last = chain;
    for (int i = 1; i < some; ++i) last = last->next;
    if (Free* const rest = std::exchange(last->next, nullptr)) {
      Free* end = rest;
      while (end->next) end = end->next;
      lists[c].push(rest, end);
    }
  }
  if (!stock.tally) return chain;
  stock.fill(c, chain);
  return stock.pop(c);
}

void* large(int c) {
  const std::size_t bytes = class_bytes(c);
  void* block = system_allocate(bytes, bytes < huge_from ? line : huge_page);
#if defined(__linux__)
  if (block && bytes >= huge_from) madvise(block, bytes, MADV_HUGEPAGE);  // advice only: small pages serve as well
#endif
  if (block) say_grown(c, bytes);
  return block;
}

[[noreturn]] void exhausted(std::size_t bytes) {
  throw Error(ErrorCode::out_of_memory, "allocate",
              "no memory for " + std::to_string(bytes) + " bytes beside the " + std::to_string(counts().live_bytes) +
                  " in use");
}

bool told_to_fail() {
  for (std::int64_t left = failing.load(std::memory_order_relaxed); left > 0;)
    if (failing.compare_exchange_weak(left, left - 1)) return left == 1;
  return false;
}

// What the thread's own stock does not have.
void* from_all(int c, std::size_t bytes) {
  if (watched()) return system_allocate(bytes == 0 ? 1 : bytes, line);
  if (c < fine_classes) return restocked(c);
  if (void* block = lists[c].pop()) return block;
  return large(c);
}

}  // namespace

void* allocate(std::size_t bytes) {
  Tally* const tally = tally_of_thread();
  if (tally) tally->requests.add(1);
  else request_in_common();
  if (told_to_fail() || bytes > most_bytes) exhausted(bytes);
  const int c = class_of(bytes);
  void* block = tally && c < fine_classes ? stock.pop(c) : nullptr;
  if (!block) block = from_all(c, bytes);
  if (!block) {
    trim();
    block = from_all(c, bytes);
  }
  if (!block) exhausted(bytes);
  if (tally) tally->take(static_cast<std::int64_t>(bytes));
  else take_in_common(static_cast<std::int64_t>(bytes));
  return block;
}

void release(void* block, std::size_t bytes) noexcept {
  if (!block) return;
  Tally* const tally = tally_of_thread();
  if (tally) tally->give_back(static_cast<std::int64_t>(bytes));
  else give_back_in_common(static_cast<std::int64_t>(bytes));
  const int c = class_of(bytes);
  if (tally && stock.pooled && c < fine_classes) return stock.push(c, block);
  if (watched()) return std::free(block);
  Free* const free = new (block) Free{nullptr};
  lists[c].push(free, free);
}

void trim() noexcept {
  std::size_t bytes = 0;
  for (int c = fine_classes; c < class_count; ++c)  // finer blocks are pieces of slabs
    for (Free* block = lists[c].take_all(); block; bytes += class_bytes(c))
      std::free(std::exchange(block, block->next));
  logging::say(logging::Level::debug, "memory: {} bytes given back to the system", bytes);
}

Counts counts() noexcept {
  Counts sum = sum_of_tallies();
  sum.system_requests = system_requests.load();
  return sum;
}
void reset_peak() noexcept { peak_from_here(); }
void count_nodes(std::int64_t more) noexcept {
  if (Tally* const tally = tally_of_thread()) tally->nodes.add(more);
  else nodes_in_common(more);
}
void request_elsewhere(std::size_t bytes) {
  if (Tally* const tally = tally_of_thread()) tally->requests.add(1);
  else request_in_common();
  if (told_to_fail()) exhausted(bytes);
}

void fail_request(std::int64_t n) noexcept { failing.store(n < 0 ? 0 : n); }

}  // namespace logitape::inline v0::memory
