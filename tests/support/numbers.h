// Numbers for kernels to work on, the same on every machine.
#pragma once
#include <cstdint>
#include <vector>

namespace logitape::tests {

// shift + numbers in [-1, 1), from a linear congruential generator (Knuth's MMIX: The Art of Computer Programming
// 2, 3.3.4).
template <class T>
std::vector<T> numbers(std::int64_t size, std::uint64_t seed, double shift = 0) {
  std::vector<T> out(static_cast<std::size_t>(size));
  for (T& x : out) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    x = static_cast<T>(shift + static_cast<double>(static_cast<std::int64_t>(seed) >> 11) * 0x1p-52);
  }
  return out;
}

}  // namespace logitape::tests
