// How many threads compute.
#pragma once

namespace logitape::inline v0 {

// The caller included; at least 1. The default is LOGITAPE_NUM_THREADS or the CPUs at hand: those that this process may
// run on, and no more than its container's quota, rounded up. Callers share the other threads. Results are the same
// bits for any count. Error: fewer than 1, more than 1024.
void set_num_threads(int count);
int num_threads();

// So many threads until the end of the scope, then as many as before, also where it is left by an exception:
// const ThreadCount one(1). It counts for the whole process, as set_num_threads does, and throws as that does.
class [[nodiscard]] ThreadCount {
 public:
  explicit ThreadCount(int count) { set_num_threads(count); }
  ~ThreadCount() { set_num_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;

 private:
  int before_ = num_threads();
};

}  // namespace logitape::inline v0
