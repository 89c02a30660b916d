// Barriers of a block and of a cluster, and the block's shared memory that a cluster shares.
#include <algorithm>
#include <cstring>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

void lay_variable(Block& b, const Variable& v) {
  b.variables.push_back(v);
  b.used = std::max(b.used, v.at + v.bytes);
  b.fixed += v.key ? v.bytes : 0;
  const std::size_t from = b.slot * window_bytes + v.at;
  lay(from, v.bytes);
  std::memset(arena() + from, 0xff, v.bytes);  // NaN in every floating type
}

}  // namespace

bool release(Block& b) {
  if (!b.waiting || b.waiting < b.alive) return false;
  if (b.alive < b.threads && options.strict)
    report("barrier", nullptr,
           print("%u threads have returned while %u wait at __syncthreads in line %d", b.threads - b.alive, b.waiting,
                 b.line));
  b.synced = machine.now++;
  b.result = b.predicates;
  b.waiting = 0;
  b.predicates = 0;
  for (Warp& w : b.warps) {
    w.runnable |= w.at_block;
    w.at_block = 0;
  }
  return true;
}

void release(Cluster& c) {
  if (!c.count || c.count < c.alive) return;
  c.count = 0;
  ++c.phase;
  for (Block& b : c.blocks)
    for (Warp& w : b.warps) {
      w.runnable |= w.at_cluster;
      w.at_cluster = 0;
    }
}

int block_barrier(int predicate, int line) {
  Thread& t = me();
  Block& b = *t.home;
  if (b.waiting && b.line != line && options.strict)
    report("barrier", nullptr,
           print("threads of a block wait at different barriers, in lines %d and %d", b.line, line));
  b.line = line;
  b.predicates += predicate;
  ++b.waiting;
  t.warp->at_block |= 1u << t.lane;
  if (!release(b)) wait_for_others(line);
  return b.result;
}

unsigned cluster_rank() { return me().home->rank; }
unsigned cluster_size() { return static_cast<unsigned>(me().home->cluster->blocks.size()); }

void cluster_arrive() {
  Thread& t = me();
  Cluster& c = *t.home->cluster;
  if (c.blocks.size() == 1) return;
  if (t.arrivals != t.phases) fail("cluster barrier", "a thread arrives twice");
  c.arrived[c.phase & 1][t.home->rank * t.home->threads + t.id] = machine.now++;
  ++t.arrivals;
  ++c.count;
  release(c);
}

void cluster_wait(int line) {
  Thread& t = me();
  Cluster& c = *t.home->cluster;
  if (c.blocks.size() == 1) return;
  if (t.arrivals == t.phases) fail("cluster barrier", print("line %d: a thread waits without having arrived", line));
  while (c.phase < t.arrivals) {
    t.warp->at_cluster |= 1u << t.lane;
    wait_for_others(line);
  }
  t.phases = t.arrivals;
}

// A peer's variables lie where this block's do. One that it has not yet come to is laid for it.
void* cluster_map(const void* mine, unsigned rank) {
  const Block& b = *me().home;
  const std::size_t in = offset_of(mine) - b.slot * window_bytes;
  if (in >= window_bytes || rank >= b.cluster->blocks.size())
    fail("cluster", "cluster_map of what is not this block's shared memory, or of no block");
  Block& peer = b.cluster->blocks[rank];
  for (const Variable& v : b.variables) {
    if (in < v.at || in >= v.at + v.bytes) continue;
    const bool there = std::any_of(peer.variables.begin(), peer.variables.end(),
                                   [&](const Variable& o) { return o.at == v.at && o.bytes == v.bytes; });
    if (!there && peer.alive) lay_variable(peer, v);  // where it has returned, accesses are out of bounds
    if (!there) break;
  }
  return arena() + peer.slot * window_bytes + in;
}

void* shared_variable(const void* key, std::size_t bytes, std::size_t align, const char* name) {
  Block& b = *me().home;
  for (const Variable& v : b.variables)
    if (v.key == key) return arena() + b.slot * window_bytes + v.at;
  const std::size_t step = std::max<std::size_t>(align, 16);
  const std::size_t at = (b.used + 16 + step - 1) / step * step;  // 16 bytes of nothing between any two
  const std::size_t fixed = b.fixed + (key ? bytes : 0);
  if (fixed > static_shared_bytes || fixed + machine.dynamic_bytes > shared_bytes || at + bytes + 16 > window_bytes)
    fail("launch", print("%zu bytes of shared memory and %zu of dynamic", fixed, machine.dynamic_bytes));
  lay_variable(b, {key, at, bytes, name});
  return arena() + b.slot * window_bytes + at;
}

void* dynamic_shared() { return shared_variable(nullptr, machine.dynamic_bytes, 1024, "dynamic"); }

}  // namespace emu
