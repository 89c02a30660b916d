// Sees each load and store of watched files. Of every 4-byte word of device memory two things are kept: which of its
// bytes exist and have been written, and who touched it last. Two threads that touch one, a store among them, need a
// barrier between them: __syncthreads, __syncwarp, a cluster barrier or an mbarrier.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

// A touch is time << 32 | block << 15 | thread << 5 | atomic << 4 | which bytes of the word. 0: nobody.
using Touch = std::uint64_t;
constexpr Touch atomic_bit = 16;
std::uint32_t time_of(Touch t) { return static_cast<std::uint32_t>(t >> 32); }
unsigned block_of(Touch t) { return t >> 15 & 0x1ffff; }
unsigned thread_of(Touch t) { return t >> 5 & 0x3ff; }
bool same_thread(Touch a, Touch b) { return ((a ^ b) >> 5 & 0x7ffffff) == 0; }
std::string whose(Touch t) { return print("block %u thread %u", block_of(t), thread_of(t)); }

struct Cell {
  Touch write, read, other;  // other: the reader before, another thread
  const void *write_pc, *read_pc, *other_pc;
};
Cell* cells = nullptr;
std::uint8_t* state = nullptr;  // which bytes exist: the low four bits; which have been written: the high ones

bool ready() {
  if (!watched || state) return watched;
  auto map = [](std::size_t n) {
    return mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  };
  void* some_cells = map(arena_bytes / 4 * sizeof(Cell));
  void* some_state = map(arena_bytes / 4);
  if (some_cells == MAP_FAILED || some_state == MAP_FAILED) return watched = false;
  cells = static_cast<Cell*>(some_cells);
  state = static_cast<std::uint8_t*>(some_state);
  return true;
}

// Zeros; whole pages of much go back to the system instead.
void clear(void* p, std::size_t bytes) {
  constexpr std::size_t page = 4096, much = 1 << 20;
  auto* from = static_cast<char*>(p);
  if (bytes >= much) {
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(p) % page, whole = (bytes - before) / page * page;
    madvise(from + before, whole, MADV_DONTNEED);
    std::memset(from + before + whole, 0, bytes - before - whole);
    bytes = before;
  }
  std::memset(static_cast<void*>(from), 0, bytes);
}

// Has what touched the word been seen before thread t goes on?
bool ordered(const Thread& t, Touch s) {
  const std::uint32_t time = time_of(s);
  if (time <= machine.launched) return true;
  const unsigned block = block_of(s), id = thread_of(s), mine = t.home->linear & 0x1ffff;
  const Block& b = *t.home;
  if (block == mine) {
    if (time <= b.synced) return true;
    const bool one_warp = id / 32 == t.id / 32;
    if (one_warp && (time <= t.warp->synced || (t.warp->knows && time <= (*t.warp->knows)[t.lane][id % 32])))
      return true;
    if (!t.known.empty() && time <= t.known[id]) return true;
  }
  const auto size = static_cast<unsigned>(b.cluster->blocks.size());
  if (!t.phases || block / size != mine / size) return false;
  return time <= b.cluster->arrived[(t.phases - 1) & 1][block % size * b.threads + id];
}

// One access to one word, as far as it touches it: `bytes` are bits.
struct Step {
  const Thread& thread;
  Touch stamp;
  Kind kind;
  const void* pc;
};

bool clash(const Step& s, Touch other, unsigned bytes) {
  const bool both_atomic = s.kind == Kind::atomic && (other & atomic_bit);
  return (other & bytes) && !same_thread(other, s.stamp) && !both_atomic && !ordered(s.thread, other);
}

void tell(const Step& s, std::size_t word, const char* did, Touch other, const void* there) {
  const char* does = s.kind == Kind::load ? "loads" : s.kind == Kind::store ? "stores to" : "adds to";
  report("race", s.pc,
         print("%s %s, which %s %s in %s, no barrier between", does, name_of(4 * word).c_str(), whose(other).c_str(),
               did, place(there).c_str()));
}

void touch(const Step& s, std::size_t word, unsigned bytes) {
  Cell& c = cells[word];
  if (clash(s, c.write, bytes)) tell(s, word, "stored to", c.write, c.write_pc);
  if (s.kind == Kind::load) {
    if (!same_thread(c.read, s.stamp)) {
      c.other = c.read;
      c.other_pc = c.read_pc;
    }
    c.read = s.stamp | bytes;
    c.read_pc = s.pc;
    return;
  }
  if (clash(s, c.read, bytes)) tell(s, word, "loaded", c.read, c.read_pc);
  else if (clash(s, c.other, bytes)) tell(s, word, "loaded", c.other, c.other_pc);
  c.write = s.stamp | bytes;
  c.write_pc = s.pc;
  if (bytes == 15) c.read = c.other = 0;
}

// The bits of a word's bytes that [at, at + bytes) touches.
unsigned part_of(std::size_t word, std::size_t at, std::size_t bytes) {
  unsigned part = 15;
  if (word == at / 4) part &= 15u << at % 4;
  if (word == (at + bytes - 1) / 4) part &= 15u >> (3 - (at + bytes - 1) % 4);
  return part;
}

// An aligned load of 16 bytes may read past an end, as far as the allocator rounds.
bool reaches_into(std::size_t word) {
  const std::uint8_t* line = state + (word & ~std::size_t{3});
  return (line[0] | line[1] | line[2] | line[3]) & 15;
}

