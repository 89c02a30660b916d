// Divergences of two distributions along the last axis.
#include <limits>

#include "logitape/ops/create.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

namespace logitape::inline v0 {
namespace {

constexpr double no_mass = -std::numeric_limits<double>::infinity(), log_2 = 0.69314718055994531;

// log p - log q; a class that neither distribution has gives log p alone, -inf, not NaN.
Tensor log_ratio(const Tensor& p, const Tensor& log_q) {
  const Tensor met = where(logical_and(equal(p, 0), equal(log_q, no_mass)), 0, log_q);
  return log(p) - met;
}

// p * (log p - log q), 0 at p = 0. The chain rule through log(p) would meet 0/0 there.
Tensor kl_terms(const Tensor& p, const Tensor& log_q) {
  const auto value = [&] {
    const NoGrad guard;
    return ops::mass_times(p, log_ratio(p, log_q));
  };
  return record("kl_divergence", {p, log_q}, {value()}, keep::input(0) | keep::input(1),
                [](const Node& n, const Cotangents& g) {
                  const Tensor &x = n.input(0), &l = n.input(1);
                  return Tensors{n.needs(0) ? ops::mass_times(g[0], log_ratio(x, l)) + g[0] : Tensor(),
                                 n.needs(1) ? -(g[0] * x) : Tensor()};
                });
}

// The same of log p. Where that is -inf everything is 0, derivatives too.
Tensor kl_terms_of_logs(const Tensor& log_p, const Tensor& log_q) {
  const Tensor nothing = equal(log_p, no_mass);
  const Tensor l = where(nothing, 0, log_p), ratio = l - where(nothing, 0, log_q);
  return where(nothing, 0, exp(l) * ratio);
}

// h*tanh(h) - log(cosh(h)), from h^2/2 near 0 to log 2 far out; derivative h/cosh(h)^2 = 4*h*sigmoid(2h)*sigmoid(-2h).
Tensor half_gap_term(const Tensor& h) {
  const auto value = [&] {
    const NoGrad guard;
    const Tensor size = abs(h), t = tanh(h), e = exp(size * -2);
    const Tensor near = h * t + log1p(-(t * t)) * 0.5;  // log(cosh(h)) = -log(1 - tanh(h)^2)/2
    const Tensor far = log_2 - (2 * size * e / (1 + e) + log1p(e));
    return where(less(size, 1), near, far);
  };
  return record("half_gap_term", {h}, {value()}, keep::input(0), [](const Node& n, const Cotangents& g) {
    const Tensor& x = n.input(0);
    const Tensor falling = sigmoid(x * -2), rising = sigmoid(x * 2);
    return Tensors{g[0] * (4 * x * rising * falling)};
  });
}

Tensor over_classes(const Tensor& x) { return sum(x, {.axes = {-1}}); }

}  // namespace

Tensor kl_divergence(const KlDivergenceArguments& arguments) {
  constexpr const char* op = "kl_divergence";
  const Tensor &labels = arguments.labels, &log_q = arguments.log_probabilities;
  ops::check_pair(op, {"labels", labels}, {"log_probabilities", log_q});
  ops::without_last(op, "labels", labels.shape());
  const Tensor p = ops::wide(labels), l = ops::wide(log_q);
  const Tensor terms = arguments.log_labels ? kl_terms_of_logs(p, l) : kl_terms(p, l);
  return ops::reduced(over_classes(terms), arguments.reduction, labels.dtype());
}

// With h = (log q - log p)/2: p*log(p/m) + q*log(q/m) = (p + q) * (h*tanh(h) - log(cosh(h))). Beyond |h| = 1000 that is
// log 2 and its derivative 0, to all digits; so the infinite gaps of classes that one of the two lacks are cut there.
Tensor jensen_shannon_divergence(const Tensor& a_logits, const Tensor& b_logits, const LossOptions& options) {
  constexpr const char* op = "jensen_shannon_divergence";
  ops::check_pair(op, {"a_logits", a_logits}, {"b_logits", b_logits});
  ops::without_last(op, "logits", a_logits.shape());
  require(a_logits.shape()[a_logits.rank() - 1] > 0, op, "there are no classes: the shape is {}", a_logits.shape());
  const Tensor a = ops::wide(a_logits), b = ops::wide(b_logits), log_p = log_softmax(a), log_q = log_softmax(b);
  const Tensor neither = logical_and(equal(log_p, no_mass), equal(log_q, no_mass));
  const Tensor h = clamp(where(neither, 0, (log_q - log_p) * 0.5), -1000, 1000);
  const Tensor gap = half_gap_term(h), q = softmax(b), terms = (softmax(a) + q) * 0.5 * gap;
  return ops::reduced(over_classes(terms), options.reduction, a_logits.dtype());
}

}  // namespace logitape::inline v0
