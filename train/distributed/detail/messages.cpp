// Every message that was begun is looked at in turn, so that the engine works on all of them.
#include "logitape/train/distributed/detail/messages.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::distributed::detail {

Messages::Messages(Line& line, int rank, int size, double patience, int channel)
    : line_(line), rank_(rank), size_(size), patience_(patience), first_tag_(channel * tags) {
  constexpr std::int64_t most = std::int64_t{1} << 30;  // MPI counts in int
  const std::int64_t piece = member_of(line.engine, &lt_engine::piece);
  piece_ = static_cast<std::size_t>(piece > 0 ? std::min(piece, most) : most);
}

void Nap::take() {
  constexpr std::chrono::microseconds some(50);
  if (!hurry_.load(std::memory_order_relaxed)) return std::this_thread::sleep_for(some);
  ++taken_;
  if (taken_ < 64) return;  // some microseconds
  if (taken_ < 4096) std::this_thread::yield();
  else std::this_thread::sleep_for(some);
}

int Messages::begun(int slot, const char* what, int peer) {
  if (slot < 0) stop(fmt::format("rank {} of {} cannot {} rank {}", rank_, size_, what, peer));
  return slot;
}

void Messages::send(const void* bytes, std::size_t size, int to, int tag) {
  auto* const first = const_cast<std::byte*>(static_cast<const std::byte*>(bytes));  // NOLINT: receive's are written
  open_.push_back({first, size, to, tag, true});
  advance(open_.back());
}

void Messages::receive(void* bytes, std::size_t size, int from, int tag) {
  open_.push_back({static_cast<std::byte*>(bytes), size, from, tag, false});
  advance(open_.back());
}

// Begins as many pieces of a message as may be under way at once: none before all of an earlier one with its tag.
void Messages::advance(Open& m) {
  std::size_t still = 0;
  for (std::size_t i = 0; i < m.begun; ++i)
    if (!arrived(m.slots[i])) m.slots[still++] = m.slots[i];
  const auto comes_first = [&](const Open& o) {
    return o.left > 0 && o.sends == m.sends && o.peer == m.peer && o.tag == m.tag;
  };
  const bool waits = m.left > 0 && &*std::ranges::find_if(open_, comes_first) != &m;
  for (m.begun = still; !waits && m.left > 0 && m.begun < m.slots.size(); ++m.begun) {
    const std::size_t size = std::min(m.left, piece_);
    m.slots[m.begun] = m.sends ? send_one(m.next, size, m.peer, m.tag) : receive_one(m.next, size, m.peer, m.tag);
    m.next += size;
    m.left -= size;
  }
}

int Messages::send_one(const void* bytes, std::size_t size, int to, int tag) {
  const std::lock_guard alone(line_.calling);
  const auto count = static_cast<std::int64_t>(size);
  return begun(line_.engine.isend(line_.ranks, bytes, count, to, first_tag_ + tag), "send to", to);
}

int Messages::receive_one(void* bytes, std::size_t size, int from, int tag) {
  const std::lock_guard alone(line_.calling);
  const auto count = static_cast<std::int64_t>(size);
  return begun(line_.engine.irecv(line_.ranks, bytes, count, from, first_tag_ + tag), "receive from", from);
}

bool Messages::arrived(int slot) {
  const std::lock_guard alone(line_.calling);
  const int done = line_.engine.test(line_.ranks, slot);
  if (done < 0) stop(fmt::format("the engine of rank {} of {} has failed", rank_, size_));
  return done != 0;
}

void Messages::wait(const char* what, double extra) {
  Nap nap(*this);
  while (!open_.empty()) {
    // all of them, not the oldest alone: each test lets the engine work
    for (Open& o : open_) advance(o);
    std::erase_if(open_, [](const Open& o) { return o.begun == 0 && o.left == 0; });
    if (open_.empty()) return;
    nap.take();
    if (nap.seconds() > patience_ + extra)
      stop(fmt::format("rank {} of {} waits for rank {} ({}) for {:.0f} s now", rank_, size_, open_.front().peer, what,
                       nap.seconds()));
  }
}

void Messages::stop(const std::string& why) {
  std::fprintf(stderr, "World: %s; all ranks are ended\n", why.c_str());
  std::fflush(nullptr);
  if (stops) {
    line_.engine.stop_all(line_.ranks, 1);
    const std::lock_guard alone(stops->calling);
    stops->engine.stop_all(stops->ranks, 1);
  }
  const std::lock_guard alone(line_.calling);
  line_.engine.stop_all(line_.ranks, 1);
  std::abort();
}

}  // namespace logitape::inline v0::distributed::detail
