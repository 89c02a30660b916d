// Scalar twins of the optimisers' kernels, in the words of kernel_args.h.
#pragma once
#include <cmath>
#include <limits>

#include "logitape/backends/oracle/elementwise.h"
#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

template <class S>
void sgd(const backends::SgdArgs& a) {
  const S learning_rate = static_cast<S>(a.learning_rate);
  const S momentum = static_cast<S>(a.momentum);
  for (std::int64_t i = 0; i < a.size; ++i) {
    const S p = load<S>(a.dtype, a.parameter, i);
    const S g = load<S>(a.dtype, a.gradient, i) + static_cast<S>(a.weight_decay) * p;
    S d = g;
    if (a.new_velocity) {
      const S v = a.velocity ? momentum * load<S>(a.dtype, a.velocity, i) + g : g;
      d = a.nesterov ? g + momentum * v : v;
      store<S>(a.dtype, a.new_velocity, i, v);
    }
    store<S>(a.dtype, a.new_parameter, i, p - learning_rate * d);
  }
}

template <class S>
void adam(const backends::AdamArgs& a) {
  const S learning_rate = static_cast<S>(a.learning_rate);
  const S decay = static_cast<S>(a.weight_decay);
  const S beta1 = static_cast<S>(a.beta1);
  const S beta2 = static_cast<S>(a.beta2);
  for (std::int64_t i = 0; i < a.size; ++i) {
    S p = load<S>(a.dtype, a.parameter, i);
    S g = load<S>(a.dtype, a.gradient, i);
    if (a.decoupled) p *= S(1) - learning_rate * decay;
    else g += decay * p;
    const S limit = a.dtype == DType::f64 ? S(0x1p511) : S(0x1p63), size = fabs(g);
    const S most = a.dtype == DType::f64 ? S(std::numeric_limits<double>::max()) : S(std::numeric_limits<float>::max());
    if (size > limit && size <= most) g = g < S(0) ? -limit : limit;
    const S m = beta1 * (a.first_moment ? load<S>(a.dtype, a.first_moment, i) : S(0)) + (S(1) - beta1) * g;
    const S v = beta2 * (a.second_moment ? load<S>(a.dtype, a.second_moment, i) : S(0)) + (S(1) - beta2) * g * g;
    const S root = sqrt(v / static_cast<S>(a.correction2));
    store<S>(a.dtype, a.new_first_moment, i, m);
    store<S>(a.dtype, a.new_second_moment, i, v);
    store<S>(a.dtype, a.new_parameter, i,
             p - learning_rate * (m / static_cast<S>(a.correction1)) / (root + static_cast<S>(a.epsilon)));
  }
}

template <class S>
bool finite(DType dtype, std::int64_t size, const void* x) {
  bool all = true;
  for (std::int64_t i = 0; i < size; ++i)
    if (const S v = load<S>(dtype, x, i); !(v - v == S(0))) all = false;
  return all;
}

template <class S, class List, class F>
void each(const List& a, F step) {
  if (a.finite) *a.finite = true;
  for (std::int64_t i = 0; i < a.count; ++i) {
    step(a.each[i]);
    if (a.finite && !finite<S>(a.each[i].dtype, a.each[i].size, a.each[i].new_parameter)) *a.finite = false;
  }
}
template <class S>
void sgd_list(const backends::SgdListArgs& a) {
  each<S>(a, sgd<S>);
}
template <class S>
void adam_list(const backends::AdamListArgs& a) {
  each<S>(a, adam<S>);
}
template <class S>
void all_finite(const backends::AllFiniteArgs& a) {
  *a.y = 1;
  for (std::int64_t n = 0; n < a.count; ++n)
    if (!finite<S>(a.arrays[n].dtype, a.arrays[n].size, a.arrays[n].data)) *a.y = 0;
}

template <class S>
void fill_optimizer(backends::Kernels& k) {
  k.sgd = sgd<S>;
  k.adam = adam<S>;
  k.sgd_list = sgd_list<S>;
  k.adam_list = adam_list<S>;
  k.all_finite = all_finite<S>;
}

}  // namespace logitape::inline v0::oracle
