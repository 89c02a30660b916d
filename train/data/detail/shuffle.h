// Rows in random order. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <utility>

#include "logitape/core/random.h"
#include "logitape/ops/create.h"

namespace logitape::inline v0::train {

// Fisher, Yates: every order is equally likely.
inline void shuffle(std::span<std::int64_t> rows, Generator& rng) {
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[rng.below(i)]);
}

// 0 ... n-1 in random order.
inline Tensor permutation(std::int64_t n, Generator& rng) {
  Tensor order = arange(n);
  shuffle({static_cast<std::int64_t*>(order.writable()), static_cast<std::size_t>(n)}, rng);
  return order;
}

}  // namespace logitape::inline v0::train
