// A step that a device records once and then replays: lt_module's record and replay, and what changes from one replay
// to the next, which stands in the device's memory. Not installed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "logitape/backends/kernels.h"
#include "logitape/core/device.h"

namespace logitape::inline v0::backends {

// The random numbers of one kernel: elements first, ..., first + count - 1 of the stream under `key`.
struct Draw {
  std::uint64_t key, first, count;
};

// What was recorded. It is replayed in the order of the device's other work.
class Recorded {
 public:
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
  ~Recorded();

  // The numbers that kernels draw; replay reads `first` of each.
  std::vector<Draw> draws;
  // What optimisers read in place of numbers of theirs.
  std::vector<double> rates;
  // Error device: it has failed.
  void replay();

 private:
  friend class Recording;
  explicit Recorded(Device device);
  Device device_;
  lt_graph* graph_ = nullptr;
  std::uint64_t* firsts_ = nullptr;  // both on the device
  double* rates_ = nullptr;
};

// While it lives, what this thread asks of the device is recorded, and not computed. Another thread that asks for
// something waits. Errors: unsupported, where the device's module records nothing, or this thread records already.
class Recording {
 public:
  explicit Recording(Device device);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording();  // without finish(): what was recorded is thrown away

  // Where a kernel reads its place in a stream of random numbers.
  const std::uint64_t* first_there(const Draw& draw);
  // Where an optimiser's kernel reads these numbers, 3 at most.
  const double* rates_there(std::span<const double> rates);
  // Error: what was recorded cannot be replayed, since something waited.
  std::unique_ptr<Recorded> finish();

 private:
  std::unique_ptr<Recorded> made_;
  bool recording_ = false;
};

// What this thread records on the device; null: nothing.
Recording* recording_of(Device device);

}  // namespace logitape::inline v0::backends
