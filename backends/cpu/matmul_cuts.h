// How a tile goes through cuts of k, along the binary tree of autograd/row_blocks.h: as in a binary counter, two sums
// of as many cuts each become one, and the last cut is joined by all that wait. Of no SIMD target.
#pragma once
#include <cstddef>
#include <cstdint>

namespace logitape::inline v0::cpu {

// A cut: how much of k, how many of the finished sums that wait join its own, and the slot where it waits then.
struct Cut {
  std::size_t depth, joins, slot;
};

inline constexpr std::size_t most_cuts = 256, most_waiting = 9;

struct CutPlan {
  Cut cut[most_cuts];
  std::size_t count;

  // at: count + 1 edges of k; a count of 0 is one chain.
  CutPlan(const std::int64_t* at, std::int64_t cuts) : count(static_cast<std::size_t>(cuts)) {
    std::size_t waiting = 0, cuts_in[most_waiting + 1];
    for (std::size_t i = 0; i < count; ++i) {
      const bool last = i + 1 == count;
      std::size_t joins = 0;
      cuts_in[waiting] = 1;
      for (; waiting > 0 && (last || cuts_in[waiting] == cuts_in[waiting - 1]); ++joins) {
        cuts_in[waiting - 1] += cuts_in[waiting];
        --waiting;
      }
      cut[i] = {static_cast<std::size_t>(at[i + 1] - at[i]), joins, waiting};
      ++waiting;
    }
  }
};

}  // namespace logitape::inline v0::cpu
