// Blocks that are free, each with a pointer to the next in its first bytes. Not installed.
#pragma once
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace logitape::inline v0::memory {

struct Free {
  Free* next;
};

class FreeList {
 public:
  void lock() {  // for a few instructions; yields in case the holder was preempted
    while (busy_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() { busy_.clear(std::memory_order_release); }

  // Up to `most` blocks, in a chain.
  Free* pop(int most = 1) {
    const std::lock_guard guard(*this);
    Free* const first = head_;
    if (!first) return nullptr;
    Free* last = first;
    while (--most > 0 && last->next) last = last->next;
    head_ = std::exchange(last->next, nullptr);
    return first;
  }
  // A chain from its first to its last block.
  void push(Free* first, Free* last) {
    const std::lock_guard guard(*this);
    last->next = std::exchange(head_, first);
  }
  Free* take_all() {
    const std::lock_guard guard(*this);
    return std::exchange(head_, nullptr);
  }

 private:
  std::atomic_flag busy_;
  Free* head_ = nullptr;
};

}  // namespace logitape::inline v0::memory
