// The list of all tallies, and the common count. Tallies are never freed: one whose thread has ended waits for another.
#include "logitape/core/detail/tally.h"

#include <algorithm>
#include <new>

namespace logitape::inline v0::memory {
namespace {

constinit std::atomic<Tally*> tallies{nullptr};
constinit std::atomic<std::int64_t> live_bytes{0}, live_blocks{0}, requests{0}, peak_bytes{0}, live_nodes{0};

void raise_peak(std::int64_t to) {
  for (auto peak = peak_bytes.load(std::memory_order_relaxed); to > peak;)
    if (peak_bytes.compare_exchange_weak(peak, to, std::memory_order_relaxed)) break;
}

// What is alive, but for one thread's own part.
std::int64_t bytes_without(const Tally* one) {
  std::int64_t bytes = live_bytes.load(std::memory_order_relaxed);
  for (const Tally* t = tallies.load(std::memory_order_acquire); t; t = t->next)
    if (t != one) bytes += t->bytes.read();
  return bytes;
}

}  // namespace

void Tally::settle() {
  raise_peak(bytes_without(this) + high.read());
  live_bytes.fetch_add(bytes.read(), std::memory_order_relaxed);
  bytes.write(0);
  high.write(0);
}

Tally* new_tally() noexcept {
  for (Tally* t = tallies.load(std::memory_order_acquire); t; t = t->next)
    if (!t->owned.load(std::memory_order_relaxed) && !t->owned.exchange(true, std::memory_order_acquire)) return t;
  auto* t = new (std::nothrow) Tally;
  if (!t) return nullptr;
  t->next = tallies.load(std::memory_order_relaxed);
  while (!tallies.compare_exchange_weak(t->next, t, std::memory_order_release)) {
  }
  return t;
}

void leave(Tally* tally) noexcept {
  tally->settle();
  tally->owned.store(false, std::memory_order_release);
}

void take_in_common(std::int64_t bytes) noexcept {
  live_bytes.fetch_add(bytes, std::memory_order_relaxed);
  live_blocks.fetch_add(1, std::memory_order_relaxed);
  raise_peak(bytes_without(nullptr));
}

void give_back_in_common(std::int64_t bytes) noexcept {
  live_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  live_blocks.fetch_sub(1, std::memory_order_relaxed);
}

void request_in_common() noexcept { requests.fetch_add(1, std::memory_order_relaxed); }
void nodes_in_common(std::int64_t more) noexcept { live_nodes.fetch_add(more, std::memory_order_relaxed); }

Counts sum_of_tallies() noexcept {
  Counts sum{bytes_without(nullptr), live_blocks.load(), 0, requests.load(), 0, live_nodes.load()};
  std::int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  for (const Tally* t = tallies.load(std::memory_order_acquire); t; t = t->next) {
    sum.live_blocks += t->blocks.read();
    sum.requests += t->requests.read();
    sum.live_nodes += t->nodes.read();
    peak = std::max(peak, sum.live_bytes - t->bytes.read() + t->high.read());
  }
  sum.peak_bytes = peak;
  return sum;
}

void peak_from_here() noexcept {
  for (Tally* t = tallies.load(std::memory_order_acquire); t; t = t->next) t->high.write(t->bytes.read());
  peak_bytes.store(bytes_without(nullptr), std::memory_order_relaxed);
}

}  // namespace logitape::inline v0::memory
