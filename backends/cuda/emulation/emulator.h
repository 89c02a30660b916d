// What a test asks of the emulated device: the order in which threads run, and what has been seen.
//
// A device's threads run one after the other, each until it waits, in one thread of the host: equal options give equal
// runs. Files compiled with -fsanitize=thread are watched: each of their loads and stores is checked (watch.cpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace emu {

enum class Order { ascending, descending, shuffled };

struct Options {
  Order order = Order::ascending;  // of warps, of lanes and of blocks; shuffled draws again at every switch
  unsigned seed = 1;
  int preempt = 0;      // shuffled: of 1024 watched accesses, how many hand over to another thread
  int approximate = 0;  // the error of ex2.approx and its kin: +n or -n ULP; within n where wobble is set
  bool wobble = false;
  unsigned resident = 1;  // how many clusters, or blocks, run side by side
  bool lazy = false;      // launches and copies wait until the host synchronises
  bool profile = false;   // count what each place asks of memory: take_profile()
  bool strict = true;     // a thread that returns while others wait at a barrier is reported
  std::size_t most_reports = 20;
  int count_devices_error = 0;  // what cudaGetDeviceCount answers, for a test of the module's sentences
  int driver_version = 13000;
  int capability = 9;  // compute capability, the major number: 8 has no clusters
};
extern Options options;

// Each place in the source reports a kind once; count says how often it happened.
struct Report {
  std::string kind, text;
  unsigned long count;
};
std::vector<Report> take_reports();  // and forgets them

// Of watched accesses to device memory. wide: those of 16 bytes.
struct Traffic {
  std::uint64_t loads, stores, load_bytes, store_bytes, wide, atomics, switches;
};
Traffic take_traffic();

// What a place asks of memory, request by request of a warp. space: g (global) or s (shared); kind: l (load), s (store)
// or a (atomic). paid: sectors of 32 bytes, or wavefronts of shared memory; least: as few as would do.
struct Place {
  std::string where;
  char space, kind;
  std::uint64_t requests, lanes, bytes, paid, least;
};
std::vector<Place> take_profile();

}  // namespace emu
