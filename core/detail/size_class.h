// The sizes of the pool's blocks. Up to 1 KB they are 64 bytes apart; above, there are four to a doubling. Not
// installed.
#pragma once
#include <bit>
#include <cstddef>

namespace logitape::inline v0::memory {

inline constexpr std::size_t line = 64;
inline constexpr int fine_classes = 16;                    // 64, 128, ... 1024
inline constexpr int class_count = fine_classes + 4 * 38;  // then 1280, 1536, 1792, 2048, ... up to 2^48

constexpr int class_of(std::size_t bytes) {
  if (bytes <= fine_classes * line) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / line);
  const int log = static_cast<int>(std::bit_width(bytes - 1)) - 1;  // 2^log < bytes <= 2^(log+1)
  const auto quarter = ((bytes - 1) >> (log - 2)) & 3;
  return fine_classes + (log - 10) * 4 + static_cast<int>(quarter);
}

constexpr std::size_t class_bytes(int c) {
  if (c < fine_classes) return (static_cast<std::size_t>(c) + 1) * line;
  const int log = 10 + (c - fine_classes) / 4;
  const auto quarter = static_cast<std::size_t>((c - fine_classes) % 4);
  return (std::size_t{1} << log) + ((quarter + 1) << (log - 2));
}

}  // namespace logitape::inline v0::memory