void count_traffic(std::size_t bytes, Kind kind) {
  Traffic& t = machine.traffic;
  ++(kind == Kind::load ? t.loads : t.stores);
  (kind == Kind::load ? t.load_bytes : t.store_bytes) += bytes;
  t.wide += bytes == 16;
  t.atomics += kind == Kind::atomic;
}

}  // namespace

void access(const void* p, std::size_t bytes, Kind kind, const void* pc, bool wide) {
  if (!arena()) return;
  const std::size_t at = offset_of(p);
  if (at >= arena_bytes || !ready()) return;  // a stack or the host's memory
  if (!current) {
    if (!machine.body) report("host", pc, "the host touches " + name_of(at));
    return;
  }
  if (options.preempt && options.order == Order::shuffled && static_cast<int>(draw() & 1023) < options.preempt)
    go(pick());
  const Thread& t = me();
  const bool whole = (bytes & (bytes - 1)) == 0;
  if (whole && at % (bytes < 16 ? bytes : 16)) report("misaligned", pc, print("%zu bytes at ", bytes) + name_of(at));
  if (at >= window_bytes * windows) count_traffic(bytes, kind);
  if (options.profile) count_request(*t.warp, t.lane, pc, kind, at, bytes);
  const Touch id = (Touch{t.home->linear & 0x1ffff} << 10 | t.id) << 5;
  const Step step{t, Touch{machine.now} << 32 | id | (kind == Kind::atomic ? atomic_bit : 0), kind, pc};
  for (std::size_t w = at / 4; w <= (at + bytes - 1) / 4; ++w) {
    unsigned part = part_of(w, at, bytes);
    if (part & ~state[w]) {
      if (!(wide && kind == Kind::load && reaches_into(w)))
        return report("out of bounds", pc,
                      print("%s of %zu bytes at ", kind == Kind::load ? "load" : "store", bytes) + name_of(at));
      part &= state[w];
      if (!part) continue;
    }
    if (kind != Kind::store && (part & ~(state[w] >> 4))) report("uninitialised", pc, "load of " + name_of(at));
    if (kind != Kind::load) state[w] |= static_cast<std::uint8_t>(part << 4);
    touch(step, w, part);
  }
}

void atomic_access(const void* p, std::size_t bytes) { access(p, bytes, Kind::atomic, __builtin_return_address(0)); }
void vector_access(const void* p, bool write) {
  access(p, 16, write ? Kind::store : Kind::load, __builtin_return_address(0), true);
}

void host_access(const void* p, std::size_t bytes, bool write) {
  if (!on_device(p) || !bytes || !ready()) return;
  const std::size_t at = offset_of(p);
  for (std::size_t w = at / 4; w <= (at + bytes - 1) / 4; ++w) {
    const unsigned part = part_of(w, at, bytes);
    if (part & ~state[w])
      return report("out of bounds", nullptr, print("copy or fill of %zu bytes at ", bytes) + name_of(at));
    if (!write && (part & ~(state[w] >> 4)))
      return report("uninitialised", nullptr, "copy from " + name_of(std::max(at, 4 * w)));
  }
  if (write) mark(p, bytes, true);
}

void lay(std::size_t at, std::size_t bytes) {
  if (!bytes || !ready()) return;
  const std::size_t first = at / 4, last = (at + bytes - 1) / 4;
  clear(cells + first, (last - first + 1) * sizeof(Cell));
  std::memset(state + first, 15, last - first + 1);
  state[first] &= static_cast<std::uint8_t>(part_of(first, at, bytes));
  state[last] &= static_cast<std::uint8_t>(part_of(last, at, bytes));
}

void begin_time() {
  if (machine.now >> 31 && ready()) {  // before the clock runs over, all touches are forgotten
    madvise(cells, arena_bytes / 4 * sizeof(Cell), MADV_DONTNEED);
    machine.now = 1;
  }
  machine.launched = machine.now++;
}

void forget(std::size_t at, std::size_t bytes) {
  if (ready()) clear(state + at / 4, (bytes + 3) / 4);
}

void mark(const void* p, std::size_t bytes, bool written) {
  if (!bytes || !ready()) return;
  const std::size_t at = offset_of(p);
  for (std::size_t w = at / 4; w <= (at + bytes - 1) / 4; ++w) {
    const auto part = static_cast<std::uint8_t>(part_of(w, at, bytes) << 4);
    state[w] = static_cast<std::uint8_t>(written ? state[w] | part : state[w] & ~part);
  }
}

void date(const void* p, std::size_t bytes, std::uint32_t time) {
  if (!ready()) return;
  for (std::size_t w = offset_of(p) / 4, end = w + bytes / 4; w < end; ++w)
    cells[w].write = Touch{time} << 32 | (cells[w].write & 0xffffffff);
}

std::string name_of(std::size_t at) {
  if (at < window_bytes * windows) {
    const std::size_t in = at % window_bytes;
    for (const Cluster& c : machine.clusters)
      for (const Block& b : c.blocks)
        for (const Variable& v : b.variables)
          if (b.slot == at / window_bytes && in + 16 >= v.at && in < v.at + v.bytes + 16)
            return print("%s%+td of %zu bytes shared, block %u", v.name,
                         static_cast<std::ptrdiff_t>(in) - static_cast<std::ptrdiff_t>(v.at), v.bytes, b.linear);
    return "shared memory";
  }
  auto it = allocator.taken().upper_bound(at);
  if (it == allocator.taken().begin()) return "device memory";
  --it;
  return print("byte %zu of %zu allocated", at - it->first, it->second);
}

}  // namespace emu
