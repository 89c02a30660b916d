// Seconds since it was made: by the clock on the wall or, where one thread works, by the processor's if that is less:
// others' work on the machine does not lengthen it. As common.py's.
#pragma once
#include <time.h>

#include <algorithm>

class Stopwatch {
 public:
  explicit Stopwatch(int threads) : one_(threads == 1) {}
  double seconds() const {
    const double wall = now(CLOCK_MONOTONIC) - wall_;
    return one_ ? std::min(wall, now(CLOCK_PROCESS_CPUTIME_ID) - processor_) : wall;
  }

 private:
  static double now(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  bool one_;
  double processor_ = now(CLOCK_PROCESS_CPUTIME_ID), wall_ = now(CLOCK_MONOTONIC);
};
