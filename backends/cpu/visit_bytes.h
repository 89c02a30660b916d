// For kernels that move elements without looking into them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace logitape::inline v0::cpu {

// Calls f.operator()<U>() with the unsigned type of that many bytes: 1, 2, 4 or 8.
template <class F>
void visit_bytes(std::size_t bytes, F f) {
  switch (bytes) {
    case 1: return f.template operator()<std::uint8_t>();
    case 2: return f.template operator()<std::uint16_t>();
    case 4: return f.template operator()<std::uint32_t>();
    default: return f.template operator()<std::uint64_t>();
  }
}

}  // namespace logitape::inline v0::cpu
