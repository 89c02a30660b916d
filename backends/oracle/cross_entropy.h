// Scalar twin of softmax cross entropy, for one row of logits x and labels t at a time:
//   loss = sum over classes of t_c * (log(sum(e^(x - max))) + max - x_c),  gradient_c = mass*p_c - t_c,
// where mass is sum(t), or 1 with unit_mass. 0 times an infinite distance counts as 0.
#pragma once
#include <cmath>
#include <limits>
#include <vector>

#include "logitape/backends/oracle/oracle.h"
#include "logitape/backends/oracle/reduce.h"
#include "logitape/backends/oracle/softmax.h"

namespace logitape::inline v0::oracle {

template <class S>
S cross_entropy_loss(const std::vector<S>& x, const std::vector<S>& t) {
  const S max = largest(x);
  if (!isfinite(real_of(max))) return S(std::numeric_limits<double>::quiet_NaN());
  const S log_sum = log_sum_above_max(x);
  S loss = 0;
  for (std::size_t c = 0; c < x.size(); ++c)
    if (t[c] != S(0)) loss += t[c] * (log_sum + (max - x[c]));
  return loss;
}

// mass*p_c - t_c. Where p_c may be near 1 that cancels; there it is
//   (mass - t_c) - mass*(1 - p_c), with 1 - p_c and (unless unit_mass) mass - t_c summed over the other classes.
template <class S>
std::vector<S> cross_entropy_gradient(const std::vector<S>& x, const std::vector<S>& t, bool unit_mass) {
  const std::vector<S> p = softmax(x);
  const S max = largest(x);
  const S mass = unit_mass ? S(1) : careful_sum(t);
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
    gradient[c] = (unit_mass ? S(1) - t[c] : careful_sum(other_t)) - mass * careful_sum(other_p);
  }
  return gradient;
}

// t_c = w_c*(a*[c = y] + b); b = 0: 0 but at y.
template <class S>
S coded_label(const backends::CrossEntropyArgs& a, std::int64_t c, std::int64_t y) {
  const S w = a.weights ? load<S>(a.dtype, a.weights, c) : 1;
  if (c == y) return w * (static_cast<S>(a.a) + static_cast<S>(a.b));
  return a.b == 0 ? 0 : w * static_cast<S>(a.b);
}

// All results of the row (o, i), not yet rounded.
template <class S>
struct LossRow {
  S loss = 0, lse = 0;
  std::vector<S> gradient, probabilities, labels, label_gradient;
};

template <class S>
LossRow<S> loss_row(const backends::CrossEntropyArgs& a, std::int64_t o, std::int64_t i) {
  const auto classes = static_cast<std::size_t>(a.classes);
  const std::int64_t row = o * a.inner + i;
  const std::vector<S> none(classes, 0);
  LossRow<S> result{0, 0, none, none, none, none};
  if (a.keep && a.keep[row] == 0) return result;
  std::vector<S> x(classes);
  for (std::int64_t c = 0; c < a.classes; ++c) {
    const std::int64_t at = (o * a.classes + c) * a.inner + i;
    x[static_cast<std::size_t>(c)] = load<S>(a.dtype, a.logits, at);
    result.labels[static_cast<std::size_t>(c)] =
        a.labels ? load<S>(a.dtype, a.labels, at) : coded_label<S>(a, c, index_at(a.index_dtype, a.indices, row));
  }
  result.loss = cross_entropy_loss(x, result.labels);
  result.lse = logsumexp(x);
  result.gradient = cross_entropy_gradient(x, result.labels, a.unit_mass);
  for (S& g : result.gradient) g *= scale_of<S>(a.scale);
  result.probabilities = softmax(x);
  result.label_gradient = label_gradient(x, scale_of<S>(a.scale));
  return result;
}

template <class S>
void cross_entropy(const backends::CrossEntropyArgs& a) {
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t i = 0; i < a.inner; ++i) {
      const LossRow<S> row = loss_row<S>(a, o, i);
      if (a.loss) store(a.dtype, a.loss, o * a.inner + i, row.loss);
      if (a.wide_loss) store(DType::f32, a.wide_loss, o * a.inner + i, row.loss);
      if (a.lse) store(a.dtype, a.lse, o * a.inner + i, row.lse);
      for (std::int64_t c = 0; c < a.classes; ++c) {
        const std::int64_t at = (o * a.classes + c) * a.inner + i;
        if (a.gradient) store(a.dtype, a.gradient, at, row.gradient[static_cast<std::size_t>(c)]);
        if (a.label_gradient) store(a.dtype, a.label_gradient, at, row.label_gradient[static_cast<std::size_t>(c)]);
        if (a.probabilities) store(a.dtype, a.probabilities, at, row.probabilities[static_cast<std::size_t>(c)]);
      }
    }
}

template <class S>
void fill_cross_entropy(backends::Kernels& k) {
  k.cross_entropy = cross_entropy<S>;
}

}  // namespace logitape::inline v0::oracle
