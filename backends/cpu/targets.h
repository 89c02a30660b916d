// Include before hwy/highway.h. x86 carries three targets: baseline, AVX2 and AVX-512. The bits below are Highway's:
// everything above AVX3 (0..7), SSE4 (11) and SSSE3 (12); SSE2 (14), where Highway has it, is the baseline.
#pragma once
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS 0x18ff
#endif
