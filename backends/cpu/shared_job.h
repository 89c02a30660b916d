// One call's blocks while threads share them. Atomics only, no lock: nothing can be left held in the child of a fork.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <utility>

#include "hwy/cache_control.h"

namespace logitape::inline v0::cpu {

// Some tens of microseconds: the gap between two kernels of one step is worth waiting out, waking a sleeper costs more.
template <class P>
bool spin_until(P done) {
  for (int i = 0; i < 1000; ++i) {
    if (done()) return true;
    hwy::Pause();
  }
  return false;
}

// The blocks of one call. Its caller opens and closes it; workers that enter in between claim chunks, as the caller
// does: large ones first, small ones at the end, so that nobody waits long for the last, however unevenly the machine
// serves its threads. Each counter that they race for has a cache line to itself.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class SharedJob {
 public:
  using Run = void (*)(void*, std::int64_t, std::int64_t);

  // Whether this place is the caller's from now on, until it has closed its job.
  bool take() { return !taken_.test(std::memory_order_relaxed) && !taken_.test_and_set(std::memory_order_acquire); }

  void open(std::int64_t blocks, std::int64_t threads, Run f, void* context) {
    run_ = f;
    context_ = context;
    blocks_ = blocks;
    shares_ = 2 * threads;
    least_ = (blocks + 16 * threads - 1) / (16 * threads);
    failed_ = false;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(0, std::memory_order_release);
  }

  // Runs a chunk that nobody has claimed. False where there is none, or where one has failed.
  bool claim() {
    if (failed_.load(std::memory_order_relaxed)) return false;
    std::int64_t begin = next_.load(std::memory_order_relaxed), end = 0;
    do {
      if (begin >= blocks_) return false;
      end = std::min(blocks_, begin + std::max(least_, (blocks_ - begin) / shares_));
    } while (!next_.compare_exchange_weak(begin, end, std::memory_order_relaxed));
    try {
      run_(context_, begin, end);
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
    return true;
  }

  // A worker's visit: a chunk, if the job is open and has one.
  bool help() {
    int gate = gate_.load(std::memory_order_relaxed);
    do
      if (gate >= closed) return false;
    while (!gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel, std::memory_order_relaxed));
    const bool found = claim();
    if (gate_.fetch_sub(1, std::memory_order_acq_rel) == closed + 1) gate_.notify_one();
    return found;
  }

  // A worker that has not entered by now never touches this job: only those inside are waited for. What the first chunk
  // to fail has thrown.
  std::exception_ptr close() {
    gate_.fetch_add(closed, std::memory_order_acq_rel);
    const auto empty = [&] { return gate_.load(std::memory_order_acquire) == closed; };
    if (!spin_until(empty))
      while (!empty())
        if (const int gate = gate_.load(std::memory_order_acquire); gate != closed) gate_.wait(gate);
    std::exception_ptr error = std::exchange(error_, nullptr);
    taken_.clear(std::memory_order_release);
    return error;
  }

 private:
  static constexpr int closed = 1 << 30;

  // written by the caller while the gate is closed and nobody is inside
  Run run_ = nullptr;
  void* context_ = nullptr;
  std::int64_t blocks_ = 0;
  std::int64_t shares_ = 1, least_ = 1;  // a chunk: one of so many shares of what is left, but no fewer blocks
  std::exception_ptr error_;
  std::atomic<bool> failed_ = false;
  std::atomic_flag taken_;

  alignas(64) std::atomic<std::int64_t> next_ = 0;  // the first block that nobody has claimed
  alignas(64) std::atomic<int> gate_ = closed;      // workers inside, plus `closed` when no more may enter
};

}  // namespace logitape::inline v0::cpu
