// A launch: its limits, its blocks one cluster after the other, its threads.
#include <sys/mman.h>

#include <algorithm>
#include <numeric>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"
#include "logitape/backends/cuda/emulation/queue.h"

namespace emu {
namespace {

const char* wrong_with(const Shape& s, const void* kernel) {
  const unsigned threads = s.block.x * s.block.y * s.block.z;
  if (!threads || threads > 1024 || s.block.z > 64) return "block size";
  if (!s.grid.x || !s.grid.y || !s.grid.z || s.grid.x > 0x7fffffff || s.grid.y > 65535 || s.grid.z > 65535)
    return "grid size";
  const int allowed = attribute_of(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, int{static_shared_bytes});
  if (s.shared > static_cast<std::size_t>(allowed))
    return "dynamic shared memory beyond what cudaFuncSetAttribute allows";
  if (!s.cluster || s.grid.x % s.cluster) return "cluster size";
  const bool large = attribute_of(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 0);
  return s.cluster > (large ? 16u : 8u) ? "cluster size, not portable" : nullptr;
}

void set_warp(Warp& w, Thread* threads, unsigned count) {
  w.alive = w.runnable = count >= 32 ? ~0u : (1u << count) - 1;
  w.waiting = w.at_block = w.at_cluster = w.at_barrier = w.synced = 0;
  w.knows.reset();
  w.threads = threads;
}

void set_block(Block& b, const Shape& s, unsigned linear, Thread* threads) {
  b.linear = linear;
  b.alive = b.threads = s.block.x * s.block.y * s.block.z;
  b.waiting = b.synced = 0;
  b.predicates = b.result = 0;
  b.used = b.fixed = 0;
  b.variables.clear();
  b.barriers.clear();
  b.warps.resize((b.threads + 31) / 32);
  for (std::size_t w = 0; w < b.warps.size(); ++w)
    set_warp(b.warps[w], threads + 32 * w, b.threads - static_cast<unsigned>(32 * w));
  const uint3 block = {linear % s.grid.x, linear / s.grid.x % s.grid.y, linear / s.grid.x / s.grid.y};
  uint3 index = {0, 0, 0};
  for (unsigned id = 0; id < b.threads; ++id) {
    Thread& t = threads[id];
    t.thread = index;
    t.block = block;
    t.fiber = nullptr;
    t.warp = &b.warps[id / 32];
    t.home = &b;
    t.id = id;
    t.lane = id % 32;
    t.arrivals = t.phases = 0;
    t.copies.clear();
    t.known.clear();
    if (++index.x < s.block.x) continue;
    index.x = 0;
    if (++index.y < s.block.y) continue;
    index.y = 0;
    ++index.z;
  }
}

// `count` clusters side by side, those of `order`.
void set_clusters(const Shape& s, const std::uint32_t* order, std::size_t count) {
  Machine& m = machine;
  const unsigned threads = s.block.x * s.block.y * s.block.z;
  m.clusters.resize(count);
  m.live = count * s.cluster * threads;
  if (m.threads.size() < m.live) m.threads.resize(m.live);
  m.warps.clear();
  m.turn = 0;
  Thread* next = m.threads.data();
  for (std::size_t i = 0; i < count; ++i) {
    Cluster& c = m.clusters[i];
    c.index = order[i];
    c.alive = s.cluster * threads;
    c.count = c.phase = 0;
    c.blocks.resize(s.cluster);
    if (s.cluster > 1)
      for (auto& times : c.arrived) times.assign(c.alive, 0);
    for (unsigned r = 0; r < s.cluster; ++r, next += threads) {
      Block& b = c.blocks[r];
      b.rank = r;
      b.slot = static_cast<unsigned>(i * s.cluster + r);
      b.cluster = &c;
      set_block(b, s, c.index * s.cluster + r, next);
      for (Warp& w : b.warps) m.warps.push_back(&w);
    }
  }
}

std::vector<std::uint32_t> drawn_order(std::size_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  if (options.order == Order::descending) std::reverse(order.begin(), order.end());
  if (options.order == Order::shuffled)
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[draw() % i]);
  return order;
}

void run_clusters(const Shape& s, std::size_t count) {
  const std::size_t side = std::clamp<std::size_t>(options.resident, 1, windows / s.cluster);
  const std::vector<std::uint32_t> order =
      options.order == Order::ascending ? std::vector<std::uint32_t>() : drawn_order(count);
  std::vector<std::uint32_t> some(side);
  for (std::size_t first = 0; first < count && !machine.failed; first += side) {
    const std::size_t n = std::min(side, count - first);
    for (std::size_t i = 0; i < n; ++i)
      some[i] = order.empty() ? static_cast<std::uint32_t>(first + i) : order[first + i];
    set_clusters(s, some.data(), n);
    go_through();
    if (!watched) continue;
    for (Cluster& c : machine.clusters)
      for (Block& b : c.blocks) {
        settle(b);
        forget(b.slot * window_bytes, b.used + 32);
      }
  }
}

bool start(const Shape& s, const char* name, const std::function<void()>& body) {
  const std::size_t before = reports_so_far();
  machine.kernel = name;
  machine.body = &body;
  machine.dynamic_bytes = s.shared;
  machine.draws = 0x9e3779b97f4a7c15u * (options.seed + 1);
  begin_time();
  machine.failed = false;
  grid_size = s.grid;
  block_size = s.block;
  {
    const std::size_t from = window_bytes * windows;
    // a watched kernel that strays is reported, so it may go on; another faults beyond what is in use
    const Unlocked open(arena() + from, (watched ? arena_bytes : allocator.end()) - from);
    run_clusters(s, std::size_t{s.grid.x} * s.grid.y * s.grid.z / s.cluster);
  }
  machine.body = nullptr;
  current = nullptr;
  return reports_so_far() == before;
}

}  // namespace

int run(const Shape& shape, const char* name, const void* kernel, std::function<void()> body) {
  {
    const std::lock_guard lock(mutex());
    machine.kernel = name;
    if (!open_arena()) return fail_with(cudaErrorMemoryAllocation);
    if (const char* wrong = wrong_with(shape, kernel)) {
      report("launch", nullptr, wrong);
      return fail_with(cudaErrorInvalidConfiguration);
    }
  }
  return enqueue(shape.stream, [shape, name, body = std::move(body)] { return start(shape, name, body); });
}

}  // namespace emu
