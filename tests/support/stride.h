// How much of the long tables a build takes.
#pragma once
#include <cstddef>

namespace logitape::tests {

// Sanitizers make the long tests fifteen times slower and look for other faults: they take one shape set of sixty.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t stride = 60;
#else
inline constexpr std::size_t stride = 1;
#endif

}  // namespace logitape::tests
