// The oracle's table for the two scalar types that tests compare with.
#include "oracle.h"

#include "copy.h"
#include "cross_entropy.h"
#include "elementwise.h"
#include "index.h"
#include "matmul.h"
#include "normalise.h"
#include "optimizer.h"
#include "random.h"
#include "reduce.h"
#include "softmax.h"
#include "transcendental.h"
#include "window.h"

namespace logitape::oracle {

template <class S>
const backends::Kernels& kernels() {
  static const backends::Kernels table = [] {
    backends::Kernels k;
    fill_elementwise<S>(k);
    fill_transcendental<S>(k);
    fill_reduce<S>(k);
    fill_softmax<S>(k);
    fill_cross_entropy<S>(k);
    fill_matmul<S>(k);
    fill_window<S>(k);
    fill_normalise<S>(k);
    fill_copy<S>(k);
    fill_index<S>(k);
    fill_random<S>(k);
    fill_optimizer<S>(k);
    return k;
  }();
  return table;
}

template const backends::Kernels& kernels<double>();
template const backends::Kernels& kernels<long double>();

}  // namespace logitape::oracle
