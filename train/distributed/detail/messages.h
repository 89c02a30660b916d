// Messages between ranks that are under way, and what happens if one does not come.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "logitape/train/distributed/engine.h"

namespace logitape::inline v0::distributed::detail {

// What a message is for: messages of one pair of ranks with different tags do not meet.
enum Tag {
  word_tag = 1,
  text_tag,
  verdict_tag,
  verdict_text_tag,
  compared_tag,
  compared_text_tag,
  halves_tag,
  back_tag,
  slices_tag,
  totals_tag,
  rows_tag
};

// Room that is kept from one exchange to the next: fresh pages cost as much as the messages.
class Room {
 public:
  void* of(std::size_t bytes) {
    if (bytes_.size() < bytes) bytes_ = std::vector<std::byte>(bytes);
    return bytes_.data();
  }

 private:
  std::vector<std::byte> bytes_;
};

class Messages {
 public:
  Messages(const lt_engine& engine, lt_ranks* ranks, int rank, int size, double patience)
      : engine_(engine), ranks_(ranks), rank_(rank), size_(size), patience_(patience) {}

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }

  // Begin; messages of 0 bytes are not sent.
  void send(const void* bytes, std::size_t size, int to, int tag);
  void receive(void* bytes, std::size_t size, int from, int tag);
  // Until all that was begun is done. Ends all ranks if one is not there in time: "rank 1 of 4 waits for gradients of
  // rank 3 since 600 s". extra: seconds beyond the patience, for those who leave it to rank 0 to find out who is
  // missing.
  void wait(const char* what, double extra = 0);

  // Whether the message is there; the slot of receive_one.
  int receive_one(void* bytes, std::size_t size, int from, int tag);
  bool arrived(int slot);

  [[noreturn]] void stop(const std::string& why);
  void finish() noexcept { engine_.finish(ranks_); }
  bool own_thread() const noexcept { return std::this_thread::get_id() == thread_; }
  double patience() const noexcept { return patience_; }

  Room room;

 private:
  struct Open {
    int slot, peer;
  };
  const lt_engine& engine_;
  lt_ranks* ranks_;
  int rank_, size_;
  double patience_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::vector<Open> open_;
};

// Waits in ever longer naps: a rank alone on its core answers at once, ranks that share one let each other work.
class Nap {
 public:
  void take();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  int taken_ = 0;
};

}  // namespace logitape::inline v0::distributed::detail
