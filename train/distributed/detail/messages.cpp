// Every message that was begun is looked at in turn, so that the engine works on all of them.
#include "logitape/train/distributed/detail/messages.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::distributed::detail {
namespace {

// MPI counts in int; an engine takes so much at once.
template <class Begin>
void in_pieces(std::size_t bytes, Begin begin) {
  constexpr std::size_t most = std::size_t{1} << 30;
  for (std::size_t at = 0; at < bytes; at += most) begin(at, static_cast<std::int64_t>(std::min(most, bytes - at)));
}

}  // namespace

void Nap::take() {
  ++taken_;
  if (taken_ < 64) return;  // some microseconds
  if (taken_ < 4096) std::this_thread::yield();
  else std::this_thread::sleep_for(std::chrono::microseconds(50));
}

void Messages::send(const void* bytes, std::size_t size, int to, int tag) {
  in_pieces(size, [&](std::size_t at, std::int64_t count) {
    open_.push_back({engine_.isend(ranks_, static_cast<const std::byte*>(bytes) + at, count, to, tag), to});
    if (open_.back().slot < 0) stop(fmt::format("a message of rank {} to rank {} was refused", rank_, to));
  });
}

void Messages::receive(void* bytes, std::size_t size, int from, int tag) {
  in_pieces(size, [&](std::size_t at, std::int64_t count) {
    open_.push_back({engine_.irecv(ranks_, static_cast<std::byte*>(bytes) + at, count, from, tag), from});
    if (open_.back().slot < 0) stop(fmt::format("rank {} cannot receive from rank {}", rank_, from));
  });
}

int Messages::receive_one(void* bytes, std::size_t size, int from, int tag) {
  const int slot = engine_.irecv(ranks_, bytes, static_cast<std::int64_t>(size), from, tag);
  if (slot < 0) stop(fmt::format("rank {} cannot receive from rank {}", rank_, from));
  return slot;
}

bool Messages::arrived(int slot) {
  const int done = engine_.test(ranks_, slot);
  if (done < 0) stop(fmt::format("the engine of rank {} of {} has failed", rank_, size_));
  return done != 0;
}

void Messages::wait(const char* what, double extra) {
  Nap nap;
  while (!open_.empty()) {
    // all of them, not the oldest alone: each test lets the engine work
    std::erase_if(open_, [&](const Open& o) { return arrived(o.slot); });
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
  engine_.stop_all(ranks_, 1);
  std::abort();
}

}  // namespace logitape::inline v0::distributed::detail
