// Not installed.
#pragma once
#include <chrono>

namespace logitape::inline v0 {

// Seconds from some moment on, by the clock that is never set.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace logitape::inline v0
