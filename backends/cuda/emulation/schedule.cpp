// Who runs next. A thread runs until it waits; then Options::order says which of those that can goes on, so that a
// missing barrier shows as a wrong value in one order or another.
#include <bit>

#include "logitape/backends/cuda/emulation/fiber.h"
#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {

Options options;
Where* current = nullptr;
dim3 grid_size, block_size;
bool watched = false;
Machine machine;

namespace {

void* host_sp = nullptr;

unsigned first_lane(std::uint32_t can) {
  if (options.order == Order::descending) return 31u - static_cast<unsigned>(std::countl_zero(can));
  if (options.order == Order::ascending) return static_cast<unsigned>(std::countr_zero(can));
  const unsigned from = draw() & 31;
  return (static_cast<unsigned>(std::countr_zero(std::rotr(can, static_cast<int>(from)))) + from) & 31;
}

std::string who_waits() {
  std::map<std::string, int> waits;
  for (const Warp* w : machine.warps)
    for (unsigned l = 0; l < 32; ++l) {
      if (!(w->alive >> l & 1)) continue;
      const bool by_warp = w->waiting >> l & 1;
      const char* at = by_warp                  ? "a warp operation"
                       : w->at_block >> l & 1   ? "__syncthreads"
                       : w->at_cluster >> l & 1 ? "a cluster barrier"
                                                : "an mbarrier";
      ++waits[print("%s in line %d", at, by_warp ? w->lanes[l].line : w->threads[l].line)];
    }
  std::string text;
  for (const auto& [at, n] : waits) text += print("%s%d threads wait at %s", text.empty() ? "" : ", ", n, at.c_str());
  return text;
}

// The thread has returned. Who goes on; null: the host.
Thread* finish(Thread& t) {
  if (!t.copies.empty()) {
    report("async copy", nullptr, "the thread returns with a cp.async that it has not waited for");
    t.copies.clear();
  }
  Warp& w = *t.warp;
  Block& b = *t.home;
  w.alive &= ~(1u << t.lane);
  w.runnable &= ~(1u << t.lane);
  for (std::uint32_t left = w.waiting; left; left &= left - 1) {
    const auto l = static_cast<unsigned>(std::countr_zero(left));
    if (w.waiting >> l & 1) complete(w, w.lanes[l].mask);
  }
  --b.alive;
  --b.cluster->alive;
  release(b);
  release(*b.cluster);
  if (!--machine.live) return nullptr;
  Thread* next = pick();
  if (next) return next;
  report("deadlock", nullptr, who_waits());
  machine.failed = true;
  return nullptr;
}

}  // namespace

std::mutex& mutex() {
  static std::mutex one;
  return one;
}

std::uint64_t draw() {
  std::uint64_t& d = machine.draws;
  d ^= d << 13;
  d ^= d >> 7;
  return d ^= d << 17;
}

Thread* pick() {
  const std::size_t n = machine.warps.size();
  const bool down = options.order == Order::descending;
  if (options.order == Order::shuffled) machine.turn = draw() % n;
  std::size_t at = machine.turn;
  for (std::size_t i = 0; i < n; ++i) {
    const Warp& w = *machine.warps[at];
    if (w.runnable) {
      machine.turn = at;
      return w.threads + first_lane(w.runnable);
    }
    if (down) at = (at == 0 ? n : at) - 1;
    else at = at + 1 == n ? 0 : at + 1;
  }
  return nullptr;
}

void go(Thread* to) {
  Thread* from = static_cast<Thread*>(current);
  if (from == to) return;
  ++machine.traffic.switches;
  if (to && !to->fiber && !(to->fiber = take_fiber())) {
    report("stacks", nullptr, "there is no memory for another thread's stack");
    machine.failed = true;
    to = nullptr;
  }
  if (from == to) return;
  current = to;
  logitape_emu_switch(from ? &from->fiber->sp : &host_sp, to ? to->fiber->sp : host_sp);
}

void go_through() {
  if (Thread* first = pick()) go(first);
  if (machine.failed) reset_fibers();
}

void wait_for_others(int line) {
  me().line = line;
  me().warp->runnable &= ~(1u << me().lane);
  Thread* next = pick();
  if (!next) fail("deadlock", who_waits());
  go(next);
}

void fail(const char* kind, const std::string& text, const void* pc) {
  report(kind, pc, text);
  machine.failed = true;
  go(nullptr);
  __builtin_unreachable();
}

void run_threads() {
  for (;;) {
    (*machine.body)();
    Thread* next = finish(me());
    Fiber* fiber = std::exchange(me().fiber, nullptr);
    current = next;
    if (next && !next->fiber) {  // it has not started: this stack will do
      next->fiber = fiber;
      continue;
    }
    give_back(fiber);
    logitape_emu_switch(&fiber->sp, next ? next->fiber->sp : host_sp);
  }
}

}  // namespace emu
