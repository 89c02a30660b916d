// mbarriers and asynchronous copies. A copy arrives as late as may be: when all else that a waiter needs is there.
// Until then its target holds NaN, and a load of it is one of what nobody has written.
#include <algorithm>
#include <cstring>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

void carry_out(const Copy& c) {
  std::memcpy(c.to, c.from, c.bytes);
  mark(c.to, c.bytes, true);
}

void begin(const Copy& c) {
  mark(c.to, c.bytes, false);
  std::memset(c.to, 0xff, c.bytes);
}

void wake(Block& b) {
  for (Warp& w : b.warps) {
    w.runnable |= w.at_barrier;
    w.at_barrier = 0;
  }
}

void finish(Barrier& b, Block& block) {
  if (b.pending) return;
  for (const Copy& c : b.copies) {
    carry_out(c);
    b.bytes -= c.bytes;
  }
  b.copies.clear();
  if (b.bytes) return;
  ++b.phase;
  b.pending = b.count;
  wake(block);
}

Barrier& barrier_at(std::uint64_t* b, const void* pc) {
  const auto it = me().home->barriers.find(b);
  if (it == me().home->barriers.end()) fail("mbarrier", "used before barrier_init", pc);
  return it->second;
}

void learn(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = std::max(to[i], from[i]);
}

void arrive(std::uint64_t* b, const void* pc) {
  access(b, 8, Kind::atomic, pc);
  Barrier& x = barrier_at(b, pc);
  Thread& t = me();
  learn(x.known, t.known);
  x.known[t.id] = machine.now++;
  finish(x, *t.home);
  if (!x.pending) fail("mbarrier", "more arrivals than its count", pc);
  --x.pending;
  wake(*t.home);
}

}  // namespace

void barrier_init(std::uint64_t* b, unsigned count) {
  access(b, 8, Kind::store, __builtin_return_address(0));
  me().home->barriers[b] = {count, count, 0, 0, {}, std::vector<std::uint32_t>(me().home->threads)};
}

void barrier_arrive(std::uint64_t* b) { arrive(b, __builtin_return_address(0)); }

void barrier_expect(std::uint64_t* b, unsigned bytes) {
  barrier_at(b, __builtin_return_address(0)).bytes += bytes;
  arrive(b, __builtin_return_address(0));
}

void barrier_wait(std::uint64_t* b, unsigned parity, int line) {
  access(b, 8, Kind::atomic, __builtin_return_address(0));
  Barrier& x = barrier_at(b, __builtin_return_address(0));
  Thread& t = me();
  while ((x.phase & 1) == parity) {
    finish(x, *t.home);
    if ((x.phase & 1) != parity) break;
    t.warp->at_barrier |= 1u << t.lane;
    wait_for_others(line);
  }
  t.known.resize(t.home->threads);
  learn(t.known, x.known);
}

void bulk_copy(void* to, const void* from, unsigned bytes, std::uint64_t* b) {
  const void* pc = __builtin_return_address(0);
  const auto* source = static_cast<const char*>(from);
  auto* target = static_cast<char*>(to);
  if (bytes % 16 || reinterpret_cast<std::uintptr_t>(to) % 16 || reinterpret_cast<std::uintptr_t>(from) % 16)
    report("misaligned", pc, "cp.async.bulk needs multiples of 16 bytes");
  for (unsigned i = 0; i < bytes; i += 16) {
    access(source + i, 16, Kind::load, pc, true);
    access(target + i, 16, Kind::store, pc, true);
  }
  begin({target, source, bytes});
  Barrier& x = barrier_at(b, pc);
  // the barrier makes it known, so it counts as done when this thread arrived there
  if (const std::uint32_t arrived = x.known[me().id]) date(to, bytes, arrived);
  x.copies.push_back({target, source, bytes});
}

void async_copy16(void* to, const void* from) {
  const void* pc = __builtin_return_address(0);
  access(from, 16, Kind::load, pc, true);
  access(to, 16, Kind::store, pc, true);
  me().copies.push_back({static_cast<char*>(to), static_cast<const char*>(from), 16});
  begin(me().copies.back());
}

void async_wait() {
  for (const Copy& c : me().copies) carry_out(c);
  me().copies.clear();
}

}  // namespace emu
