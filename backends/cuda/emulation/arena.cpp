// Device memory: its reservation, its protection, its allocator.
#include "logitape/backends/cuda/emulation/arena.h"

#include <sys/mman.h>
#include <cstdint>
#include <iterator>
#include <utility>

namespace emu {
namespace {

char* base = nullptr;
constexpr std::size_t first = window_bytes * windows;
constexpr std::size_t step =
    256;  // between allocations there are as many bytes of nobody, so that one past an end is seen

std::size_t room_for(std::size_t bytes) { return (bytes + step - 1) / step * step + step; }

}  // namespace

Allocator& allocator = *new Allocator;

char* arena() { return base; }
bool on_device(const void* p) { return base && offset_of(p) < arena_bytes; }

bool open_arena() {
  if (base) return true;
  void* all = mmap(nullptr, arena_bytes + chunk, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return false;
  char* aligned = static_cast<char*>(all) + -reinterpret_cast<std::uintptr_t>(all) % chunk;
  if (mprotect(aligned, first, PROT_READ | PROT_WRITE) != 0) return false;
  madvise(aligned + first, arena_bytes - first, MADV_HUGEPAGE);  // they open and close 512 times as fast
  base = aligned;
  return true;
}

Unlocked::Unlocked(const void* p, std::size_t bytes) {
  if (!on_device(p) || !bytes) return;
  const std::size_t from = offset_of(p) / chunk * chunk, to = (offset_of(p) + bytes + chunk - 1) / chunk * chunk;
  if (from < first) return;
  begin_ = base + from;
  bytes_ = to - from;
  mprotect(begin_, bytes_, PROT_READ | PROT_WRITE);
}
Unlocked::~Unlocked() {
  if (begin_) mprotect(begin_, bytes_, PROT_NONE);
}

std::size_t Allocator::total() { return arena_bytes - first; }

void Allocator::add_gap(std::size_t at, std::size_t bytes) {
  gaps_[at] = bytes;
  by_size_[{bytes, at}] = 0;
  free_ += bytes;
}
void Allocator::remove_gap(std::map<std::size_t, std::size_t>::iterator gap) {
  by_size_.erase({gap->second, gap->first});
  free_ -= gap->second;
  gaps_.erase(gap);
}

std::size_t Allocator::take(std::size_t bytes) {
  if (!std::exchange(open_, true)) add_gap(first, total());
  if (bytes > total()) return 0;
  const std::size_t room = room_for(bytes);
  const auto fit = by_size_.lower_bound({room, 0});
  if (fit == by_size_.end()) return 0;
  const auto [size, at] = fit->first;
  remove_gap(gaps_.find(at));
  if (size > room) add_gap(at + room, size - room);
  taken_[at] = bytes;
  return at;
}

bool Allocator::give_back(std::size_t at, std::size_t* bytes) {
  const auto it = taken_.find(at);
  if (it == taken_.end()) return false;
  *bytes = it->second;
  std::size_t room = room_for(it->second);
  taken_.erase(it);
  auto after = gaps_.lower_bound(at);
  if (after != gaps_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == at) {
      at = before->first;
      room += before->second;
      remove_gap(before);
    }
  }
  if (after != gaps_.end() && after->first == at + room) {
    room += after->second;
    remove_gap(after);
  }
  add_gap(at, room);
  return true;
}

std::size_t Allocator::end() const {
  return taken_.empty() ? first : taken_.rbegin()->first + room_for(taken_.rbegin()->second);
}

}  // namespace emu
