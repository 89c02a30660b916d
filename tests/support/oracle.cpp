// Instances of the oracle's table, compiled once.
#include "tests/support/oracle.h"

#include "logitape/backends/oracle/random.h"
#include "logitape/backends/oracle/table.h"

namespace logitape::inline v0::oracle {

template <class S>
const backends::Kernels& kernels() {
  static const backends::Kernels table = [] {
    backends::Kernels k;
    fill_families<S>(k);
    fill_random<S>(k);
    return k;
  }();
  return table;
}

template const backends::Kernels& kernels<double>();
template const backends::Kernels& kernels<long double>();

}  // namespace logitape::inline v0::oracle
