// Include before hwy/highway.h. x86 carries three targets: baseline, AVX2 and AVX-512. The bits below are Highway's:
// everything above AVX3 (0..7), SSE4 (11) and SSSE3 (12); SSE2 (14), where Highway has it, is the baseline.
#pragma once
#include <cstdint>
#include <iterator>

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS 0x18ff
#endif

// Below each file's kernels, within `#if HWY_ONCE`: fill() is Fill() as compiled for `target`, one of HWY_TARGETS. The
// target that Highway has chosen is not asked: it is the process', and a user may have set it.
#define LOGITAPE_KERNELS(fill, Fill)                                  \
  namespace logitape::inline v0::cpu {                                \
  HWY_EXPORT(Fill);                                                   \
  void fill(backends::Kernels& k, std::int64_t target) {              \
    constexpr bool single = std::size(HWY_DISPATCH_TABLE(Fill)) == 1; \
    hwy::ChosenTarget own;                                            \
    own.Update(target);                                               \
    HWY_DISPATCH_TABLE(Fill)[single ? 0 : own.GetIndex()](k);         \
  }                                                                   \
  }
