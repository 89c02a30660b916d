// Not installed.
#pragma once
#include <chrono>

namespace logitape::inline v0 {

// Seconds since some moment, by the clock that nobody sets.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace logitape::inline v0
