// The machine's own state, for the files of this folder: what runs, what waits for what, who touched which word.
// None of them is compiled with -fsanitize=thread: they are what its hooks call.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "logitape/backends/cuda/emulation/emulator.h"
#include "logitape/backends/cuda/emulation/kernel.h"

namespace emu {

constexpr std::size_t static_shared_bytes = 48 << 10, shared_bytes = 227 << 10;

struct Block;
struct Cluster;
struct Fiber;
struct Warp;
struct Copy {  // of cp.async and cp.async.bulk, in flight
  char* to;
  const char* from;
  unsigned bytes;
};

// A thread of the device.
struct Thread : Where {
  Fiber* fiber = nullptr;  // its stack, once it has started
  Warp* warp = nullptr;
  Block* home = nullptr;
  unsigned id = 0, lane = 0;
  int line = 0;                       // in which it waits
  unsigned arrivals = 0, phases = 0;  // at the cluster's barrier: arrived, passed
  std::vector<Copy> copies;           // cp.async, not yet waited for
  std::vector<std::uint32_t> known;   // thread -> time, learnt through mbarriers
};

struct Lane {
  WarpOp op = WarpOp::none;
  unsigned mask = 0;
  std::uint64_t value = 0, result = 0;
  int source = 0, line = 0;
};
struct Request {  // what a warp asks at once: the n-th time that its lanes come to a place
  unsigned lanes = 0, bytes = 0;
  std::array<std::size_t, 32> at;
};
struct Requests {
  std::array<unsigned, 32> seen = {};
  std::vector<Request> list;
};
using LaneTimes = std::array<std::array<std::uint32_t, 32>, 32>;
struct Warp {
  std::uint32_t alive = 0, runnable = 0, waiting = 0, at_block = 0, at_cluster = 0, at_barrier = 0;  // bits are lanes
  std::uint32_t synced = 0;          // all lanes know of each other up to this time
  std::unique_ptr<LaneTimes> knows;  // [lane][other]: the same for a part of the warp
  std::array<Lane, 32> lanes;
  Thread* threads = nullptr;  // the first of 32
  std::map<std::pair<const void*, char>, Requests> requests;
};

struct Barrier {  // an mbarrier
  unsigned count = 0, pending = 0, phase = 0;
  std::int64_t bytes = 0;
  std::vector<Copy> copies;
  std::vector<std::uint32_t> known;
};
struct Variable {
  const void* key;
  std::size_t at, bytes;
  const char* name;
};
struct Block {
  unsigned linear = 0, rank = 0, threads = 0, alive = 0, waiting = 0, slot = 0;
  int line = 0, predicates = 0, result = 0;
  std::uint32_t synced = 0;
  std::size_t used = 0, fixed = 0;
  Cluster* cluster = nullptr;
  std::vector<Warp> warps;
  std::vector<Variable> variables;
  std::unordered_map<const void*, Barrier> barriers;
};
struct Cluster {
  unsigned index = 0, alive = 0, count = 0, phase = 0;
  std::array<std::vector<std::uint32_t>, 2> arrived;  // by phase & 1: when each thread arrived
  std::vector<Block> blocks;
};

// The launch that runs, one at a time.
struct Machine {
  const char* kernel = "";
  const std::function<void()>* body = nullptr;
  std::vector<Cluster> clusters;  // side by side
  std::vector<Thread> threads;    // of all of them
  std::vector<Warp*> warps;
  std::size_t turn = 0;  // the warp that runs
  std::size_t live = 0;  // threads that have not returned
  std::size_t dynamic_bytes = 0;
  bool failed = false;
  std::uint32_t now = 1, launched = 0;  // time, which every barrier moves on
  std::uint64_t draws = 1;
  Traffic traffic = {};
};
extern Machine machine;
std::mutex& mutex();  // held by whatever touches the machine or its memory

inline Thread& me() { return *static_cast<Thread*>(current); }
std::uint64_t draw();

// schedule.cpp
Thread* pick();       // who goes on; null: nobody can
void go(Thread* to);  // null: the host
void go_through();    // until all threads have returned or one has failed
void wait_for_others(int line);
[[noreturn]] void fail(const char* kind, const std::string& text, const void* pc = nullptr);
[[noreturn]] void run_threads();  // what a fiber does

// What the end of a thread may set free: warp.cpp, barriers.cpp
bool complete(Warp& w, unsigned mask);
bool release(Block& b);
void release(Cluster& c);

// reports.cpp
std::string print(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string place(const void* pc);
void report(const char* kind, const void* pc, const std::string& text);
std::size_t reports_so_far();
std::string last_report();

// watch.cpp: what is known of each word of device memory. All of it does nothing unless some file is watched.
enum class Kind { load, store, atomic };
void access(const void* p, std::size_t bytes, Kind kind, const void* pc, bool wide = false);
void host_access(const void* p, std::size_t bytes, bool write);  // of a copy or a fill
void begin_time();                                               // of a launch
void lay(std::size_t at, std::size_t bytes);                     // new memory: nobody has touched it
void forget(std::size_t at, std::size_t bytes);                  // memory that is no more
void mark(const void* p, std::size_t bytes, bool written);
void date(const void* p, std::size_t bytes, std::uint32_t time);  // as if it had been stored to then
std::string name_of(std::size_t at);

// profile.cpp
void count_request(Warp& w, unsigned lane, const void* pc, Kind kind, std::size_t at, std::size_t bytes);
void settle(Block& b);

}  // namespace emu
