// All families in one table but that of random numbers: those are the same in every Scalar, and a backend makes its
// own.
#pragma once
#include "logitape/backends/oracle/copy.h"
#include "logitape/backends/oracle/cross_entropy.h"
#include "logitape/backends/oracle/elementwise.h"
#include "logitape/backends/oracle/index.h"
#include "logitape/backends/oracle/linear_algebra.h"
#include "logitape/backends/oracle/matmul.h"
#include "logitape/backends/oracle/normalise.h"
#include "logitape/backends/oracle/optimizer.h"
#include "logitape/backends/oracle/reduce.h"
#include "logitape/backends/oracle/softmax.h"
#include "logitape/backends/oracle/transcendental.h"
#include "logitape/backends/oracle/window.h"

namespace logitape::inline v0::oracle {

template <class S>
void fill_families(backends::Kernels& k) {
  fill_elementwise<S>(k);
  fill_transcendental<S>(k);
  fill_reduce<S>(k);
  fill_softmax<S>(k);
  fill_cross_entropy<S>(k);
  fill_matmul<S>(k);
  fill_linear_algebra<S>(k);
  fill_window<S>(k);
  fill_normalise<S>(k);
  fill_copy<S>(k);
  fill_index<S>(k);
  fill_optimizer<S>(k);
}

}  // namespace logitape::inline v0::oracle
