// What the pool has handed out, counted by each thread for itself: an addition that all threads share takes as long as
// the rest of a request. A thread's bytes join the common count when there are more than 64 KB of them. Not installed.
#pragma once
#include <atomic>
#include <cstdint>

#include "logitape/core/memory.h"

namespace logitape::inline v0::memory {

// A number that one thread writes and all may read.
class OwnCount {
 public:
  std::int64_t read() const { return value_.load(std::memory_order_relaxed); }
  void write(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t more) { write(read() + more); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// One thread's part of Counts. `high` is the largest `bytes` since they last joined the common count.
struct alignas(64) Tally {
  OwnCount bytes, blocks, requests, high, nodes;
  std::atomic<bool> owned{true};
  Tally* next = nullptr;

  void take(std::int64_t more) {
    bytes.add(more);
    blocks.add(1);
    if (bytes.read() > high.read()) high.write(bytes.read());
    if (bytes.read() > settles_at) settle();
  }
  void give_back(std::int64_t fewer) {
    bytes.add(-fewer);
    blocks.add(-1);
    if (bytes.read() < -settles_at) settle();
  }
  void settle();

  static constexpr std::int64_t settles_at = 1 << 16;
};

// A tally for the calling thread, and its end: another thread may go on with it. Null: there is no memory for one.
Tally* new_tally() noexcept;
void leave(Tally* tally) noexcept;

// For a thread without a tally: at its end, and when memory is short.
void take_in_common(std::int64_t bytes) noexcept;
void give_back_in_common(std::int64_t bytes) noexcept;
void request_in_common() noexcept;
void nodes_in_common(std::int64_t more) noexcept;

// Of all threads. Counts of a thread that is at work meanwhile may be those of a moment before.
Counts sum_of_tallies() noexcept;
void peak_from_here() noexcept;

}  // namespace logitape::inline v0::memory
