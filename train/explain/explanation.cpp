// The numbers of an explanation, computed by the library; the steps tell them one by one.
#include "logitape/train/explain/explanation.h"

#include <algorithm>
#include <numeric>

#include "logitape/autograd/backward.h"
#include "logitape/ops/create.h"
#include "logitape/ops/derivatives.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/prepare.h"

namespace logitape::inline v0 {
namespace lesson {
namespace {

void compute_loss(Lesson& l) {
  Explanation& e = l.e;
  e.mass = sum(l.t).item();
  e.maximum = max(l.x).item();
  e.log_sum_exp = logsumexp(l.x).item();
  e.probabilities = softmax(l.x).to_vector();
  e.log_probabilities = log_softmax(l.x).to_vector();
  e.terms = where(equal(l.t, 0), 0 * l.t, -(l.t * log_softmax(l.x))).to_vector();
  const ValueAndGradients own = value_and_grad(row_loss, {l.x, l.t});
  e.loss = own.value.item();
  e.logits_gradient = own.gradients[0].to_vector();
  e.labels_gradient = own.gradients[1].to_vector();
}

void compute_total(Lesson& l) {
  Explanation& e = l.e;
  const ExplainOptions& o = e.options;
  const ValueAndGradients all =
      value_and_grad([&](const Tensor& x, const Tensor& t) { return l.total(x, t); }, {l.logits, l.labels});
  e.total = all.value.item();
  e.given_logits_gradient = all.gradients[0][o.row].to_vector();
  e.given_labels_gradient = all.gradients[1][o.row].to_vector();
  if (o.reduction != Reduction::mean) return;
  double parts = static_cast<double>(e.rows);
  if (o.denominator == Denominator::batch) {
    const Shape& shape = l.given_logits.shape();
    const std::int64_t axis = o.axis < 0 ? o.axis + shape.rank() : o.axis;
    parts = shape.rank() == 1 ? 1 : static_cast<double>(shape[axis == 0 ? 1 : 0]);  // the first axis of rows
  }
  if (o.denominator == Denominator::weights) parts = sum(l.weighted(l.labels)).item();
  e.factor = 1 / parts;
}

// Row i of each matrix: softmax's vjp of a cotangent that is 1 at p[i]; the loss's gradient, moved along x[i] or t[i].
void compute_matrices(Lesson& l) {
  Explanation& e = l.e;
  const Tensor none = zeros(l.x.shape(), l.work);
  const auto keep = [&](const Tensor& row, std::vector<double>& matrix) {
    const std::vector<double> all = row.to_vector();
    for (const std::int64_t j : e.shown) matrix.push_back(all[static_cast<std::size_t>(j)]);
    return static_cast<double>(std::accumulate(all.begin(), all.end(), Wide(0)));
  };
  const std::size_t k = e.shown.size();
  std::vector<double> by_logits;  // [j, i]: how the labels' gradient moves with logit j
  for (const std::int64_t i : e.shown) {
    const Tensor one = reshape(one_hot(tensor({i}), l.x.size(), l.work), {l.x.size()});
    l.jacobian_sums.push_back(keep(vjp([](const Tensor& x) { return softmax(x); }, l.x, one).gradient, e.jacobian));
    const Tensors along_x = hvp(row_loss, {l.x, l.t}, {one, none}), along_t = hvp(row_loss, {l.x, l.t}, {none, one});
    l.hessian_sums.push_back(keep(along_x[0], e.hessian));
    keep(along_x[1], by_logits);
    keep(along_t[0], e.mixed);
    keep(along_t[1], l.labels_twice);
  }
  for (std::size_t i = 0; i < k; ++i)
    for (std::size_t j = 0; j < k; ++j) l.mixed_swapped.push_back(by_logits[j * k + i]);
}

}  // namespace

void compute(Lesson& l) {
  compute_loss(l);
  compute_total(l);
  compute_matrices(l);
}

void tell(Lesson& l) {
  const bool others = l.e.rows > 1 || l.e.factor != 1;
  tell_inputs(l);
  if (l.changed) tell_options(l);
  tell_shift(l);
  tell_sum(l);
  tell_probabilities(l);
  tell_loss(l);
  if (others) tell_reduction(l);
  tell_jacobian(l);
  tell_chain(l);
  tell_labels(l);
  if (others || l.changed) tell_given(l);
  tell_curvature(l);
  tell_differences(l);
  tell_descent(l);
  tell_changes(l);
  tell_precisions(l);
}

}  // namespace lesson

bool Explanation::ok() const {
  return std::all_of(steps.begin(), steps.end(), [](const ExplainedStep& step) {
    return std::none_of(step.comparisons.begin(), step.comparisons.end(),
                        [](const Comparison& c) { return c.verdict == Verdict::fail; });
  });
}

Explanation explain(const Tensor& logits, const Tensor& labels, const ExplainOptions& options) {
  Explanation e{.options = options};
  lesson::Lesson l{e};
  lesson::prepare(l, logits, labels);
  lesson::compute(l);
  lesson::tell(l);
  return e;
}

}  // namespace logitape::inline v0
