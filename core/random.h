// Random numbers that are a function of (key, position) and nothing else: Philox4x32-10 (Salmon, Moraes, Dror, Shaw,
// "Parallel random numbers: as easy as 1, 2, 3", 2011) as a counter-based generator.
// Element i of a stream owns 64 bits: half (i mod 2) of the block of counter i/2. The same numbers on every machine,
// for any number of threads and however a stream is cut into pieces.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace logitape::inline v0 {

// Where a stream stands. Drawing moves it on; a copy draws the same numbers again.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0) : key_(seed) {}
  // The generator that stood at this position: Generator(rng.key(), rng.position()) goes on as rng does.
  Generator(std::uint64_t key, std::uint64_t position) : key_(key), position_(position) {}

  std::uint64_t key() const { return key_; }
  std::uint64_t position() const { return position_; }

  // Takes the next `count` elements and returns their position.
  std::uint64_t advance(std::uint64_t count);

  std::uint64_t next_u64();
  double next_uniform();                 // in [0, 1)
  std::uint64_t below(std::uint64_t n);  // in [0, n), without bias; n is at least 1
  Generator split();                     // another stream, independent of this one and of its other splits

 private:
  std::uint64_t key_;
  std::uint64_t position_ = 0;
};

namespace random {

using Block = std::array<std::uint32_t, 4>;
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011): one block of the
// stream.
Block philox(Block counter, std::array<std::uint32_t, 2> key);

// The 64 bits of elements first, first + 1, ... under `key`.
void bits(std::uint64_t key, std::uint64_t first, std::span<std::uint64_t> out);

// Numbers made of an element's 64 bits.
double uniform(std::uint64_t bits);     // in [0, 1), the upper 53 bits
float uniform_f32(std::uint64_t bits);  // in [0, 1), the upper 24 bits
double normal(std::uint64_t bits);      // mean 0, variance 1: the inverse of the distribution at the upper 52 bits

}  // namespace random
}  // namespace logitape::inline v0
