// Include before hwy/highway.h. x86 carries three targets: baseline, AVX2 and AVX-512. The bits below are Highway's:
// everything above AVX3 (0..7), SSE4 (11) and SSSE3 (12); SSE2 (14), where Highway has it, is the baseline.
#pragma once
#include <cstdint>

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS 0x18ff
#endif

// Below each file's kernels, within `#if HWY_ONCE`: fill() is Fill() as compiled for `target`, one of HWY_TARGETS.
// Highway's own dispatch is not asked: what it has chosen is the process', and a user may have set it.
#define LOGITAPE_KERNELS(fill, Fill)                           \
  namespace logitape::inline v0::cpu {                         \
  void fill(backends::Kernels& k, std::int64_t target) {       \
    void (*of_target)(backends::Kernels&) = nullptr;           \
    if (target == HWY_AVX2) of_target = HWY_CHOOSE_AVX2(Fill); \
    if (target == HWY_AVX3) of_target = HWY_CHOOSE_AVX3(Fill); \
    if (!of_target) of_target = &HWY_STATIC_DISPATCH(Fill);    \
    of_target(k);                                              \
  }                                                            \
  }
