// How much of the long tables a build takes.
#pragma once
#include <cstddef>

#include "tests/support/sanitized.h"

namespace logitape::tests {

// Sanitizers make the long tests fifteen times slower and look for other faults: they take one shape set of sixty.
inline constexpr std::size_t stride = sanitized ? 60 : 1;

}  // namespace logitape::tests
