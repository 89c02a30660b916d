// Scalar twin of softmax cross entropy, for one row of logits x and labels t at a time:
//   loss = sum over classes of t_c * (log(sum(e^(x - max))) + max - x_c),  gradient_c = mass*p_c - t_c,
// where mass is sum(t), or 1 with unit_mass. 0 times an infinite distance counts as 0.
#pragma once
#include <cmath>
#include <limits>
#include <vector>

#include "oracle.h"
#include "reduce.h"
#include "softmax.h"

namespace logitape::oracle {

template <class S>
S cross_entropy_loss(const std::vector<S>& x, const std::vector<S>& t) {
  const S max = largest(x);
  if (!std::isfinite(max)) return std::numeric_limits<S>::quiet_NaN();
  const S log_sum = log_sum_above_max(x);
  S loss = 0;
  for (std::size_t c = 0; c < x.size(); ++c)
    if (t[c] != 0) loss += t[c] * (log_sum + (max - x[c]));
  return loss;
}

// mass*p_c - t_c. Where p_c may be near 1 that cancels; there it is
//   (mass - t_c) - mass*(1 - p_c), with 1 - p_c and (unless unit_mass) mass - t_c summed over the other classes.
template <class S>
std::vector<S> cross_entropy_gradient(const std::vector<S>& x, const std::vector<S>& t, bool unit_mass) {
  const std::vector<S> p = softmax(x);
  const S max = largest(x);
  const S mass = unit_mass ? 1 : careful_sum(t);
  std::vector<S> gradient(x.size());
  for (std::size_t c = 0; c < x.size(); ++c) {
    if (x[c] != max) {
      gradient[c] = mass * p[c] - t[c];
      continue;
    }
    std::vector<S> other_p, other_t;
    for (std::size_t j = 0; j < x.size(); ++j) {
      if (j == c) continue;
      other_p.push_back(p[j]);
      other_t.push_back(t[j]);
    }
    gradient[c] = (unit_mass ? 1 - t[c] : careful_sum(other_t)) - mass * careful_sum(other_p);
  }
  return gradient;
}

template <class S>
void cross_entropy(const backends::CrossEntropyArgs& a) {
  const auto classes = static_cast<std::size_t>(a.classes);
  for (std::int64_t r = 0; r < a.rows; ++r) {
    std::vector<S> x(classes), t(classes, 0);
    for (std::size_t c = 0; c < classes; ++c) {
      const std::int64_t at = r * a.classes + static_cast<std::int64_t>(c);
      x[c] = load<S>(a.dtype, a.logits, at);
      if (a.labels) t[c] = load<S>(a.dtype, a.labels, at);
    }
    if (a.indices) t[static_cast<std::size_t>(index_at(a.index_dtype, a.indices, r))] = 1;
    store(a.dtype, a.loss, r, cross_entropy_loss(x, t));
    if (!a.gradient) continue;
    const std::vector<S> gradient = cross_entropy_gradient(x, t, a.unit_mass);
    for (std::size_t c = 0; c < classes; ++c)
      store(a.dtype, a.gradient, r * a.classes + static_cast<std::int64_t>(c), static_cast<S>(a.scale) * gradient[c]);
  }
}

template <class S>
void fill_cross_entropy(backends::Kernels& k) {
  k.cross_entropy = cross_entropy<S>;
}

}  // namespace logitape::oracle
