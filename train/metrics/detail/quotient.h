// Parts of counts. Not installed.
#pragma once
#include <cstdint>

namespace logitape::inline v0 {

// part / whole; 0 where the whole is nothing.
inline double quotient(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace logitape::inline v0
