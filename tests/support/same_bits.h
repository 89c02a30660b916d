// Equality of bytes: -0 is not 0, and a NaN is itself. For what has to be the same whatever the threads, the target,
// the file in between.
#pragma once
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

namespace logitape::tests {

template <class T>
requires(std::is_trivially_copyable_v<T>) bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
bool same_bits(const std::vector<std::vector<T>>& a, const std::vector<std::vector<T>>& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) { return same_bits(one, other); });
}

}  // namespace logitape::tests
