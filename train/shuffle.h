// Rows in random order. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <utility>

#include "logitape/core/random.h"

namespace logitape::inline v0::train {

// Fisher, Yates: every order is as likely.
inline void shuffle(std::span<std::int64_t> rows, Generator& rng) {
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
}

}  // namespace logitape::inline v0::train
