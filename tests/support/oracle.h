// The oracle's whole table for the two Scalars that tests compare with: double (for f32 results) and long double
// (f64's).
#pragma once
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

template <class S>
const backends::Kernels& kernels();
extern template const backends::Kernels& kernels<double>();
extern template const backends::Kernels& kernels<long double>();

}  // namespace logitape::inline v0::oracle
