// Threads of the CPU backend: one pool, no OpenMP. Work is cut into blocks whose size never depends on the number of
// threads; threads claim blocks and the caller takes part, so the count decides who computes a block, never what it
// sums.
#pragma once
#include <cstdint>
#include <type_traits>

#include "logitape/backends/threads.h"

namespace logitape::inline v0::cpu {

// Calls run(context, begin, end) for ranges that cover [0, blocks). The first exception is rethrown in the caller.
// Several callers share the workers; a call from inside another runs in its caller alone.
void parallel_ranges(std::int64_t blocks, void (*run)(void*, std::int64_t, std::int64_t), void* context);

// work is the whole call in elements: below share_from the caller does it alone. Measured on two threads, AVX2: an
// addition of 2^17 elements gains 1.8 times from the second while it is awake and loses a fifth where it sleeps; from
// half of that the gain is 1.2 and the loss the same. What takes longer an element gains more.
inline constexpr std::int64_t share_from = std::int64_t{1} << 17;

template <class F>  // f(begin, end) over blocks
void parallel_for(std::int64_t blocks, std::int64_t work, F&& f) {
  if (blocks <= 1 || work < share_from) {
    if (blocks > 0) f(std::int64_t{0}, blocks);
    return;
  }
  using Function = std::remove_reference_t<F>;
  parallel_ranges(
      blocks, [](void* c, std::int64_t begin, std::int64_t end) { (*static_cast<Function*>(c))(begin, end); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

}  // namespace logitape::inline v0::cpu
