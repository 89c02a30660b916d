// Include before hwy/highway.h. x86 carries three targets: baseline, AVX2 and AVX-512. The bits below are Highway's:
// everything above AVX3 (0..7), SSE4 (11) and SSSE3 (12); SSE2 (14), where Highway has it, is the baseline.
#pragma once
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS 0x18ff
#endif

// Below each file's kernels, within `#if HWY_ONCE`: fill() is Fill() of the Highway target in force.
#define LOGITAPE_KERNELS(fill, Fill)                                 \
  namespace logitape::inline v0::cpu {                               \
  HWY_EXPORT(Fill);                                                  \
  void fill(backends::Kernels& k) { HWY_DYNAMIC_DISPATCH(Fill)(k); } \
  }
