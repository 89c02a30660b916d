// Messages between ranks that are under way, and what happens if one does not come.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
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
  rows_tag,
  invitation_tag,
  tags  // how many there are
};

// An engine that has started. It is called by one thread at a time.
struct Line {
  const lt_engine& engine;
  lt_ranks* ranks;
  std::recursive_mutex calling = {};
};

// A member that engines of an earlier day lack: then 0.
template <class F>
F member_of(const lt_engine& engine, F lt_engine::*member) {
  const auto end = reinterpret_cast<const char*>(&(engine.*member) + 1) - reinterpret_cast<const char*>(&engine);
  return static_cast<std::size_t>(end) <= engine.bytes ? engine.*member : F{};
}

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

// A thread's messages: those of two with other channels do not meet.
class Messages {
 public:
  Messages(Line& line, int rank, int size, double patience, int channel = 0);

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
  bool own_thread() const noexcept { return std::this_thread::get_id() == thread_; }
  double patience() const noexcept { return patience_; }
  Line& line() const noexcept { return line_; }

  Room room;
  // Whether somebody waits for these messages: else they leave the core to who computes.
  std::atomic<bool> hurry{true};
  // Of a device's engine: the line whose engine can end all ranks.
  Line* stops = nullptr;

 private:
  // A message under way: `begun` of its pieces are, `left` bytes from `next` on are not yet.
  struct Open {
    std::byte* next;
    std::size_t left;
    int peer, tag;
    bool sends;
    std::size_t begun = 0;
    std::array<int, 8> slots = {};
  };
  int send_one(const void* bytes, std::size_t size, int to, int tag);
  int begun(int slot, const char* what, int peer);
  void advance(Open& message);

  Line& line_;
  int rank_, size_;
  double patience_;
  int first_tag_;
  std::size_t piece_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::vector<Open> open_;
};

// Waits in ever longer naps: a rank alone on its core answers at once, ranks that share one let each other work.
class Nap {
 public:
  explicit Nap(const Messages& messages) : hurry_(messages.hurry) {}
  void take();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const std::atomic<bool>& hurry_;
  int taken_ = 0;
};

}  // namespace logitape::inline v0::distributed::detail
