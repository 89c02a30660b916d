// Reductions of integers and booleans, exact in any order; one copy for all SIMD targets.
#pragma once
#include "logitape/backends/kernels.h"

namespace logitape::inline v0::cpu {

void sum_integers(const backends::ReduceArgs& a);  // in i64, modulo 2^64
void max_integers(const backends::ReduceArgs& a);
void min_integers(const backends::ReduceArgs& a);

}  // namespace logitape::inline v0::cpu
